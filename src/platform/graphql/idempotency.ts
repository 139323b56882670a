import { createHash } from 'node:crypto';
import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { demand, isPrivileged, membershipOf, type Viewer } from '../auth/viewer.js';
import { sql } from '../database/sql.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import { BadInput, CodedError, Forbidden } from '../errors.js';
import { maskError, placedAs } from './errors.js';

const longest = 255;

interface Keyed {
  userId: string;
  /** As sent: the organization that is active without it may be another one after the mutation. */
  organizationHeader: string | null;
  /** By which servers of the version before keep answers. */
  organizationId: string | null;
  /** Names of the root fields. */
  operation: string[];
  key: string;
  /** What was sent: the document, its operation and its variables. */
  request: unknown[];
}

interface Kept {
  request: string;
  answer: string;
  errors: string | null;
  is_privileged: boolean;
  employee_id: string | null;
  permissions: string[];
}

/**
 * A mutation that may be sent again: the answer of the first time is kept in the same transaction as its work, for 24
 * hours, and given again. Two at once are told apart by a lock that ends with the transaction.
 */
export class KeyedMutation {
  private readonly userId: string;
  private readonly scope: string;
  private readonly formerScope: string;
  private readonly request: string;

  constructor({ userId, organizationHeader, organizationId, operation, key, request }: Keyed) {
    if (key.length < 1 || key.length > longest)
      throw new BadInput([
        { path: 'Idempotency-Key', code: 'OUT_OF_RANGE', message: `must have 1 to ${longest} characters` },
      ]);
    this.userId = userId;
    this.scope = hash([userId, organizationHeader, operation, key]);
    this.formerScope = hash([userId, organizationId, operation, key]);
    this.request = hash(request);
  }

  /**
   * The answer of the first time; null when this is it. Throws IDEMPOTENCY_IN_PROGRESS, IDEMPOTENCY_KEY_REUSED, and
   * FORBIDDEN for a viewer who holds less than the one who got the answer: it may tell what only those may read.
   */
  async replay(work: UnitOfWork, viewer: Viewer): Promise<ExecutionResult | null> {
    const [turn] = await work.query<{ mine: boolean }>(
      sql`select pg_try_advisory_xact_lock(hashtextextended(${this.scope}, 0)) as mine`,
    );
    if (!turn!.mine)
      throw new CodedError('IDEMPOTENCY_IN_PROGRESS', 'A request with this key is still running; wait and repeat it');
    const [kept] = await work.query<Kept>(
      sql`select request, answer, errors, is_privileged, employee_id, permissions
        from idempotency_keys
        where user_id = ${this.userId}::uuid
          and scope in (${this.scope}, ${this.formerScope})
          and created_at > now() - interval '24 hours'
        order by scope = ${this.scope} desc
        limit 1`,
    );
    if (!kept) return null;
    if (kept.request !== this.request)
      throw new CodedError('IDEMPOTENCY_KEY_REUSED', 'This key was used for another request; give each one of its own');
    demandAsMuch(viewer, kept);
    return { ...revived(kept), extensions: { idempotency: { replayed: true } } };
  }

  /** Keeps the answer with the work that it tells of, and lets go of what is too old. */
  async keep(work: UnitOfWork, viewer: Viewer, { data, errors }: ExecutionResult): Promise<void> {
    const masked = errors?.map((error) => maskError(error.toJSON(), error));
    await work.query(
      sql`delete from idempotency_keys
        where user_id = ${this.userId}::uuid and created_at <= now() - interval '24 hours'`,
    );
    await work.query(
      sql`insert into idempotency_keys
          (user_id, scope, request, answer, errors, is_privileged, employee_id, permissions, created_at)
        values (${this.userId}::uuid, ${this.scope}, ${this.request}, ${JSON.stringify(data)},
          ${masked ? JSON.stringify(masked) : null}, ${isPrivileged(viewer)}, ${viewer.organization?.selfId ?? null}, ${[...(viewer.organization?.permissions ?? [])]}::text[], now())`,
    );
  }
}

function demandAsMuch(viewer: Viewer, kept: Kept): void {
  if (viewer.organization) membershipOf(viewer);
  if (kept.is_privileged && !isPrivileged(viewer))
    throw new Forbidden('OWNER_ONLY', 'The answer was given to an owner, who you no longer are');
  if (kept.employee_id && kept.employee_id !== viewer.organization?.selfId && !isPrivileged(viewer))
    throw new Forbidden('SELF_ONLY', 'The answer was given to somebody whose own record is no longer yours');
  for (const permission of kept.permissions) demand(viewer, permission);
}

/** Told again as they were told: what is coded is not masked once more. */
function revived({ answer, errors }: Kept): ExecutionResult {
  const data = JSON.parse(answer);
  if (!errors) return { data };
  const told = (JSON.parse(errors) as GraphQLFormattedError[]).map((error) => {
    const { code, ...extensions } = error.extensions ?? {};
    return placedAs(error, new CodedError(String(code), error.message, extensions));
  });
  return { data, errors: told };
}

const hash = (parts: unknown[]) => createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
