import { Migration } from '@mikro-orm/migrations';

const tables = ['customers', 'leads', 'deals', 'activities', 'employees', 'vendors'];

/** Records from another system keep that system's key. */
export class ExternalIds extends Migration {
  override up(): void {
    for (const table of tables)
      this.addSql(
        `alter table ${table} add external_id text, add constraint ${table}_external_key unique (organization_id, external_id)`,
      );
  }
}
