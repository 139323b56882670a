import { sql } from './database.js';

/** Inserts copies of a deal. */
export const copyDeal = (id: string, count: number) =>
  sql(
    `do $do$
     declare v_columns text := (
       select string_agg(attname, ', ')
       from pg_attribute
       where attrelid = 'deals'::regclass and attnum > 0 and not attisdropped and attgenerated = ''
     );
     begin
       execute format(
         'insert into deals (%1$s)
          select %1$s
          from generate_series(1, ${count}) as n,
            lateral (
              select (jsonb_populate_record(d, jsonb_build_object(
                ''id'', gen_random_uuid(), ''code'', ''C-'' || d.code || n
              ))).*
              from deals d
              where id = ''${id}''
            ) as copies',
         v_columns
       );
     end
     $do$`,
  );
