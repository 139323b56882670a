import { column, type Fragment, sql } from '../../platform/database/sql.js';
import type { Reader } from '../../platform/reading/reader.js';
import type { Selection } from '../../platform/reading/selection.js';
import type { RecordRow } from '../../platform/records/record-row.js';
import { ChangeSet } from '../change-set.js';
import { namedSets } from '../seen.js';

/** Whether a change comes after that with an id, and is neither of the same change set nor of the undo itself. */
export const isLaterByOthers = (alias: string, id: Fragment): Fragment => sql`
  ${column(alias, 'id')} > ${id}
  and ${column(alias, 'xid')} is distinct from pg_current_xact_id_if_assigned()
  and ${column(alias, 'change_set_id')} <> (
    select own.change_set_id
    from changes own
    where own.organization_id = ${column(alias, 'organization_id')}
      and own.id = ${id}
  )`;

/** The latest other change sets that changed columns after a change; each key is record, change and column. */
export async function laterSets(
  read: Reader,
  keys: readonly string[],
  selection: Selection,
): Promise<(RecordRow<ChangeSet> | null)[]> {
  const asked = keys.map((key) => key.split(' ') as [record: string, change: string, column: string]);
  const organizationId = read.viewer.organization?.id ?? null;
  const found = await read.query<{ place: number; set: string }>(sql`
    select asked.place::integer as place, later.change_set_id as set
    from unnest(
      ${asked.map(([record]) => record)}::uuid[],
      ${asked.map(([, change]) => change)}::uuid[],
      ${asked.map(([, , column]) => column)}::text[]
    ) with ordinality as asked(record_id, id, name, place)
    cross join lateral (
      select c.change_set_id
      from changes c
      where c.organization_id = ${organizationId}::uuid
        and c.record_id = asked.record_id
        and ${isLaterByOthers('c', sql`asked.id`)}
        and (c.after ? asked.name or c.action = 'DELETED')
      order by c.id desc
      limit 1
    ) as later`);
  const sets = await read.byKeys(ChangeSet, 'id', [...new Set(found.map(({ set }) => set))], selection, {
    narrowing: namedSets(read.viewer),
  });
  const byPlace = new Map(found.map(({ place, set }) => [place - 1, sets.get(set)?.[0] ?? null]));
  return keys.map((_, place) => byPlace.get(place) ?? null);
}
