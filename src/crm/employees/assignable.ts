import type { Viewer } from '../../platform/auth/viewer.js';
import type { Class } from '../../platform/class.js';
import { column, type Fragment, sql } from '../../platform/database/sql.js';
import { filterableBy } from '../../platform/records/record.js';

/** Adds the filter `mine` to lists of a record with `assignedTo`. */
export function assignable(record: Class): void {
  filterableBy(record, 'mine', {
    description:
      "True: assigned to the caller's employee record; false: to somebody else or nobody. A plain `mine: true`, not " +
      'a `BooleanFilter`, since it depends on the caller and not on a stored value.',
    condition: (alias, wanted, viewer) => (wanted ? isMine(alias, viewer) : isNotMine(alias, viewer)),
  });
}

function isMine(alias: string, { organization }: Viewer): Fragment {
  if (!organization!.selfId) return sql`false`;
  return sql`${column(alias, 'assigned_to_id')} = ${organization!.selfId}::uuid`;
}

function isNotMine(alias: string, { organization }: Viewer): Fragment {
  if (!organization!.selfId) return sql`true`;
  return sql`${column(alias, 'assigned_to_id')} is distinct from ${organization!.selfId}::uuid`;
}
