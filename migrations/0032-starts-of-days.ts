import { Migration } from '@mikro-orm/migrations';

/**
 * A day begins at its first midnight, also where clocks that go back at one o'clock show midnight twice. PostgreSQL
 * takes the second one by itself, so this takes away how far the clock already is in the day before that. Where clocks
 * went back at one minute past midnight (Newfoundland until 2011), that minute counts to the day before. Writes no row.
 */
export class StartsOfDays extends Migration {
  override up(): void {
    const midnight = `p_day::timestamp at time zone p_zone at time zone 'UTC'`;
    // Without a subquery, PostgreSQL puts the expression in the place of the call.
    this.addSql(`
      create function start_of_day(p_day date, p_zone text)
      returns timestamptz language sql immutable parallel safe as $$
        select (${midnight} - greatest(
          (${midnight} - interval '1 us') at time zone 'UTC' at time zone p_zone + interval '1 us' - p_day::timestamp,
          interval '0'
        )) at time zone 'UTC'
      $$`);
    this.addSql('revoke all on function start_of_day(date, text) from public');
    this.addSql('grant execute on function start_of_day(date, text) to crm_app, crm_definer');
  }
}
