import { Migration } from '@mikro-orm/migrations';

/**
 * A delivery that is sent again by hand, or by a replay, gets another round of tries, and its tries go on counting.
 *
 * The column is new, and no row is written. Servers of the previous version begin to count anew with each round.
 */
export class RoundsAndProbes extends Migration {
  override up(): void {
    this.addSql('alter table webhook_deliveries add column earlier_tries int not null default 0');
  }
}
