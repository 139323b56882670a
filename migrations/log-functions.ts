import { activeOrganizationOrNull, activeUserOrNull, type Definition } from './policies.js';

/** A UUIDv7 of the present moment; PostgreSQL 15 to 17 have no function for it. */
const newId = `encode(
        set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
          placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
          from 1 for 6), 52, 1), 53, 1),
        'hex')::uuid`;

/**
 * Writes the change set of the transaction in an organization, unless it is there, as the server has announced it in the
 * settings `app.change_set_id` and `app.change_set`; without them, the change set belongs to the system. Returns the
 * setting `app.change_set_open`: the id, followed by the organizations in which it exists. PostgreSQL takes settings
 * back with a savepoint.
 */
export const openChangeSet: Definition = [
  'open_change_set(p_organization uuid)',
  `returns text language plpgsql as $$
   declare
     v_open text := nullif(current_setting('app.change_set_open', true), '');
     v_set uuid := coalesce(left(v_open, 36), nullif(current_setting('app.change_set_id', true), ''))::uuid;
     v_about jsonb := coalesce(nullif(current_setting('app.change_set', true), ''), '{}');
     v_user uuid := nullif(${activeUserOrNull}, '00000000-0000-0000-0000-000000000000');
   begin
     if strpos(v_open, p_organization::text) > 0 then return v_open; end if;
     if v_set is null then v_set := ${newId}; end if;
     insert into change_sets
       (organization_id, id, at, user_id, api_key_id, actor_name, operations, request_id, source, undoes_id)
     values (
       p_organization, v_set, now(), v_user, (v_about ->> 'apiKeyId')::uuid,
       coalesce(
         (select coalesce(u.first_name || ' ' || u.last_name, u.username) from users u where u.id = v_user),
         (select k.name from api_keys k
          where k.organization_id = p_organization and k.id = (v_about ->> 'apiKeyId')::uuid),
         'System'),
       array(select jsonb_array_elements_text(coalesce(v_about -> 'operations', '[]'))),
       v_about ->> 'requestId',
       coalesce(v_about ->> 'source', 'SYSTEM'),
       (v_about ->> 'undoesId')::uuid
     );
     return set_config('app.change_set_open', concat_ws(' ', coalesce(v_open, v_set::text), p_organization), true);
   end
   $$`,
];

const customerKept = (column: string) =>
  `case when p_type in ('DEAL', 'ACTIVITY') and ${column} ? 'customer_id'
     then jsonb_build_object('customer_id', ${column} -> 'customer_id') end`;

/**
 * Blanks the values of a record in the log of the active organization, and writes a change that says so, for readers
 * who have stored them. Keeps the customer of a deal or an activity, so that readers who filter by it see the change.
 * Does nothing the second time. Returns the number of the record's changes.
 */
export const eraseFromLog: Definition = [
  'erase_from_log(p_type text, p_record uuid)',
  `returns int language plpgsql as $$
   declare
     v_organization uuid := ${activeOrganizationOrNull};
     v_erased int;
     v_version int;
     v_reference text := lower(p_type) || '_id';
     v_names text[];
   begin
     if p_type in ('CUSTOMER', 'LEAD') then
       v_names := array(
         select distinct n.name
         from changes c
         cross join lateral (values (c.before ->> 'name'), (c.after ->> 'name')) as n(name)
         where c.organization_id = v_organization
           and c.record_id = p_record
           and c.record_type = p_type
           and n.name is not null
       );
       update changes c
       set before = case when c.before ->> 'customer_name' = any(v_names)
             then c.before || '{"customer_name": null}' else c.before end,
         after = case when c.after ->> 'customer_name' = any(v_names)
             then c.after || '{"customer_name": null}' else c.after end
       from (
         select distinct a.record_id
         from changes a
         where a.organization_id = v_organization
           and a.record_type = 'ACTIVITY'
           and p_record::text in (a.before ->> v_reference, a.after ->> v_reference)
       ) as about
       where c.organization_id = v_organization
         and c.record_type = 'ACTIVITY'
         and c.record_id = about.record_id
         and (c.before ->> 'customer_name' = any(v_names) or c.after ->> 'customer_name' = any(v_names));
     end if;
     with erased as (
       update changes
       set before = ${customerKept('before')}, after = ${customerKept('after')}, is_erased = true
       where organization_id = v_organization
         and record_id = p_record
         and record_type = p_type
         and not is_erased
       returning version
     )
     select count(*), max(version) into v_erased, v_version from erased;
     if v_erased > 0 then
       insert into changes (organization_id, change_set_id, record_type, record_id, action, version, is_erased)
       values (v_organization, left(open_change_set(v_organization), 36)::uuid, p_type, p_record, 'ERASED', v_version, true);
     end if;
     return (
       select count(*)
       from changes
       where organization_id = v_organization
         and record_id = p_record
         and record_type = p_type
     );
   end
   $$`,
];

