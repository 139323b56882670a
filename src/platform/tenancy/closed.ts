import { postgresCode } from '../database/sql.js';
import { Forbidden } from '../errors.js';

/** SQLSTATE that the trigger `refuse_closed_organization` raises for a write into an organization that was closed. */
const closed = 'TGC01';

/** The coded error for that; null for any other error. */
export const closedRefused = (error: unknown): Forbidden | null =>
  postgresCode(error) === closed
    ? new Forbidden('NOT_A_MEMBER', 'This organization was closed; act in another one')
    : null;
