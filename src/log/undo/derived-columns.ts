import { expectedRevenueSql } from '../../crm/deals/expected-revenue.js';
import { type Fragment, sql } from '../../platform/database/sql.js';
import type { LoggedType } from '../record-types.js';

const derived: Partial<Record<LoggedType, Record<string, Fragment>>> = {
  DEAL: { expected_revenue: expectedRevenueSql(sql`later.value`, sql`later.probability`) },
};

/**
 * Stored columns that follow from others of their row, with the expressions over a row `later`. An undo of a change of
 * fields computes them anew: others may have changed what they follow from.
 */
export const derivedColumns = (type: LoggedType): Record<string, Fragment> => derived[type] ?? {};