/** Rows of a table of the log that are old enough, at most 1,000; of each organization the oldest ones. */
const oldest = (table: string) => `(
       select o.id as organization_id, first.id
       from organizations o
       cross join lateral (
         select id, at
         from ${table}
         where organization_id = o.id
         order by id
         limit 1000
       ) first
       where (select at from ${table} where organization_id = o.id order by id limit 1) < v_before
         and first.at < v_before
       limit 1000
     )`;

/**
 * Deletes what is older than this number of days, at most 1,000 changes and 1,000 change sets; tells whether there may
 * be more. Does nothing while another server does. Changes stay a day longer, since the transaction of a change may have
 * begun before a cursor was made that has not seen it.
 */
export const pruneLog: Definition = [
  'prune_log(p_days int)',
  `returns boolean language plpgsql as $$
   declare
     v_before timestamptz := now() - make_interval(days => greatest(p_days, 31) + 1);
     v_deleted int;
   begin
     if not pg_try_advisory_xact_lock(hashtextextended('prune_log', 0)) then return false; end if;
     delete from changes c
     using ${oldest('changes')} old
     where c.organization_id = old.organization_id
       and c.id = old.id;
     get diagnostics v_deleted = row_count;
     delete from change_sets s
     using ${oldest('change_sets')} old
     where s.organization_id = old.organization_id
       and s.id = old.id
       and not exists (select from changes c where c.organization_id = s.organization_id and c.change_set_id = s.id);
     return v_deleted > 0;
   end
   $$`,
];

/**
 * The present moment of the log, for a reader that reads everything which the current statement sees. Another cluster,
 * timeline or database is another incarnation of the log, in which the ids of transactions mean something else. The
 * timeline is that of the present WAL: after a promotion, the last checkpoint still has the one before. A backup is
 * restored into a new table, which has another OID. Refused on a standby, whose snapshots list no running transactions.
 */
export const logPosition = `
  create function log_position() returns table (incarnation text, snapshot text, at timestamptz)
  language plpgsql stable as $$
  begin
    if pg_is_in_recovery() then
      raise exception 'A standby cannot tell the position of the log' using errcode = 'TGC02';
    end if;
    return query
    select
      concat_ws(
        '/', c.system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8), d.oid, 'changes'::regclass::oid
      ),
      pg_current_snapshot()::text, now()
    from pg_control_system() c, pg_database d
    where d.datname = current_database();
  end
  $$`;

/** Restoring a backup calls it, in the transaction of the restored rows: new changes follow the restored ones. */
export const afterRestore = `
  create function after_restore() returns void language sql as $$
    select setval('change_number', coalesce(max(('x' || right(id::text, 12))::bit(48)::bigint), 1))
    from changes
  $$`;

/**
 * Gives changes that were copied from another cluster, whose transactions had greater ids, an id of this one; otherwise
 * readers would take changes for future ones. Returns how many there were.
 */
export const adoptChanges: Definition = [
  'adopt_changes()',
  `returns int language sql as $$
     with ahead as (
       select o.id
       from organizations o
       where (select xid from changes where organization_id = o.id order by xid desc limit 1)
         >= pg_snapshot_xmax(pg_current_snapshot())
     ),
     adopted as (
       update changes c
       set xid = pg_current_xact_id()
       from ahead
       where c.organization_id = ahead.id
         and c.xid >= pg_snapshot_xmax(pg_current_snapshot())
       returning 1
     )
     select count(*)::int from adopted
   $$`,
];
