import { sql } from './database.js';

/** Inserts copies of a deal, behind the back of the log. */
export const copyDeal = (id: string, count: number) =>
  sql(
    `do $do$
     declare
       v_columns text;
       v_copied text;
     begin
       select string_agg(attname, ', '), string_agg('copied.' || attname, ', ')
       into v_columns, v_copied
       from pg_attribute
       where attrelid = 'deals'::regclass and attnum > 0 and not attisdropped and attgenerated = '';
       set local session_replication_role = replica;
       execute format(
         'insert into deals (%s)
          select %s
          from deals d,
            generate_series(1, ${count}) as n,
            jsonb_populate_record(d, jsonb_build_object(
              ''id'', gen_random_uuid(), ''code'', ''C-'' || d.code || n
            )) as copied
          where d.id = ''${id}''',
         v_columns, v_copied
       );
     end
     $do$`,
  );
