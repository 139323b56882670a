import { declareEnum } from '../../platform/schema/enums.js';

export const ActivityType = declareEnum(
  'ActivityType',
  'Kind of activity.',
  {
    CALL: 'Phone call.',
    EMAIL: 'E-mail.',
    TELEGRAM: 'Telegram message.',
    MEETING: 'Meeting.',
    NOTE: 'Note; completed on creation.',
    TASK: 'Task.',
  },
  'an activity type',
);
export type ActivityType = keyof typeof ActivityType;

export const ActivityStatus = declareEnum(
  'ActivityStatus',
  'Status of an activity.',
  { SCHEDULED: 'To be done.', IN_PROGRESS: 'Being done.', COMPLETED: 'Done.', CANCELLED: 'Will not be done.' },
  'an activity status',
);
export type ActivityStatus = keyof typeof ActivityStatus;

export const TaskPriority = declareEnum(
  'TaskPriority',
  'Priority of a task.',
  { LOW: 'Low.', MEDIUM: 'Medium.', HIGH: 'High.' },
  'a task priority',
);
export type TaskPriority = keyof typeof TaskPriority;
