import { Migration } from '@mikro-orm/migrations';

/**
 * Answers are kept with their errors and with the rights of whoever got them. Servers of the version before go on: they
 * read and write the data alone, and nobody needs a right for what they keep.
 */
export class KeptAnswers extends Migration {
  override up(): void {
    this.addSql(`
      alter table idempotency_keys
        add column errors text,
        add column is_privileged boolean not null default false,
        add column employee_id uuid,
        add column permissions text[] not null default '{}'`);
  }
}
