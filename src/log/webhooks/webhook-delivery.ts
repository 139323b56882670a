import { Choice, Computed, Id, Instant, Int, Reference, Text } from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { declareEnum } from '../../platform/schema/enums.js';
import { ChangeAction } from '../change-action.js';
import { RecordType } from '../record-type.js';
import { messageIdIn } from './message.js';
import { Webhook } from './webhook.js';

export const WebhookDeliveryStatus = declareEnum(
  'WebhookDeliveryStatus',
  'The state of a delivery.',
  {
    WAITING: 'It is tried again, or waits for an earlier change of its record.',
    DELIVERED: 'The receiver has accepted it.',
    FAILED: 'No more tries follow, unless `redeliverWebhookDelivery` or a replay begins another round.',
  },
  'a state',
);

@Record({
  table: 'webhook_deliveries',
  view: true,
  plural: 'webhook deliveries',
  description:
    'A change that a webhook did not deliver at the first try. Deliveries that succeed at once are not recorded.',
  defaultOrder: [{ field: 'ID', direction: 'DESC' }],
  defaultOrderText: 'newest first',
  policies: [],
})
export class WebhookDelivery {
  @Id({ description: 'Unique id of the delivery, a UUIDv7.', filter: true, by: 'id' })
  id!: string;

  @Reference(() => Webhook, { description: 'The webhook to which the delivery belongs.', nullable: false })
  webhook?: Webhook;
  webhookId!: string;

  @Id({ description: 'Id of the change, for `node`; the log may no longer have it.' })
  changeId!: string;

  @Choice(RecordType, { description: 'The type of the changed record.', filter: true })
  recordType!: RecordType;

  @Id({ description: 'Id of the changed record, which may be gone.', by: 'id of the changed record', filter: true })
  recordId!: string;

  @Choice(ChangeAction, { description: 'The kind of the change.', by: 'kind', filter: true })
  action!: ChangeAction;

  @Choice(WebhookDeliveryStatus, { description: 'The state of the delivery.', by: 'state', filter: true })
  status!: keyof typeof WebhookDeliveryStatus;

  @Int({
    description:
      'Number of tries, those before a redelivery or replay included; 0 while the delivery has only waited for an ' +
      'earlier change of its record.',
  })
  tries!: number;

  @Instant({ description: 'When the webhook came to the change.', by: 'time', filter: true })
  createdAt!: Date;

  @Instant({ description: 'When the last try began; null if there was none.', nullable: true })
  triedAt!: Date | null;

  @Instant({
    description: 'When the next try is due, unless an earlier change of the record waits; null if none follows.',
    nullable: true,
  })
  nextTryAt!: Date | null;

  @Instant({ description: 'When it was delivered, or the last try failed; null while it waits.', nullable: true })
  endedAt!: Date | null;

  @Int({ description: 'HTTP status of the last answer; null without an answer.', nullable: true })
  httpStatus!: number | null;

  @Int({ description: 'Duration of the last try in milliseconds; null if there was none.', nullable: true })
  durationMs!: number | null;

  @Text({ description: 'The first 1,024 bytes of the last answer, as text; null without an answer.', nullable: true })
  answer!: string | null;

  @Text({ description: 'Why the last try failed; null if it succeeded.', nullable: true })
  fault!: string | null;

  @Computed(
    'text',
    { description: 'The `webhook-id` of the message, the same for each try and for replays.' },
    ({ table }) => messageIdIn(table),
  )
  readonly messageId!: string;
}
