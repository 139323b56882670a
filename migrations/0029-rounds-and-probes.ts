import { Migration } from '@mikro-orm/migrations';
import { logNews } from './log-news.js';
import { asDefiner, replacedFunction } from './policies.js';

/**
 * A delivery that is sent again by hand, or by a replay, gets another round of tries, and its tries go on counting.
 * `log_news` looks into the index of the log, as `lease_webhook` does.
 *
 * The column is new, and no row is written. Servers of the previous version begin to count anew with each round.
 */
export class RoundsAndProbes extends Migration {
  override up(): void {
    this.addSql('alter table webhook_deliveries add column earlier_tries int not null default 0');
    for (const statement of asDefiner(replacedFunction(...logNews))) this.addSql(statement);
  }
}
