import { Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Variables } from '../../platform/mail/mail.js';
import { definerPolicy } from '../policies.js';
import { OfUser } from '../users/of-user.js';
import type { User } from '../users/user.js';

/** A message that waits, was sent within the last day, or failed. `platform/mail` sends it; only functions reach it. */
@Index({
  name: 'outgoing_mails_due_index',
  properties: ['dueAt', 'id'],
  where: "((sent_at IS NULL) AND (failed_at IS NULL) AND (template <> 'INVITATION'::text))",
})
@Index({
  name: 'outgoing_mails_invitation_due_index',
  properties: ['dueAt', 'id'],
  where: "((sent_at IS NULL) AND (failed_at IS NULL) AND (template = 'INVITATION'::text))",
})
@Index({ name: 'outgoing_mails_sent_index', properties: ['sentAt'], where: '(sent_at IS NOT NULL)' })
@Index({ name: 'outgoing_mails_failed_index', properties: ['failedAt'], where: '(failed_at IS NOT NULL)' })
@Index({ name: 'outgoing_mails_lease_index', properties: ['lease'], where: '(lease IS NOT NULL)' })
@Index({ name: 'outgoing_mails_user_index', properties: ['userId', 'template', 'createdAt'] })
@Entity({ tableName: 'outgoing_mails', rowLevelSecurity: 'force', policies: [definerPolicy] })
export class OutgoingMail {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text', columnType: 'text' })
  template!: string;

  @OfUser({ nullable: true })
  user?: User;

  /** The account that the message is about, or that has caused it; null until a request for a reset is looked at. */
  @Property({ type: 'uuid', nullable: true })
  userId!: string | null;

  /** Empty once it is sent. */
  @Property({ type: 'json', columnType: 'jsonb' })
  variables!: Variables;

  @Property({ type: 'datetime', length: 3 })
  createdAt!: Date;

  /** When it may be sent, or when the lease of the server that is sending it ends. */
  @Property({ type: 'datetime', length: 3 })
  dueAt!: Date;

  @Property({ type: 'uuid', nullable: true })
  lease!: string | null;

  @Property({ type: 'integer', default: 0 })
  tries!: number;

  @Property({ type: 'datetime', length: 3, nullable: true })
  sentAt!: Date | null;

  @Property({ type: 'datetime', length: 3, nullable: true })
  failedAt!: Date | null;

  /** Why the last try failed. */
  @Property({ type: 'text', columnType: 'text', nullable: true })
  fault!: string | null;
}
