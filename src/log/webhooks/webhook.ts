import { tenantPolicies } from '../../crm/policies.js';
import { User } from '../../crm/users/user.js';
import { sql } from '../../platform/database/sql.js';
import { Choice, Choices, Computed, Instant, Reference, Text, Url } from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { TenantRecord } from '../../platform/records/tenant-record.js';
import { declareEnum } from '../../platform/schema/enums.js';
import { ChangeAction } from '../change-action.js';
import { RecordType } from '../record-type.js';

const WebhookDisabledReason = declareEnum(
  'WebhookDisabledReason',
  'The cause for which a webhook is disabled.',
  {
    MANUAL: 'Somebody disabled it.',
    ABANDONED: 'The responsible member has left.',
    GONE: 'The receiver answered 410 Gone.',
    FAILING: 'Every attempt has failed for three days.',
    CURSOR_EXPIRED: 'The log no longer has all changes since its position, or the database was restored.',
    SECRET_LOST: 'The server can no longer read its secret, since its keys were replaced.',
  },
  'a cause',
);
export type WebhookDisabledReason = keyof typeof WebhookDisabledReason;

@Record({
  table: 'webhooks',
  plural: 'webhooks',
  description: 'An address to which the server sends every change that its responsible member may see.',
  indexes: { responsible: ['responsibleId'] },
  policies: tenantPolicies,
})
export class Webhook extends TenantRecord {
  @Url({
    description: 'Address that receives a POST request for each change.',
    max: 2000,
    required: true,
    input: 'Address that receives a POST request for each change; in production https only.',
  })
  url!: string;

  @Text({
    description: 'Purpose of the webhook, e.g. the name of the receiving system.',
    max: 500,
    nullable: true,
    input: 'Purpose of the webhook, e.g. the name of the receiving system, 1–500 characters.',
  })
  description: string | null = null;

  @Choices(RecordType, {
    description: 'Types of the records whose changes are sent; empty for all.',
    input: 'Types of the records whose changes are sent; empty for all.',
  })
  recordTypes: RecordType[] = [];

  @Choices(ChangeAction, {
    description: 'Kinds of the changes that are sent; empty for all.',
    input: 'Kinds of the changes that are sent; empty for all.',
  })
  actions: ChangeAction[] = [];

  @Text({ description: 'The beginning of the current secret, by which people recognize it.' })
  secretPrefix!: string;

  @Reference(() => User, { description: 'The user who created the webhook; null if unknown.', tenant: false })
  createdBy?: User | null;
  createdById: string | null = null;

  @Reference(() => User, {
    description:
      'The member whose rights decide which changes are sent. Null once that membership has ended; the webhook is ' +
      'then disabled, and the member who enables it becomes responsible.',
    tenant: false,
    filter: true,
  })
  responsible?: User | null;
  responsibleId: string | null = null;

  @Instant({ description: 'When the webhook was disabled; null if it is active.', nullable: true, filter: true })
  disabledAt: Date | null = null;

  @Choice(WebhookDisabledReason, { description: 'Why the webhook is disabled; null if it is active.', nullable: true })
  disabledReason: WebhookDisabledReason | null = null;

  @Computed(
    'boolean',
    {
      description:
        'Whether it is enabled. Changes wait while the account of the responsible member is closed, or the profile ' +
        'suspended.',
    },
    ({ table }) => sql`(${table}.disabled_at is null and ${table}.responsible_id is not null)`,
  )
  readonly isActive!: boolean;

  @Computed(
    'instant',
    { description: 'Since when every attempt has failed; null if the last one succeeded.', nullable: true },
    ({ table }) => sql`
      (
        select reader.failing_since
        from webhook_readers as reader
        where reader.organization_id = ${table}.organization_id
          and reader.webhook_id = ${table}.id
      )`,
  )
  readonly failingSince!: Date | null;

  /** A webhook that is disabled already keeps its reason. */
  disable(now: Date): void {
    this.disabledReason ??= 'MANUAL';
    this.disabledAt ??= now;
  }

  /** Somebody must be responsible whose account is not closed. */
  enable(userId: string, { isResponsibleClosed }: { isResponsibleClosed: boolean }): void {
    if (isResponsibleClosed || !this.responsibleId) this.responsibleId = userId;
    this.disabledReason = null;
    this.disabledAt = null;
  }
}
