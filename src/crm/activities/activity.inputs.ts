import type { Viewer } from '../../platform/auth/viewer.js';
import type { Class } from '../../platform/class.js';
import { Choice, Flag, Int, Text } from '../../platform/records/decorators.js';
import { Arguments, declareInput, type InputFault, inputFor } from '../../platform/records/inputs.js';
import { propertiesOf } from '../../platform/records/property.js';
import { TagChanges, tagRule } from '../../platform/records/tag-changes.js';
import type * as inputs from '../inputs.generated.js';
import { createdInThePast, Imported } from '../organizations/imports.js';
import { type ActivityStatus, ActivityType } from './activity.enums.js';
import { Activity } from './activity.js';

/** Fields that exist for one kind only. */
const fieldsOfKind: Partial<Record<ActivityType, (keyof ActivityChanges & string)[]>> = {
  CALL: ['phoneNumber', 'callDuration'],
  EMAIL: ['emailSubject', 'emailBody'],
  MEETING: ['meetingLocation', 'meetingUrl', 'attendees'],
  TASK: ['taskPriority', 'taskDueDate'],
};

/** Faults for fields of other kinds. */
export function kindFaults(kind: ActivityType, input: ActivityChanges): InputFault[] {
  const isGiven = (name: keyof ActivityChanges) => {
    const value = input[name];
    return value != null && !(Array.isArray(value) && value.length === 0);
  };
  return Object.entries(fieldsOfKind)
    .filter(([owner]) => owner !== kind)
    .flatMap(([owner, fields]) =>
      fields
        .filter(isGiven)
        .map((path): InputFault => ({ path, code: 'NOT_ALLOWED', message: `belongs to ${owner} only` })),
    );
}

/** Default status of a new activity. */
export const initialStatus = ({ activityType = 'NOTE' }: ActivityChanges): ActivityStatus =>
  activityType === 'NOTE' ? 'COMPLETED' : 'SCHEDULED';

function notCompletedLater({ completedAt }: ActivityChanges, viewer: Viewer | null): InputFault[] {
  if (!completedAt || new Date(completedAt) <= viewer!.now) return [];
  return [{ path: 'completedAt', code: 'OUT_OF_RANGE', message: 'must not be in the future' }];
}

function newActivity(input: ActivityChanges): InputFault[] {
  const { activityType = 'NOTE', title, description, completedAt, status = initialStatus(input) } = input;
  const faults = kindFaults(activityType, input);
  if (completedAt && status !== 'COMPLETED')
    faults.push({ path: 'completedAt', code: 'NOT_ALLOWED', message: 'belongs to the status COMPLETED only' });
  if (!title && !description)
    faults.push({ path: 'title', code: 'REQUIRED', message: 'title or description must be given' });
  return faults;
}

const creationRules = [newActivity, notCompletedLater];

export type CreateActivityInput = inputs.CreateActivityInput;
export const CreateActivityInput = inputFor(
  Activity,
  'create',
  'A new activity; a title or a description must be given.',
  {
    with: Imported,
    rules: [createdInThePast, ...creationRules],
  },
);
export type UpdateActivityInput = inputs.UpdateActivityInput;
export const UpdateActivityInput = inputFor(
  Activity,
  'update',
  'Changes to an activity. Omitted fields keep their values; null clears. Fields of other kinds are refused.',
  { with: TagChanges, rules: [notCompletedLater, tagRule] },
);

/** Values of either input. */
export type ActivityChanges = Partial<CreateActivityInput> & UpdateActivityInput;

class KindOfEntry {
  @Choice(ActivityType, { description: 'Type of activity; cannot be changed later.', default: 'NOTE' })
  activityType?: ActivityType;
}

const besideSubject = (name: string, description: string) =>
  inputFor(Activity, 'create', description, {
    name,
    without: ['activityType', 'customer', 'lead', 'deal', 'vendor'],
    with: KindOfEntry,
    rules: creationRules,
  });

/** Inputs for an activity; the record that it is about is a separate argument. */
export type AddActivityInput = inputs.AddActivityInput | inputs.AddLeadActivityInput;
export const AddActivityInput = besideSubject(
  'AddActivityInput',
  'A new activity about a record; a title or a description must be given.',
);
export const AddLeadActivityInput = besideSubject(
  'AddLeadActivityInput',
  'A new activity about a lead; a title or a description must be given.',
);

class NoteFields {
  @Text({ description: 'Text of the note, 1–2,000 characters.', max: 2000, required: true })
  text!: string;

  @Flag({ description: 'Whether the note stays on top of the timeline.', default: false })
  isPinned?: boolean;
}

function noteInput(name: string, description: string): Class {
  const type = { [name]: class {} }[name]!;
  declareInput(type, name, description, propertiesOf(NoteFields));
  return type;
}

/** Inputs for a note; the record that it is about is a separate argument. */
export type AddNoteInput = NoteFields;
export const AddNoteInput = noteInput('AddNoteInput', 'A new note about a record.');
export const AddCustomerNoteInput = noteInput('AddCustomerNoteInput', 'A new note about a customer.');

@Arguments()
export class WorkListArgs {
  @Int({ description: 'Greatest number of activities to return, 1–100.', min: 1, max: 100, default: 10 })
  limit?: number | null;

  @Flag({
    description: "True: only activities assigned to the caller's employee record; false: all, whoever they belong to.",
    default: false,
    required: true,
  })
  mine!: boolean;
}
