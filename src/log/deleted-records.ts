import { NIL } from 'uuid';
import type { Viewer } from '../platform/auth/viewer.js';
import { and, column, type Fragment, sql } from '../platform/database/sql.js';
import type { Narrowing } from '../platform/reading/reader.js';
import { isAboutAccess } from './access-changes.js';
import { isListed, seesAllSets } from './own-sets.js';
import { visibleChanges } from './seen.js';
import { undoDays } from './undo-limits.js';

/** Deletions that the viewer may read and undo, of records that are still gone and were there before the change set. */
export const restorable =
  (viewer: Viewer): Narrowing =>
  (alias) => {
    const own = (name: string) => column(alias, name);
    return and([
      visibleChanges(viewer)(alias),
      sql`${own('action')} = 'DELETED'`,
      sql`not ${own('is_erased')}`,
      sql`${own('at')} > now() - make_interval(days => ${undoDays}::int)`,
      sql`${own('id')} >= ${earlierChange(viewer)}`,
      sql`not ${isAboutAccess(alias)}`,
      sql`
        not exists (
          select from (${nextChange(own, own('id'))}) as later
          where later.record_id = ${own('record_id')}
        )`,
      sql`
        not exists (
          select from (${nextChange(own, sql`${NIL}::uuid`)}) as first
          where first.change_set_id = ${own('change_set_id')}
            and first.action = 'CREATED'
        )`,
      ...(seesAllSets(viewer) ? [] : [isOfListedSet(viewer, own)]),
    ]);
  };

/**
 * The change after the one with this id among those of the record, or else one of another record. Of an organization
 * that the statistics do not know yet, the planner expects a single change: it would take any index for conditions on
 * organization and record, and read all changes for each. Only one index has this order.
 */
const nextChange = (own: (name: string) => Fragment, id: Fragment): Fragment => sql`
  select c.record_id, c.change_set_id, c.action
  from changes c
  where c.organization_id = ${own('organization_id')}
    and (c.record_id, c.id) > (${own('record_id')}, ${id})
  order by c.record_id, c.id
  limit 1`;

const isOfListedSet = (viewer: Viewer, own: (name: string) => Fragment): Fragment => sql`
  exists (
    select from change_sets as own
    where own.organization_id = ${own('organization_id')}
      and own.id = ${own('change_set_id')}
      and ${isListed(viewer, sql`own`)}
  )`;

const day = 86_400_000;

/**
 * The id of a change before all that can still be undone, so that the list does not walk through the deletions of a
 * year. Ids of change sets begin with their time. A transaction may take up to a day between its id and its first
 * change.
 */
function earlierChange(viewer: Viewer): Fragment {
  const organizationId = viewer.organization?.id ?? null;
  const time = (Date.now() - (undoDays + 1) * day).toString(16).padStart(12, '0');
  const begin = `${time.slice(0, 8)}-${time.slice(8)}${NIL.slice(13)}`;
  return sql`coalesce(
    (
      select early.id
      from changes early
      where early.organization_id = ${organizationId}::uuid
        and early.change_set_id = (
          select s.id
          from change_sets s
          where s.organization_id = ${organizationId}::uuid
            and s.id < ${begin}::uuid
          order by s.id desc
          limit 1
        )
      order by early.id
      limit 1
    ),
    ${NIL}::uuid
  )`;
}
