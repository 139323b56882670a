import { Check, Index, Unique } from '@mikro-orm/decorators/legacy';
import { sql } from '../../platform/database/sql.js';
import {
  Choice,
  Computed,
  Day,
  Flag,
  Instant,
  Int,
  Reference,
  Tags,
  Text,
  Url,
} from '../../platform/records/decorators.js';
import { declareEnum } from '../../platform/records/enums.js';
import { Record, relate } from '../../platform/records/record.js';
import { TenantRecord, tenantPolicy } from '../../platform/tenancy/tenant-record.js';
import { Customer } from '../customers/customer.js';
import { Employee } from '../employees/employee.js';
import { User } from '../users/user.js';

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

@Unique({ name: 'activities_tenant_key', properties: ['organizationId', 'id'] })
@Index({ name: 'activities_customer_index', properties: ['organizationId', 'customerId', 'createdAt', 'id'] })
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
  policies: [tenantPolicy],
})
export class Activity extends TenantRecord {
  @Choice(ActivityType, { description: 'Kind; fixed after creation.', by: 'kind', filter: true })
  activityType!: ActivityType;

  @Text({
    description: 'Title; of a note its first line unless given.',
    max: 255,
    by: 'title',
    filter: true,
    order: true,
    search: true,
  })
  title!: string;

  @Text({ description: 'Text.', nullable: true, search: true })
  description: string | null = null;

  @Reference(() => Customer, { description: 'The customer it is about.', by: 'customer', filter: true })
  customer?: Customer | null;
  customerId: string | null = null;

  @Text({
    description: 'Name of the customer, else of the lead, as it was at creation.',
    max: 255,
    nullable: true,
    search: true,
  })
  customerName: string | null = null;

  @Choice(ActivityStatus, { description: 'Status.', by: 'status', filter: true, order: true })
  status: ActivityStatus = 'SCHEDULED';

  @Instant({ description: 'When it is planned.', nullable: true, by: 'planned time', filter: true, order: true })
  scheduledAt: Date | null = null;

  @Instant({
    description: 'When it was done; set exactly while the status is COMPLETED.',
    nullable: true,
    by: 'completion time',
    filter: true,
    order: true,
  })
  completedAt: Date | null = null;

  @Int({ description: 'Duration in minutes.', min: 0, max: 10_080, nullable: true })
  durationMinutes: number | null = null;

  @Reference(() => Employee, { description: 'Responsible employee.', by: 'responsible employee', filter: true })
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
    by: 'whether it is pinned',
    order: 'By whether it is pinned; DESC puts pinned ones on top.',
    filter: true,
  })
  isPinned = false;

  @Computed(
    'boolean',
    { description: 'SCHEDULED with `scheduledAt` in the past.' },
    ({ table }) => sql`(${table}.status = 'SCHEDULED' and coalesce(${table}.scheduled_at < now(), false))`,
  )
  isOverdue!: boolean;

  @Tags({ description: 'Tags.', by: 'tags', filter: true })
  tags: string[] = [];

  @Text({ description: 'Number called; CALL only.', max: 20, nullable: true })
  phoneNumber: string | null = null;

  @Int({ description: 'Duration in seconds; CALL only.', min: 0, max: 86_400, nullable: true })
  callDuration: number | null = null;

  @Text({ description: 'Subject; EMAIL only.', max: 255, nullable: true })
  emailSubject: string | null = null;

  @Text({ description: 'Body; EMAIL only.', nullable: true })
  emailBody: string | null = null;

  @Text({ description: 'Place; MEETING only.', max: 255, nullable: true })
  meetingLocation: string | null = null;

  @Url({ description: 'URL of an online meeting; MEETING only.', nullable: true })
  meetingUrl: string | null = null;

  @Tags({ description: 'Names or addresses of attendees; MEETING only, else empty.', max: 50, longest: 255 })
  attendees: string[] = [];

  @Choice(TaskPriority, { description: 'Priority; TASK only.', nullable: true, by: 'task priority', filter: true })
  taskPriority: TaskPriority | null = null;

  @Day({ description: 'Due date; TASK only.', nullable: true, by: 'task due date', filter: true })
  taskDueDate: string | null = null;

  /** A note on a customer: done as soon as it is written, titled by its first line. */
  static note(customer: Customer, text: string, isPinned: boolean, createdById: string): Activity {
    const note = new Activity();
    note.organizationId = customer.organizationId;
    note.activityType = 'NOTE';
    note.status = 'COMPLETED';
    note.completedAt = new Date();
    note.title = [...text.split('\n')[0]!.trim()].slice(0, 255).join('');
    note.description = text;
    note.customerId = customer.id;
    note.customerName = customer.name;
    note.isPinned = isPinned;
    note.createdById = createdById;
    return note;
  }
}

relate(Customer, 'activities', { record: () => Activity, by: 'customer', description: 'By its activities.' });
