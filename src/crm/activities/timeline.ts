import type { Class } from '../../platform/class.js';
import { column, sql } from '../../platform/database/sql.js';
import { nestedList } from '../../platform/graphql/nested-list.js';
import type { Narrowing } from '../../platform/reading/reader.js';
import { relate } from '../../platform/records/record.js';
import { can } from '../permissions.js';
import { Activity } from './activity.js';
import type { Subject } from './subject.js';

const notesOnly: Narrowing = (alias) => sql`${column(alias, 'activity_type')} = 'NOTE'`;

/** Adds timeline, notes and filters by activities to a record to which activities refer `by` a reference. */
export function timelineOf(owner: Class, by: Subject): Class[] {
  relate(owner, 'activities', { record: () => Activity, by, description: 'Filters by activities of the record.' });
  return [
    nestedList(owner, 'activities', Activity, {
      by,
      description: `Activities about the ${by}, notes included.`,
    }),
    nestedList(owner, 'notes', Activity, {
      by,
      description: `Activities of type NOTE about the ${by}.`,
      narrowing: notesOnly,
    }),
  ];
}

/** Rules of a record's timeline. */
export const timelineRules = { activities: can['activity:read'], notes: can['activity:read'] };
