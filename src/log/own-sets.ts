import { holds, type Viewer } from '../platform/auth/viewer.js';
import { type Fragment, sql } from '../platform/database/sql.js';
import type { Narrowing } from '../platform/reading/reader.js';

/** Whether the viewer sees the change sets of everybody. */
export const seesAllSets = (viewer: Viewer): boolean => holds(viewer, 'organization:update');

/** Whether `changeSets` lists a change set: with organization:update all of them, else the viewer's own. */
export function isListed(viewer: Viewer, table: Fragment): Fragment {
  if (seesAllSets(viewer)) return sql`true`;
  return viewer.apiKey
    ? sql`${table}.api_key_id = ${viewer.apiKey.id}::uuid`
    : sql`${table}.user_id = ${viewer.userId}::uuid`;
}

export const listedSets =
  (viewer: Viewer): Narrowing =>
  (alias) =>
    isListed(viewer, sql.ref(alias));
