import { Migration } from '@mikro-orm/migrations';
import { definerFunction } from './policies.js';

/**
 * One update of a counter draws many codes such as `CUST-0001`. `draw_code` stays for servers of the previous version,
 * which may still run.
 */
export class ManyCodes extends Migration {
  override up(): void {
    this.addSql('grant crm_definer to current_user');
    this.addSql('grant create on schema public to crm_definer');
    for (const statement of definerFunction(
      'draw_codes(p_organization uuid, p_kind text, p_count integer)',
      `returns setof text language sql volatile as $$
         with drawn as (
           insert into code_counters (organization_id, kind, last) values (p_organization, p_kind, p_count)
           on conflict (organization_id, kind) do update set last = code_counters.last + p_count
           returning last
         )
         select p_kind || '-' || lpad(number::text, greatest(4, length(number::text)), '0')
         from drawn, generate_series(last - p_count + 1, last) as number
         order by number
       $$`,
    ))
      this.addSql(statement);
    this.addSql('revoke create on schema public from crm_definer');
    this.addSql('revoke crm_definer from current_user');
  }
}
