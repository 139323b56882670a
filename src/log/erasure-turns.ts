import { sql } from '../platform/database/sql.js';
import { type ActionContext, organizationOf } from '../platform/tenancy/action-context.js';

/**
 * Erasures and undos of an organization wait for each other until the end of the transaction: an undo could put back
 * what it has read just before it is erased, and a deleted record has no row to lock. Undos do not wait for undos. One
 * lock for each record could exceed the lock table of PostgreSQL.
 */
export const erasing = (context: ActionContext) => context.query(sql`select pg_advisory_xact_lock(${keyOf(context)})`);

export const undoing = (context: ActionContext) =>
  context.query(sql`select pg_advisory_xact_lock_shared(${keyOf(context)})`);

const keyOf = (context: ActionContext) => sql`hashtextextended(${`erase ${organizationOf(context).id}`}, 0)`;
