import { Migration } from '@mikro-orm/migrations';
import { endMail, issueMailToken, leaseMail, queueMail } from './mail-functions.js';
import { asDefiner, definerFunction, definerPolicy } from './policies.js';
import { withoutDevice } from './throttle.js';
import {
  beginAttempt,
  confirmEmailChange,
  discardAccountTokens,
  endAttempt,
  isEmailVerified,
  resetPassword,
  tokenAccount,
  verifyEmail,
} from './token-functions.js';

/**
 * Messages wait in `outgoing_mails` until a server has sent them. Their links carry tokens, of which `account_tokens`
 * keeps hashes only. crm_app reaches neither table: it queues messages for the active user, takes those that are due,
 * and uses tokens that it was given.
 *
 * Failed sign-ins count by device as well. Servers of the previous version do not know these functions.
 */
export class MailAndTokens extends Migration {
  override up(): void {
    this.addSql(`
      create table outgoing_mails (
        id uuid not null,
        template text not null,
        user_id uuid null,
        variables jsonb not null,
        created_at timestamptz(3) not null,
        due_at timestamptz(3) not null,
        lease uuid null,
        tries integer not null default 0,
        sent_at timestamptz(3) null,
        failed_at timestamptz(3) null,
        fault text null,
        primary key (id)
      )`);
    this.addSql(`
      create index outgoing_mails_due_index on outgoing_mails (due_at, id)
        where ((sent_at is null) and (failed_at is null) and (template <> 'INVITATION'::text))`);
    this.addSql(`
      create index outgoing_mails_invitation_due_index on outgoing_mails (due_at, id)
        where ((sent_at is null) and (failed_at is null) and (template = 'INVITATION'::text))`);
    this.addSql('create index outgoing_mails_sent_index on outgoing_mails (sent_at) where (sent_at is not null)');
    this.addSql('create index outgoing_mails_failed_index on outgoing_mails (failed_at) where (failed_at is not null)');
    this.addSql('create index outgoing_mails_lease_index on outgoing_mails (lease) where (lease is not null)');
    this.addSql('create index outgoing_mails_user_index on outgoing_mails (user_id, template, created_at)');
    this.addSql(`
      create table account_tokens (
        hash text not null,
        kind text not null,
        user_id uuid not null,
        email text not null,
        created_at timestamptz(3) not null,
        expires_at timestamptz(3) not null,
        primary key (hash),
        constraint account_tokens_kind_check check (kind in ('VERIFY_EMAIL', 'CHANGE_EMAIL', 'RESET_PASSWORD'))
      )`);
    this.addSql('create index account_tokens_user_index on account_tokens (user_id, kind)');
    this.addSql('create index account_tokens_expires_index on account_tokens (expires_at)');
    this.addSql('create index sign_in_attempts_retry_index on sign_in_attempts (retry_at)');
    this.addSql(`create index sign_in_attempts_account_index on sign_in_attempts (${withoutDevice('key')})`);
    for (const table of ['outgoing_mails', 'account_tokens']) {
      this.addSql(`
        alter table ${table} add constraint ${table}_user_id_foreign
          foreign key (user_id) references users (id) on delete cascade`);
      this.addSql(`alter table ${table} enable row level security, force row level security`);
      this.addSql(definerPolicy(table));
      this.addSql(`grant select, insert, update, delete on ${table} to crm_definer`);
    }
    // An address that changes in `users` is unverified from then on.
    this.addSql('alter table user_secrets add verified_email text null');

    const functions = [
      queueMail,
      leaseMail,
      endMail,
      issueMailToken,
      tokenAccount,
      verifyEmail,
      confirmEmailChange,
      resetPassword,
      discardAccountTokens,
      isEmailVerified,
      beginAttempt,
      endAttempt,
    ].flatMap((one) => definerFunction(...one));
    for (const statement of asDefiner([...replaced, ...functions])) this.addSql(statement);
  }
}

const replaced = ['drop function begin_attempt(text, text)', 'drop function end_attempt(uuid, text, text, text)'];
