import { sql } from '../../platform/database/sql.js';
import { Conflict, type Refusal, refuse } from '../../platform/errors.js';
import {
  Choice,
  Computed,
  Day,
  Flag,
  Instant,
  Int,
  Phone,
  Reference,
  Tags,
  Text,
  Url,
} from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { assignable } from '../employees/assignable.js';
import { AssignedTo } from '../employees/assigned-to.js';
import type { Employee } from '../employees/employee.js';
import { tenantPolicies } from '../policies.js';
import { Labels } from '../properties.js';
import { User } from '../users/user.js';
import { ActivityStatus, TaskPriority } from './activity.enums.js';
import { ActivityAbout } from './activity-about.js';
import { isOverdue, isUpcoming, overdueSince } from './overdue.js';

@Record({
  table: 'activities',
  plural: 'activities',
  description:
    'A call, e-mail, meeting, note or task, planned or done; may belong to a customer, a lead, a deal and a vendor.',
  resource: 'activity',
  search: 'function',
  searched: ['title', 'description', 'customer name'],
  indexes: {
    customer: ['customerId', 'createdAt', 'id'],
    lead: ['leadId', 'createdAt', 'id'],
    deal: ['dealId', 'createdAt', 'id'],
    vendor: { over: ['vendorId', 'createdAt', 'id'], where: '(vendor_id IS NOT NULL)' },
    assigned: ['assignedToId', 'status'],
    schedule: ['status', 'scheduledAt'],
  },
  checks: { completed: `((status = 'COMPLETED'::text) = (completed_at IS NOT NULL))` },
  policies: tenantPolicies,
})
export class Activity extends ActivityAbout {
  @Choice(ActivityStatus, {
    description: 'Whether the activity is planned, in progress, done or cancelled.',
    input: 'Whether the activity is planned or done; default SCHEDULED, for a note COMPLETED.',
    update: 'Whether the activity is planned, in progress, done or cancelled.',
    filter: true,
    order: true,
  })
  status: ActivityStatus = 'SCHEDULED';

  @Instant({
    description: 'When the activity is planned to take place.',
    nullable: true,
    input: true,
    by: 'planned time',
    filter: true,
    order: true,
  })
  scheduledAt: Date | null = null;

  @Instant({
    description: 'When the activity was done; null unless its status is COMPLETED.',
    create: 'When the activity was done, not in the future; only with status COMPLETED, default now.',
    update:
      'When the activity was done, not in the future; only with status COMPLETED, default now. Null is refused with ' +
      'that status.',
    nullable: true,
    by: 'completion time',
    filter: true,
    order: true,
  })
  completedAt: Date | null = null;

  @Int({
    description: 'Duration in minutes, 0–10,080 (a week).',
    input: true,
    min: 0,
    max: 10_080,
    nullable: true,
    measure: 'number',
  })
  durationMinutes: number | null = null;

  @AssignedTo()
  assignedTo?: Employee | null;
  assignedToId: string | null = null;

  @Reference(() => User, {
    description: 'The user who entered the activity; null if the account was deleted.',
    tenant: false,
    by: 'author',
    filter: true,
  })
  createdBy?: User | null;
  createdById: string | null = null;

  @Flag({
    description: 'Whether the activity stays on top of the timeline.',
    create: 'Whether the activity stays on top of the timeline; default false.',
    update: 'Whether the activity stays on top of the timeline.',
    by: 'whether it is pinned',
    order: 'Sorts by whether it is pinned; DESC puts pinned ones on top.',
    filter: true,
  })
  isPinned = false;

  @Computed(
    'boolean',
    {
      description: 'Whether a SCHEDULED activity has its `scheduledAt` in the past, or an open TASK its `taskDueDate`.',
      by: 'whether the activity is overdue',
      filter: true,
    },
    ({ table, viewer }) => isOverdue(table, viewer),
  )
  readonly isOverdue!: boolean;

  @Computed(
    'instant',
    {
      description:
        'When the activity became overdue: its `scheduledAt`, or the end of its `taskDueDate`, whichever was first. ' +
        'Null unless it is overdue.',
      by: 'the moment when the activity became overdue',
      nullable: true,
      filter: true,
      order: true,
    },
    ({ table, viewer }) => overdueSince(table, viewer),
  )
  readonly overdueSince!: Date | null;

  @Computed(
    'boolean',
    {
      description: 'Whether the activity is SCHEDULED with its `scheduledAt` from now on.',
      by: 'whether the activity is upcoming',
      filter: true,
    },
    ({ table }) => sql`coalesce(${isUpcoming(table)}, false)`,
  )
  readonly isUpcoming!: boolean;

  @Labels('the activity', { group: true })
  tags: string[] = [];

  @Phone({
    description: 'Phone number of a CALL.',
    input: 'Phone number of a CALL, with 7–15 digits; refused for other kinds.',
  })
  phoneNumber: string | null = null;

  @Int({
    description: 'Duration of a CALL in seconds.',
    input: true,
    min: 0,
    max: 86_400,
    nullable: true,
    measure: 'number',
  })
  callDuration: number | null = null;

  @Text({ description: 'Subject of an EMAIL, at most 255 characters.', input: true, max: 255, nullable: true })
  emailSubject: string | null = null;

  @Text({ description: 'Text of an EMAIL, at most 10,000 characters.', input: true, nullable: true })
  emailBody: string | null = null;

  @Text({ description: 'Place of a MEETING, at most 255 characters.', input: true, max: 255, nullable: true })
  meetingLocation: string | null = null;

  @Url({ description: 'URL of an online MEETING, http or https.', input: true, nullable: true })
  meetingUrl: string | null = null;

  @Tags({
    description: 'Names or addresses of the attendees of a MEETING; empty for other kinds.',
    input: 'Names or addresses of the attendees of a MEETING, at most 50.',
    max: 50,
    longest: 255,
  })
  attendees: string[] = [];

  @Choice(TaskPriority, {
    description: 'Priority of a TASK; null for other kinds.',
    input: true,
    nullable: true,
    filter: true,
  })
  taskPriority: TaskPriority | null = null;

  @Day({
    description: 'Date by which a TASK must be done.',
    input: true,
    nullable: true,
    by: 'due date',
    filter: true,
    order: true,
  })
  taskDueDate: string | null = null;

  complete(): void {
    refuse([this.completionRefused()]);
    this.setStatus('COMPLETED');
  }

  cancel(): void {
    if (this.status === 'COMPLETED') {
      const message = 'A completed activity cannot be cancelled; reopen it by its status first';
      throw new Conflict('ACTIVITY_COMPLETED', message);
    }
    this.setStatus('CANCELLED');
  }

  /** ACTIVITY_CANCELLED if the activity is cancelled. */
  completionRefused(): Refusal {
    const message = 'A cancelled activity cannot be completed; set it to SCHEDULED first';
    return this.status === 'CANCELLED' && new Conflict('ACTIVITY_CANCELLED', message);
  }

  /** Entering COMPLETED sets the completion time; leaving it clears the time. */
  setStatus(status: ActivityStatus, completedAt: Date = new Date()): void {
    if (status === 'COMPLETED') this.completedAt = this.status === 'COMPLETED' ? this.completedAt : completedAt;
    else this.completedAt = null;
    this.status = status;
  }
}

assignable(Activity);
