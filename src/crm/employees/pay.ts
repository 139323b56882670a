import { holds, type Viewer } from '../../platform/auth/viewer.js';
import { type Fragment, sql } from '../../platform/database/sql.js';
import type { ExpressionScope } from '../../platform/records/property.js';

/** Owners, callers with employee:update and the employee see pay. */
export const seesPay = (viewer: Viewer, employeeId: string): boolean =>
  holds(viewer, 'employee:update') || viewer.organization?.selfId === employeeId;

/** Everybody else gets null. */
export const pay =
  (column: string) =>
  ({ table, viewer }: ExpressionScope): Fragment =>
    holds(viewer, 'employee:update')
      ? sql`${table}.${sql.ref(column)}`
      : sql`
        case when ${table}.id = ${viewer.organization?.selfId ?? null}::uuid
          then ${table}.${sql.ref(column)}
        end`;
