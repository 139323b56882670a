import { type ActiveOrganization, demandMembership, type Viewer } from '../../platform/auth/viewer.js';
import { type Fragment, sql } from '../../platform/database/sql.js';
import { startOf } from '../../platform/reading/conditions.js';

const isLate = (table: Fragment) => sql`${table}.status = 'SCHEDULED' and ${table}.scheduled_at < now()`;

const isDue = (table: Fragment, { today }: ActiveOrganization) =>
  sql`${table}.activity_type = 'TASK'
    and ${table}.status in ('SCHEDULED', 'IN_PROGRESS')
    and ${table}.task_due_date < ${today}::date`;

/** Whether an activity is planned from now on; null without a planned time. */
export const isUpcoming = (table: Fragment) => sql`(${table}.status = 'SCHEDULED' and ${table}.scheduled_at >= now())`;

/**
 * Whether an activity is overdue: planned in the past, or a task whose due date has passed. The repeated condition on
 * the status lets PostgreSQL use an index.
 */
export const isOverdue = (table: Fragment, viewer: Viewer): Fragment =>
  sql`(${table}.status in ('SCHEDULED', 'IN_PROGRESS')
    and ((${isLate(table)}) is true or (${isDue(table, demandMembership(viewer))}) is true))`;

/** The moment when an activity became overdue. */
export function overdueSince(table: Fragment, viewer: Viewer): Fragment {
  const organization = demandMembership(viewer);
  const dayAfter = startOf(sql`(${table}.task_due_date + 1)`, viewer);
  return sql`least(
    case when ${isLate(table)} then ${table}.scheduled_at end,
    case when ${isDue(table, organization)} then ${dayAfter} end
  )`;
}
