type Definition = [signature: string, definition: string];

/** Blanks the values of a record in the log of the active organization; returns how many changes it had. */
export const eraseFromLog: Definition = [
  'erase_from_log(p_type text, p_record uuid)',
  `returns int language sql as $$
     with erased as (
       update changes
       set before = null, after = null, is_erased = true
       where organization_id = nullif(current_setting('app.organization_id', true), '')::uuid
         and record_id = p_record
         and record_type = p_type
       returning 1
     )
     select count(*)::int from erased
   $$`,
];

/** The oldest thousand rows of a table of the log in the organization `o`, if the first of them is old enough. */
const oldest = (table: string) => `
       organizations o, lateral (
         select first.id
         from (
           select id, at
           from ${table}
           where organization_id = o.id
           order by id
           limit 1000
         ) first
         where first.at < v_before
       ) old
     where (select at from ${table} where organization_id = o.id order by id limit 1) < v_before`;

/**
 * Deletes what is older than this number of days, at most 1,000 changes of each organization; tells whether there may
 * be more. Does nothing while another server does.
 */
export const pruneLog: Definition = [
  'prune_log(p_days int)',
  `returns boolean language plpgsql as $$
   declare
     v_before timestamptz := now() - make_interval(days => greatest(p_days, 31));
     v_deleted int;
   begin
     if not pg_try_advisory_xact_lock(hashtextextended('prune_log', 0)) then return false; end if;
     delete from changes c
     using ${oldest('changes')}
       and c.organization_id = o.id
       and c.id = old.id;
     get diagnostics v_deleted = row_count;
     delete from change_sets s
     using ${oldest('change_sets')}
       and s.organization_id = o.id
       and s.id = old.id
       and not exists (select from changes c where c.organization_id = s.organization_id and c.change_set_id = s.id);
     return v_deleted > 0;
   end
   $$`,
];

/**
 * The present moment of the log, for a reader that reads everything which the current statement sees. Another cluster,
 * timeline or database is another incarnation of the log, in which the ids of transactions mean something else. Refused
 * on a standby, whose snapshots list no running transactions.
 */
export const logPosition = `
  create function log_position() returns table (incarnation text, snapshot text, at timestamptz)
  language plpgsql stable as $$
  begin
    if pg_is_in_recovery() then
      raise exception 'A standby cannot tell the position of the log' using errcode = 'TGC02';
    end if;
    return query
    select concat_ws('/', c.system_identifier, t.timeline_id, d.oid), pg_current_snapshot()::text, now()
    from pg_control_system() c, pg_control_checkpoint() t, pg_database d
    where d.datname = current_database();
  end
  $$`;

/** Restoring a backup calls it, in the transaction of the restored rows: new changes follow the restored ones. */
export const afterRestore = `
  create function after_restore() returns void language sql as $$
    select setval('change_number', coalesce(max(('x' || right(id::text, 12))::bit(48)::bigint), 1))
    from changes
  $$`;
