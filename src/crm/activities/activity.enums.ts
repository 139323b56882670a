import { declareEnum } from '../../platform/schema/enums.js';

export const ActivityType = declareEnum(
  'ActivityType',
  'Type of activity.',
  {
    CALL: 'A phone call.',
    EMAIL: 'An e-mail sent or received.',
    TELEGRAM: 'A message on Telegram.',
    MEETING: 'A meeting, in person or online.',
    NOTE: 'A note, which is COMPLETED from the start.',
    TASK: 'A task with a priority and a due date.',
  },
  'an activity type',
);
export type ActivityType = keyof typeof ActivityType;

export const ActivityStatus = declareEnum(
  'ActivityStatus',
  'Whether an activity is planned, in progress, done or cancelled.',
  {
    SCHEDULED: 'Planned, not begun yet.',
    IN_PROGRESS: 'In progress, not done yet.',
    COMPLETED: 'Done; `completedAt` tells when.',
    CANCELLED: 'Called off; will not be done.',
  },
  'an activity status',
);
export type ActivityStatus = keyof typeof ActivityStatus;

export const TaskPriority = declareEnum(
  'TaskPriority',
  'How urgent a task is.',
  {
    LOW: 'Can wait until there is time.',
    MEDIUM: 'Normal priority, the default.',
    HIGH: 'To be done before other tasks.',
  },
  'a task priority',
);
export type TaskPriority = keyof typeof TaskPriority;
