import { Migration } from '@mikro-orm/migrations';
import { asDefiner, definerFunction } from './policies.js';

/** Zones that some versions of Node name differently, with their canonical names. */
const behind: Record<string, string> = {
  CET: 'Europe/Brussels',
  MET: 'Europe/Brussels',
  EET: 'Europe/Athens',
  WET: 'Europe/Lisbon',
  EST: 'America/Panama',
  MST: 'America/Phoenix',
  HST: 'Pacific/Honolulu',
  EST5EDT: 'America/New_York',
  CST6CDT: 'America/Chicago',
  MST7MDT: 'America/Denver',
  PST8PDT: 'America/Los_Angeles',
};

/** The database is the only authority on time zones: it knows their names and computes days. */
export class Zones extends Migration {
  override async up(): Promise<void> {
    const known = new Set(['UTC']);
    for (const { name } of (await this.execute(`select name from pg_timezone_names where name like '%/%'`)) as {
      name: string;
    }[])
      known.add(name);
    let count = 0;
    for (const table of ['users', 'organizations']) {
      await this.execute(`alter table ${table} no force row level security`);
      const stored = (await this.execute(`select distinct timezone from ${table}`)) as { timezone: string }[];
      for (const { timezone } of stored.filter((one) => !known.has(one.timezone))) {
        await this.execute(`update ${table} set timezone = ? where timezone = ?`, [
          zoneBehind(timezone, known),
          timezone,
        ]);
        count += 1;
      }
      await this.execute(`alter table ${table} force row level security`);
    }
    if (count) console.log(`Migration of time zones: ${count} names were replaced by zones with a slash.`);
    await this.tellToday();
  }

  /** The look-up of the viewer also returns the day, so that only the database computes days. */
  private async tellToday(): Promise<void> {
    const withDay = definerFunction(
      'request_viewer(p_user uuid, p_session uuid, p_organization uuid)',
      `returns table (
         session_live boolean, is_superuser boolean, organization_id uuid, currency text, time_zone text, today text,
         is_owner boolean, is_suspended boolean, employee_id uuid, permissions text[]
       ) language sql stable as $$
         select
           u.is_active and s.revoked_at is null and s.expires_at > now(),
           u.is_superuser, m.organization_id, m.currency, m.timezone, (now() at time zone m.timezone)::date::text,
           m.is_owner,
           exists (select from user_profiles p
             where p.organization_id = m.organization_id and p.user_id = u.id and p.status = 'SUSPENDED')
           and not exists (select from user_profiles p
             where p.organization_id = m.organization_id and p.user_id = u.id and p.status = 'ACTIVE'),
           e.id,
           array(
             select distinct p.resource || ':' || p.action
             from roles r
             join role_permissions g on g.organization_id = r.organization_id and g.role_id = r.id
             join permissions p on p.organization_id = g.organization_id and p.id = g.permission_id
             where r.organization_id = m.organization_id and r.is_active and (
               (r.id = e.role_id and e.status in ('ACTIVE', 'ON_LEAVE'))
               or r.id in (select a.role_id from user_roles a
                 where a.organization_id = m.organization_id and a.user_id = u.id and a.is_active)
             )
           )
         from users u
         join sessions s on s.id = p_session and s.user_id = u.id
         left join lateral (
           select c.organization_id, c.is_owner, o.currency, o.timezone
           from memberships c
           join organizations o on o.id = c.organization_id and o.is_active
           where c.user_id = u.id and c.is_active and (p_organization is null or c.organization_id = p_organization)
           order by
             exists (select from user_profiles p
               where p.organization_id = c.organization_id and p.user_id = u.id and p.is_primary) desc,
             c.joined_at, c.id
           limit 1
         ) m on true
         left join employees e on e.organization_id = m.organization_id and e.user_id = u.id
         where u.id = p_user
       $$`,
    );
    for (const statement of asDefiner(['drop function request_viewer(uuid, uuid, uuid)', ...withDay]))
      await this.execute(statement);
  }
}

/** The zone that Node used for an obsolete name to compute days; UTC if Node does not know the name. */
function zoneBehind(name: string, known: ReadonlySet<string>): string {
  const canonical = canonicalOf(name);
  return [canonical, behind[canonical], behind[name]].find((one) => one && known.has(one)) ?? 'UTC';
}

function canonicalOf(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch {
    return 'UTC';
  }
}
