import { column, type Fragment, or, sql } from '../platform/database/sql.js';
import { loggedKinds } from './record-types.js';

const kinds = Object.entries(loggedKinds);
const accessTypes = kinds.flatMap(([type, { isAccess }]) => (isAccess ? [type] : []));

/** Whether a change decides who may do what. */
export const isAboutAccess = (alias: string): Fragment =>
  or([
    sql`${column(alias, 'record_type')} = any(${accessTypes}::text[])`,
    ...kinds.flatMap(([type, { accessColumns }]) => {
      if (!accessColumns) return [];
      const [values, after] = [
        sql`coalesce(${column(alias, 'before')}, ${column(alias, 'after')})`,
        column(alias, 'after'),
      ];
      const isGiven = or(accessColumns.given.map((name) => sql`${values} ->> ${name} is not null`));
      return sql`${column(alias, 'record_type')} = ${type} and coalesce(
        case ${column(alias, 'action')}
          when 'UPDATED' then ${after} ?| ${[...accessColumns.given, ...accessColumns.limited]}::text[]
          else ${isGiven}
        end, false)`;
    }),
  ]);
