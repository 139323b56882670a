import { Migration } from '@mikro-orm/migrations';
import { logNews } from './log-functions.js';
import { asDefiner, definerFunction } from './policies.js';

/** Servers look for changes of all organizations whose changes they send, by one statement. */
export class Live extends Migration {
  override up(): void {
    for (const statement of asDefiner(definerFunction(...logNews))) this.addSql(statement);
  }
}
