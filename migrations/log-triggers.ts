/** The columns that one statement compares, before the columns that differ are looked for among them. */
const comparedAtOnce = 8;

/**
 * Body of a function that writes a row's change to the log, for the column that holds the row's organization. `{…}`
 * stands for what the table's columns decide: comparing them by name costs a third of comparing rows as JSON.
 *
 * The first change of a transaction in an organization opens its change set.
 */
const bodyOf = (type: string, organization: string) => `
declare
  v_before jsonb;
  v_after jsonb;
  v_zone text := current_setting('timezone');
  v_open text := current_setting('app.change_set_open', true);
begin
  -- Moments have one form in JSON. A SET clause of the function costs more than the comparisons.
  if v_zone <> 'UTC' then perform set_config('timezone', 'UTC', true); end if;
  if tg_op = 'INSERT' then
    v_after := to_jsonb(new) - {unlogged};
  elsif tg_op = 'DELETE' then
    v_before := to_jsonb(old) - {unlogged};
    new := old;
  else
    v_before := '{}';
    v_after := '{}';
    {comparisons}
  end if;
  if v_zone <> 'UTC' then perform set_config('timezone', v_zone, true); end if;
  if v_before = '{}' then return null; end if;
  if v_open is null or strpos(v_open, new.${organization}::text) = 0 then
    v_open := open_change_set(new.${organization});
  end if;
  insert into changes (organization_id, change_set_id, record_type, record_id, action, version, before, after)
  values (
    new.${organization}, left(v_open, 36)::uuid, '${type}', new.id,
    case tg_op when 'INSERT' then 'CREATED' when 'UPDATE' then 'UPDATED' else 'DELETED' end,
    {version}, v_before, v_after
  );
  return null;
end`;

/** Columns `%1$s` of the old row and `%2$s` of the new one, compared at once; `%3$s` compares each of them. */
const ofGroup = 'if (%1$s) is distinct from (%2$s) then %3$s end if;';

const ofColumn = `
      if old.%1$I is distinct from new.%1$I then
        v_before := v_before || jsonb_build_object(%1$L, old.%1$I);
        v_after := v_after || jsonb_build_object(%1$L, new.%1$I);
      end if;`;

/**
 * Statements that write every change of a table's rows to the log, without generated columns and those named here. A
 * table gets them anew whenever its columns change, which a test demands.
 */
export function logged(table: string, type: string, unlogged: readonly string[] = []): string[] {
  const name = `log_change_of_${table}()`;
  return [
    `do $do$
     declare
       v_columns text[];
       v_unlogged text[];
       v_comparisons text;
       v_body text := $body$${bodyOf(type, table === 'organizations' ? 'id' : 'organization_id')}$body$;
     begin
       select array_agg(attname::text order by attnum),
         array_agg(attname::text order by attname)
           filter (where attgenerated <> '' or attname = any('{${unlogged.join()}}'))
       into v_columns, v_unlogged
       from pg_attribute
       where attrelid = '${table}'::regclass
         and attnum > 0
         and not attisdropped;
       select string_agg(format($f$${ofGroup}$f$, was, becomes, each), ' ')
       into v_comparisons
       from (
         select string_agg(format('old.%I', name), ', ' order by place) as was,
           string_agg(format('new.%I', name), ', ' order by place) as becomes,
           string_agg(format($f$${ofColumn}$f$, name), '' order by place) as each
         from unnest(v_columns) with ordinality as one (name, place)
         where not name = any(coalesce(v_unlogged, '{}') || '{version,updated_at}')
         group by place / ${comparedAtOnce}
       ) as groups;
       v_body := replace(v_body, '{comparisons}', v_comparisons);
       v_body := replace(v_body, '{unlogged}', format('%L::text[]', coalesce(v_unlogged, '{}')));
       v_body := replace(v_body, '{version}', case when 'version' = any(v_columns) then 'new.version' else 'null' end);
       execute format(
         'create or replace function ${name} returns trigger language plpgsql
            security definer set search_path = pg_catalog, public, pg_temp as %L',
         v_body
       );
     end
     $do$`,
    `revoke all on function ${name} from public`,
    `alter function ${name} owner to crm_definer`,
    `create or replace trigger log_change after insert or update or delete on ${table}
       for each row execute function ${name}`,
  ];
}
