import { createHash } from 'node:crypto';
import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { demand, demandMembership, isPrivileged, type Viewer } from '../auth/viewer.js';
import { type Fragment, sql } from '../database/sql.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import { BadInput, CodedError, Forbidden } from '../errors.js';
import { maskError, placedAs } from './errors.js';

const longest = 255;

interface Keyed {
  /** Null for an API key. */
  userId: string | null;
  /** Null for a person. */
  apiKeyId: string | null;
  /** The header as sent: without it, the mutation itself may change the active organization. */
  organizationHeader: string | null;
  /** Servers of the previous version store answers by this one. */
  organizationId: string | null;
  /** Names of the root fields. */
  operation: string[];
  key: string;
  /** The header or directive that gave the key. */
  keyFrom: string;
  /** The document, the operation's name and the variables. */
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
 * A mutation with an Idempotency-Key. Its answer is stored in the same transaction as its writes, and replayed for 24
 * hours. A transaction-level advisory lock keeps a second request with the key from running at the same time.
 */
export class KeyedMutation {
  private readonly keeping: Keeping;
  private readonly scope: string;
  private readonly formerScope: string;
  private readonly request: string;

  constructor(keyed: Keyed) {
    const { userId, apiKeyId, organizationHeader, organizationId, operation, key, keyFrom, request } = keyed;
    if (key.length < 1 || key.length > longest)
      throw new BadInput([{ path: keyFrom, code: 'OUT_OF_RANGE', message: `must have 1 to ${longest} characters` }]);
    const callerId = userId ?? apiKeyId;
    this.keeping = keepingOf(keyed);
    this.scope = hash([callerId, organizationHeader, operation, key]);
    this.formerScope = hash([callerId, organizationId, operation, key]);
    this.request = hash(request);
  }

  /**
   * The stored answer; null for the first request. Throws IDEMPOTENCY_IN_PROGRESS, IDEMPOTENCY_KEY_REUSED, and
   * FORBIDDEN if the viewer has lost rights since then: the answer may hold data that only those rights allowed to
   * read.
   */
  async replay(work: UnitOfWork, viewer: Viewer): Promise<ExecutionResult | null> {
    const { table, isOwn } = this.keeping;
    const [turn] = await work.query<{ mine: boolean }>(
      sql`select pg_try_advisory_xact_lock(hashtextextended(${this.scope}, 0)) as mine`,
    );
    if (!turn!.mine)
      throw new CodedError('IDEMPOTENCY_IN_PROGRESS', 'A request with this key is still running; wait and repeat it');
    const [kept] = await work.query<Kept>(
      sql`select request, answer, errors, is_privileged, employee_id, permissions
        from ${table}
        where ${isOwn}
          and scope in (${this.scope}, ${this.formerScope})
          and created_at > now() - interval '24 hours'
        order by scope = ${this.scope} desc
        limit 1`,
    );
    if (!kept) return null;
    if (kept.request !== this.request)
      throw new CodedError('IDEMPOTENCY_KEY_REUSED', 'This key was used for another request; use a new key for each');
    demandRightsOf(kept, viewer);
    return { ...parsedAnswer(kept), extensions: { idempotency: { replayed: true } } };
  }

  /** Stores the answer in the mutation's transaction, and deletes the caller's expired ones. */
  async keep(work: UnitOfWork, viewer: Viewer, { data, errors }: ExecutionResult): Promise<void> {
    const masked = errors?.map((error) => maskError(error.toJSON(), error));
    const { table, isOwn, columns, values } = this.keeping;
    await work.query(
      sql`delete from ${table}
        where ${isOwn}
          and created_at <= now() - interval '24 hours'`,
    );
    await work.query(
      sql`insert into ${table}
          (${columns}, scope, request, answer, errors, is_privileged, employee_id, permissions, created_at)
        values (${values}, ${this.scope}, ${this.request}, ${JSON.stringify(data)},
          ${masked ? JSON.stringify(masked) : null}, ${isPrivileged(viewer)},
          ${viewer.organization?.selfId ?? null}, ${[...(viewer.organization?.permissions ?? [])]}::text[], now())`,
    );
  }
}

/** The place of stored answers: those of people go with their accounts, those of API keys with the keys. */
interface Keeping {
  table: Fragment;
  columns: Fragment;
  values: Fragment;
  isOwn: Fragment;
}

const keepingOf = ({ userId, apiKeyId, organizationId }: Keyed): Keeping =>
  userId
    ? {
        table: sql`idempotency_keys`,
        columns: sql`user_id`,
        values: sql`${userId}::uuid`,
        isOwn: sql`user_id = ${userId}::uuid`,
      }
    : {
        table: sql`api_key_answers`,
        columns: sql`organization_id, api_key_id`,
        values: sql`${organizationId}::uuid, ${apiKeyId}::uuid`,
        isOwn: sql`organization_id = ${organizationId}::uuid and api_key_id = ${apiKeyId}::uuid`,
      };

function demandRightsOf(kept: Kept, viewer: Viewer): void {
  if (viewer.organization) demandMembership(viewer);
  if (kept.is_privileged && !isPrivileged(viewer))
    throw new Forbidden('OWNER_ONLY', 'The answer was given to an owner, and you no longer are one');
  if (kept.employee_id && kept.employee_id !== viewer.organization?.selfId && !isPrivileged(viewer))
    throw new Forbidden('SELF_ONLY', 'The answer was given to a member whose record is no longer yours');
  for (const permission of kept.permissions) demand(viewer, permission);
}

/** The stored answer. Its errors were masked when it was stored, so each becomes a coded error, which passes as is. */
function parsedAnswer({ answer, errors }: Kept): ExecutionResult {
  const data = JSON.parse(answer);
  if (!errors) return { data };
  const codedErrors = (JSON.parse(errors) as GraphQLFormattedError[]).map((error) => {
    const { code, ...extensions } = error.extensions ?? {};
    return placedAs(error, new CodedError(String(code), error.message, extensions));
  });
  return { data, errors: codedErrors };
}

const hash = (parts: unknown[]) => createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
