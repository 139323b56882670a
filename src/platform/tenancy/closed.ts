import { postgresCode } from '../database/sql.js';
import { Forbidden } from '../errors.js';

/** Raised by `refuse_closed_organization` where somebody writes into an organization that was closed meanwhile. */
const closed = 'TGC01';

/** What the caller is told of that; null for any other error. */
export const closedRefused = (error: unknown): Forbidden | null =>
  postgresCode(error) === closed
    ? new Forbidden('NOT_A_MEMBER', 'This organization was closed; act in another one')
    : null;
