import { Migration } from '@mikro-orm/migrations';

/**
 * Answers are kept with their errors and with the rights of the caller. Servers of the previous version still read and
 * write only the data; their answers need no rights.
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
