import { Migration } from '@mikro-orm/migrations';

const lists = { customers: ['tags'], leads: ['tags'], deals: ['tags'], activities: ['tags', 'attendees'] };

/** Texts that are equal to people are equal to the database, too, and all that is written can be read. */
export class Texts extends Migration {
  override up(): void {
    this.forbidMissingTags();
  }

  /** The tag `null` was kept as a missing one, with which no list could be answered. */
  private forbidMissingTags(): void {
    for (const [table, columns] of Object.entries(lists)) {
      this.addSql(`alter table ${table} no force row level security`);
      for (const column of columns) {
        this.addSql(`
          update ${table} set ${column} = array_remove(${column}, null)
          where array_position(${column}, null) is not null`);
        this.addSql(`
          alter table ${table} add constraint ${table}_${column}_check
            check ((array_position(${column}, NULL::text) IS NULL))`);
      }
      this.addSql(`alter table ${table} force row level security`);
    }
  }
}
