import { Migration } from '@mikro-orm/migrations';
import { firstLogNews } from './log-news.js';
import { asDefiner, definerFunction } from './policies.js';

/** Servers look for changes of all organizations whose changes they send, by one statement. */
export class Live extends Migration {
  override up(): void {
    for (const statement of asDefiner(definerFunction(...firstLogNews))) this.addSql(statement);
  }
}
