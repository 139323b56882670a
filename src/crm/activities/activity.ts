import { Conflict, type Refusal, refuse } from '../../platform/errors.js';
import {
  Choice,
  Computed,
  Day,
  Flag,
  Instant,
  Int,
  Name,
  Phone,
  Reference,
  Tags,
  Text,
  Url,
} from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { ExternalRecord } from '../../platform/records/tenant-record.js';
import { Customer } from '../customers/customer.js';
import { assignable } from '../employees/assignable.js';
import { AssignedTo } from '../employees/assigned-to.js';
import type { Employee } from '../employees/employee.js';
import { later } from '../later.js';
import { tenantPolicies } from '../policies.js';
import { User } from '../users/user.js';
import { ActivityStatus, ActivityType, TaskPriority } from './activity.enums.js';
import { isOverdue } from './overdue.js';

@Record({
  table: 'activities',
  plural: 'activities',
  description: 'Something done or to be done, on a customer, lead or deal or on its own.',
  resource: 'activity',
  search: 'function',
  searched: ['title', 'description', 'customer name'],
  indexes: {
    customer: ['customerId', 'createdAt', 'id'],
    lead: ['leadId', 'createdAt', 'id'],
    deal: ['dealId', 'createdAt', 'id'],
    assigned: ['assignedToId', 'status'],
    schedule: ['status', 'scheduledAt'],
  },
  checks: { completed: `((status = 'COMPLETED'::text) = (completed_at IS NOT NULL))` },
  policies: tenantPolicies,
})
export class Activity extends ExternalRecord {
  @Choice(ActivityType, {
    description: 'Kind; fixed after creation.',
    create: 'Kind.',
    required: true,
    by: 'kind',
    filter: true,
  })
  activityType!: ActivityType;

  @Name({
    description: 'Title; of a note its first line unless given.',
    input: 'Title; defaults to the first line of the description.',
    max: 255,
    filter: true,
    order: true,
    search: true,
  })
  title!: string;

  @Text({ description: 'Text.', nullable: true, input: true, search: true })
  description: string | null = null;

  @Reference(() => Customer, { description: 'The customer it is about.', input: true, filter: true })
  customer?: Customer | null;
  customerId: string | null = null;

  @Reference(() => later.lead.type, { description: 'The lead it is about.', input: true, filter: true })
  lead?: object | null;
  leadId: string | null = null;

  @Reference(() => later.deal.type, { description: 'The deal it is about.', input: true, filter: true })
  deal?: object | null;
  dealId: string | null = null;

  @Text({
    description: 'Name of the customer, else of the lead, as it was when either was last set.',
    max: 255,
    nullable: true,
    search: true,
  })
  customerName: string | null = null;

  @Choice(ActivityStatus, {
    description: 'Status.',
    input: 'Status; default SCHEDULED, of a note COMPLETED.',
    update: 'Status.',
    filter: true,
    order: true,
  })
  status: ActivityStatus = 'SCHEDULED';

  @Instant({
    description: 'When it is planned.',
    nullable: true,
    input: true,
    by: 'planned time',
    filter: true,
    order: true,
  })
  scheduledAt: Date | null = null;

  @Instant({
    description: 'When it was done; set exactly while the status is COMPLETED.',
    input: 'When it was done, not in the future; with status COMPLETED only, default now.',
    nullable: true,
    by: 'completion time',
    filter: true,
    order: true,
  })
  completedAt: Date | null = null;

  @Int({ description: 'Duration in minutes.', input: true, min: 0, max: 10_080, nullable: true, measure: 'number' })
  durationMinutes: number | null = null;

  @AssignedTo()
  assignedTo?: Employee | null;
  assignedToId: string | null = null;

  @Reference(() => User, {
    description: 'The user who entered it; null if the account was deleted.',
    tenant: false,
    by: 'author',
    filter: true,
  })
  createdBy?: User | null;
  createdById: string | null = null;

  @Flag({
    description: 'Whether it stays on top of the timeline.',
    create: 'Whether it stays on top of the timeline; defaults to false.',
    update: 'Whether it stays on top of the timeline.',
    by: 'whether it is pinned',
    order: 'By whether it is pinned; DESC puts pinned ones on top.',
    filter: true,
  })
  isPinned = false;

  @Computed(
    'boolean',
    {
      description: 'SCHEDULED with `scheduledAt` in the past, or a TASK not done whose `taskDueDate` has passed.',
      by: 'whether it is overdue',
      filter: true,
    },
    ({ table, viewer }) => isOverdue(table, viewer),
  )
  readonly isOverdue!: boolean;

  @Tags({ description: 'Tags.', input: 'Tags, at most 20.', filter: true, group: true })
  tags: string[] = [];

  @Phone({ description: 'Number called; CALL only.', input: 'Number called, 7–15 digits; CALL only.' })
  phoneNumber: string | null = null;

  @Int({
    description: 'Duration in seconds; CALL only.',
    input: true,
    min: 0,
    max: 86_400,
    nullable: true,
    measure: 'number',
  })
  callDuration: number | null = null;

  @Text({ description: 'Subject; EMAIL only.', input: true, max: 255, nullable: true })
  emailSubject: string | null = null;

  @Text({ description: 'Body; EMAIL only.', input: true, nullable: true })
  emailBody: string | null = null;

  @Text({ description: 'Place; MEETING only.', input: true, max: 255, nullable: true })
  meetingLocation: string | null = null;

  @Url({ description: 'URL of an online meeting; MEETING only.', input: true, nullable: true })
  meetingUrl: string | null = null;

  @Tags({
    description: 'Names or addresses of attendees; MEETING only, else empty.',
    input: 'Names or addresses of attendees, at most 50; MEETING only.',
    max: 50,
    longest: 255,
  })
  attendees: string[] = [];

  @Choice(TaskPriority, { description: 'Priority; TASK only.', input: true, nullable: true, filter: true })
  taskPriority: TaskPriority | null = null;

  @Day({ description: 'Due date; TASK only.', input: true, nullable: true, by: 'due date', filter: true, order: true })
  taskDueDate: string | null = null;

  /** Links the activity and stores the name of the customer, else of the lead. */
  link({ customer, lead }: About): void {
    if (customer) this.customerId = customer.id;
    if (lead) this.leadId = lead.id;
    this.customerName = customer?.name ?? lead?.name ?? this.customerName;
  }

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

interface Named {
  id: string;
  organizationId: string;
  name: string;
}

export interface About {
  customer?: Named | null;
  lead?: Named | null;
}
