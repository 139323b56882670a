type Definition = [signature: string, definition: string];

/** A UUIDv7 of the present moment; PostgreSQL 15 to 17 have no function for it. */
const newId = `encode(
        set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
          placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
          from 1 for 6), 52, 1), 53, 1),
        'hex')::uuid`;

/**
 * Writes a row's change to the log. Arguments: the type of the record, and the columns that the log leaves out.
 *
 * The first change of a transaction in an organization writes its change set, as the server has announced it in the
 * settings `app.change_set_id` and `app.change_set`; without them, the change set belongs to the system. The setting
 * `app.change_set_open` tells later changes that it exists. PostgreSQL takes settings back with a savepoint.
 */
export const logChange: Definition = [
  'log_change()',
  // Moments have one form in JSON, whatever the time zone of the session.
  `returns trigger language plpgsql set timezone = 'UTC' as $$
   declare
     v_before jsonb;
     v_after jsonb;
     v_row jsonb;
     v_organization uuid;
     v_set uuid := nullif(current_setting('app.change_set_id', true), '');
     v_about jsonb;
     v_user uuid;
   begin
     if tg_op <> 'INSERT' then v_before := to_jsonb(old) - tg_argv[1]::text[]; end if;
     if tg_op <> 'DELETE' then v_after := to_jsonb(new) - tg_argv[1]::text[]; end if;
     v_row := coalesce(v_after, v_before);
     v_organization := coalesce(v_row ->> 'organization_id', v_row ->> 'id');
     if tg_op = 'UPDATE' then
       select jsonb_object_agg(key, value), jsonb_object_agg(key, v_after -> key)
       into v_before, v_after
       from jsonb_each(v_before - '{version,updated_at}'::text[])
       where value is distinct from v_after -> key;
       if v_before is null then return null; end if;
     end if;
     if v_set is null or current_setting('app.change_set_open', true) is distinct from v_set || ' ' || v_organization
     then
       v_set := coalesce(v_set, ${newId});
       v_about := coalesce(nullif(current_setting('app.change_set', true), ''), '{}');
       v_user := nullif(nullif(current_setting('app.user_id', true), ''), '00000000-0000-0000-0000-000000000000');
       insert into change_sets
         (organization_id, id, at, user_id, api_key_id, actor_name, operations, request_id, source, undoes_id)
       values (
         v_organization, v_set, now(), v_user, (v_about ->> 'apiKeyId')::uuid,
         coalesce(
           (select coalesce(u.first_name || ' ' || u.last_name, u.username) from users u where u.id = v_user),
           (select k.name from api_keys k
            where k.organization_id = v_organization and k.id = (v_about ->> 'apiKeyId')::uuid),
           'System'),
         array(select jsonb_array_elements_text(coalesce(v_about -> 'operations', '[]'))),
         v_about ->> 'requestId',
         coalesce(v_about ->> 'source', 'SYSTEM'),
         (v_about ->> 'undoesId')::uuid
       )
       on conflict (organization_id, id) do nothing;
       perform set_config('app.change_set_id', v_set::text, true),
         set_config('app.change_set_open', v_set || ' ' || v_organization, true);
     end if;
     insert into changes (organization_id, change_set_id, record_type, record_id, action, version, before, after)
     values (
       v_organization, v_set, tg_argv[0], (v_row ->> 'id')::uuid,
       case tg_op when 'INSERT' then 'CREATED' when 'UPDATE' then 'UPDATED' else 'DELETED' end,
       (v_row ->> 'version')::int, v_before, v_after
     );
     return null;
   end
   $$`,
];

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

/** Those of the organizations that have changes which their snapshots do not show. */
export const logNews: Definition = [
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

/** Restoring a backup calls it, in the transaction of the restored rows: new changes follow the restored ones. */
export const afterRestore = `
  create function after_restore() returns void language sql as $$
    select setval('change_number', coalesce(max(('x' || right(id::text, 12))::bit(48)::bigint), 1))
    from changes
  $$`;
