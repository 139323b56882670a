import { Migration } from '@mikro-orm/migrations';

/** Answers kept under a key with their errors, and with the rights of whoever got them. */
export class KeptAnswers extends Migration {
  override up(): void {
    // Whose rights nobody wrote down is given again as before, for the day that it is kept.
    this.addSql(`
      alter table idempotency_keys
        add column is_privileged boolean not null default false,
        add column permissions text[] not null default '{}'`);
    this.addSql(`
      alter table idempotency_keys
        alter column is_privileged drop default,
        alter column permissions drop default`);
    this.addSql('alter table idempotency_keys no force row level security');
    this.addSql(`update idempotency_keys set answer = '{"data":' || answer || '}'`);
    this.addSql('alter table idempotency_keys force row level security');
  }
}
