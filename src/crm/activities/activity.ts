import { Check, Index, Unique } from '@mikro-orm/decorators/legacy';
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
import { nameFrom } from '../../platform/records/text.js';
import { declareEnum } from '../../platform/schema/enums.js';
import { Customer } from '../customers/customer.js';
import { assignable } from '../employees/assignable.js';
import { Employee } from '../employees/employee.js';
import { later } from '../later.js';
import { tenantPolicies } from '../policies.js';
import { User } from '../users/user.js';
import { isOverdue } from './overdue.js';

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

@Unique({ name: 'activities_external_key', properties: ['organizationId', 'externalId'] })
@Index({ name: 'activities_customer_index', properties: ['organizationId', 'customerId', 'createdAt', 'id'] })
@Index({ name: 'activities_lead_index', properties: ['organizationId', 'leadId', 'createdAt', 'id'] })
@Index({ name: 'activities_deal_index', properties: ['organizationId', 'dealId', 'createdAt', 'id'] })
@Index({ name: 'activities_assigned_index', properties: ['organizationId', 'assignedToId', 'status'] })
@Index({ name: 'activities_schedule_index', properties: ['organizationId', 'status', 'scheduledAt'] })
@Index({
  name: 'activities_search_index',
  expression:
    'create index activities_search_index on activities using gin (organization_id, search_text gin_trgm_ops)',
})
@Index({ name: 'activities_created_index', properties: ['organizationId', 'createdAt', 'id'] })
@Check({
  name: 'activities_completed_check',
  expression: `((status = 'COMPLETED'::text) = (completed_at IS NOT NULL))`,
})
@Record({
  table: 'activities',
  plural: 'activities',
  description: 'Something done or to be done, on a customer, lead or deal or on its own.',
  resource: 'activity',
  search: 'function',
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
    input: 'Title; default the first line of the description.',
    max: 255,
    by: 'title',
    filter: true,
    order: true,
    search: true,
  })
  title!: string;

  @Text({ description: 'Text.', nullable: true, input: true, search: true })
  description: string | null = null;

  @Reference(() => Customer, {
    description: 'The customer it is about.',
    input: true,
    by: 'customer',
    filter: true,
  })
  customer?: Customer | null;
  customerId: string | null = null;

  @Reference(() => later.lead.type, {
    description: 'The lead it is about.',
    input: true,
    by: 'lead',
    filter: true,
  })
  lead?: object | null;
  leadId: string | null = null;

  @Reference(() => later.deal.type, {
    description: 'The deal it is about.',
    input: true,
    by: 'deal',
    filter: true,
  })
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
    by: 'status',
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

  @Reference(() => Employee, {
    description: 'Responsible employee.',
    input: 'Responsible employee; must be ACTIVE.',
    by: 'responsible employee',
    filter: true,
  })
  assignedTo?: Employee | null;
  assignedToId: string | null = null;

  @Reference(() => User, {
    description: 'Who entered it; null when the account is gone.',
    tenant: false,
    by: 'author',
    filter: true,
  })
  createdBy?: User | null;
  createdById: string | null = null;

  @Flag({
    description: 'Whether it stays on top of the timeline.',
    create: 'Whether it stays on top of the timeline; default false.',
    update: 'Whether it stays on top of the timeline.',
    by: 'whether it is pinned',
    order: 'By whether it is pinned; DESC puts pinned ones on top.',
    filter: true,
  })
  isPinned = false;

  @Computed(
    'boolean',
    { description: 'SCHEDULED with `scheduledAt` in the past, or a TASK not done whose `taskDueDate` has passed.' },
    ({ table, viewer }) => isOverdue(table, viewer),
  )
  isOverdue!: boolean;

  @Tags({ description: 'Tags.', input: 'Tags, at most 20.', by: 'tags', filter: true })
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

  @Choice(TaskPriority, {
    description: 'Priority; TASK only.',
    input: true,
    nullable: true,
    by: 'task priority',
    filter: true,
  })
  taskPriority: TaskPriority | null = null;

  @Day({ description: 'Due date; TASK only.', input: true, nullable: true, by: 'task due date', filter: true })
  taskDueDate: string | null = null;

  /** Links it, and keeps the name of the customer, else of the lead. */
  link({ customer, lead }: About): void {
    if (customer) this.customerId = customer.id;
    if (lead) this.leadId = lead.id;
    this.customerName = customer?.name ?? lead?.name ?? this.customerName;
  }

  /** Entering COMPLETED sets the time, leaving it clears it. */
  setStatus(status: ActivityStatus, completedAt: Date = new Date()): void {
    if (status === 'COMPLETED') this.completedAt = this.status === 'COMPLETED' ? this.completedAt : completedAt;
    else this.completedAt = null;
    this.status = status;
  }

  /** Done as soon as it is written; of a text, the first line is the title. */
  static note(about: About, createdById: string, { title, text = null, isPinned = false }: NoteText): Activity {
    const note = new Activity();
    note.organizationId = (about.customer ?? about.lead)!.organizationId;
    note.activityType = 'NOTE';
    note.setStatus('COMPLETED');
    note.title = title ?? firstLine(text ?? '');
    note.description = text;
    note.isPinned = isPinned;
    note.createdById = createdById;
    note.link(about);
    return note;
  }
}

assignable(Activity);

interface Named {
  id: string;
  organizationId: string;
  name: string;
}

interface About {
  customer?: Named | null;
  lead?: Named | null;
}

interface NoteText {
  title?: string;
  text?: string | null;
  isPinned?: boolean;
}

/** The title where none is given: the first line of the text, unless that shows nothing. */
export const firstLine = (text: string): string => nameFrom(text.split(/\r?\n/)[0]!, 255) || 'Untitled';
