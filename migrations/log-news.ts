import type { Definition } from './policies.js';

/**
 * Whether an organization has changes that a snapshot does not show. Without the limits, the planner reads the whole log
 * instead of looking into its index. As a function of its own, it would take three times as long.
 */
export const changesAfter = (organization: string, seen: string) => `pg_snapshot_xmax(${seen}) <= (
               select c.xid from changes c
               where c.organization_id = ${organization}
               order by c.xid desc
               limit 1
             )
             or exists (
               select from pg_snapshot_xip(${seen}) as running (xid)
               cross join lateral (
                 select from changes c
                 where c.organization_id = ${organization} and c.xid = running.xid
                 limit 1
               ) ended
             )`;

/** Those of the organizations that have changes which their snapshots do not show. */
export const logNews: Definition = [
  'log_news(p_organizations uuid[], p_seen text[])',
  `returns table (organization_id uuid) language sql stable as $$
     select asked.organization
     from unnest(p_organizations, p_seen::pg_snapshot[]) as asked (organization, seen)
     where ${changesAfter('asked.organization', 'asked.seen')}
   $$`,
];

/** The first form, of migration 0027, which reads the log. */
export const firstLogNews: Definition = [
  'log_news(p_organizations uuid[], p_seen text[])',
  `returns table (organization_id uuid) language sql stable as $$
     select asked.organization
     from unnest(p_organizations, p_seen::pg_snapshot[]) as asked (organization, seen)
     where exists (
         select from changes c
         where c.organization_id = asked.organization
           and c.xid >= pg_snapshot_xmax(asked.seen)
       )
       or exists (
         select
         from pg_snapshot_xip(asked.seen) as running (xid)
         join changes c on c.organization_id = asked.organization and c.xid = running.xid
       )
   $$`,
];
