import { Choice, Flag, Int, Text } from '../../platform/records/decorators.js';
import { Arguments, type Changes, Input, inputFor } from '../../platform/records/inputs.js';
import { Activity, ActivityType } from './activity.js';

export const CreateActivityInput = inputFor(Activity, 'create', 'A new activity; needs a title or a description.');
export const UpdateActivityInput = inputFor(
  Activity,
  'update',
  'Changes to an activity; omitted fields stay, null clears. Fields of another kind are refused.',
);
export type ActivityChanges = Changes<Activity>;

class KindOfLeadActivity {
  @Choice(ActivityType, { description: 'Kind.', default: 'NOTE' })
  activityType?: ActivityType;
}

/** Of an activity whose lead is known. */
export const AddLeadActivityInput = inputFor(Activity, 'create', 'An activity on a lead.', {
  name: 'AddLeadActivityInput',
  without: ['activityType', 'customer', 'lead', 'deal'],
  with: KindOfLeadActivity,
});

@Input('A note about a customer.')
export class AddCustomerNoteInput {
  @Text({ description: 'Text, 1–2,000 characters.', max: 2000, required: true })
  text!: string;

  @Flag({ description: 'Whether the note stays on top of the timeline.', default: false })
  isPinned?: boolean;
}

class WorkListArgs {
  @Int({ description: 'Number of rows, 1–100.', min: 1, max: 100, default: 10 })
  limit?: number | null;

  @Flag({ description: 'Only those assigned to the caller.', default: false, required: true })
  mine!: boolean;
}

@Arguments('Query.upcomingActivities')
export class UpcomingArgs extends WorkListArgs {}

@Arguments('Query.overdueActivities')
export class OverdueArgs extends WorkListArgs {}
