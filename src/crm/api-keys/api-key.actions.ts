import { beginningOf, newApiKeySecret } from '../../platform/auth/api-keys.js';
import { hashOfToken } from '../../platform/auth/opaque-tokens.js';
import { holds, personOf } from '../../platform/auth/viewer.js';
import { sql } from '../../platform/database/sql.js';
import { Forbidden, type Refusal } from '../../platform/errors.js';
import { assign } from '../../platform/records/inputs.js';
import type { VerbArguments } from '../../platform/schema/arguments.js';
import { type ActionContext, lock, newRecord, organizationOf } from '../../platform/tenancy/action-context.js';
import { check, namedRecords } from '../../platform/tenancy/checks.js';
import { Permission } from '../access/role.js';
import { changingAccess } from '../organizations/changing-access.js';
import type { CreateApiKeyInput } from './api-key.inputs.js';
import { ApiKey, ApiKeyPermission } from './api-key.js';

/** An API key with its secret, which nobody sees again. */
export interface KeyWithSecret {
  apiKey: ApiKey;
  secret: string;
}

/** Seconds for which a secret works on after the key got another one. */
const grace = 24 * 3600;

export async function createApiKey(
  context: ActionContext,
  { permissionIds, ...input }: CreateApiKeyInput,
): Promise<KeyWithSecret> {
  await changingAccess(context);
  const { record: apiKey } = await check(context, {
    find: {
      permissions: namedRecords(context, Permission, permissionIds, 'input.permissionIds'),
      record: () => newRecord(context, ApiKey),
    },
    rights: (found) => [unheldRefused(context, found.permissions)],
  });
  assign(apiKey, input);
  const { userId } = personOf(context.viewer);
  Object.assign(apiKey, { createdById: userId, responsibleId: userId });
  context.persist(apiKey);
  for (const permissionId of new Set(permissionIds))
    context.persist(Object.assign(newRecord(context, ApiKeyPermission), { apiKeyId: apiKey.id, permissionId }));
  return withNewSecret(context, apiKey, grace);
}

/** Gives a key another secret. The caller gets no more by it than the caller holds. */
export async function rotateApiKey(
  context: ActionContext,
  { id, expectedVersion }: VerbArguments,
): Promise<KeyWithSecret> {
  await changingAccess(context);
  const { record: apiKey } = await check(context, {
    find: { record: () => lock(context, ApiKey, id) },
    rights: async ({ record }) => [
      record.responsibleId !== context.viewer.userId && unheldRefused(context, await permissionsOf(context, record)),
    ],
    expectedVersion,
    state: ({ record }) => [record.endRefused(context.viewer.now), record.abandonedRefused()],
  });
  return withNewSecret(context, apiKey, grace);
}

/** Makes the caller responsible for a key. Its former secrets end, since others know them. */
export async function adoptApiKey(
  context: ActionContext,
  { id, expectedVersion }: VerbArguments,
): Promise<KeyWithSecret> {
  await changingAccess(context);
  const { record: apiKey } = await check(context, {
    find: { record: () => lock(context, ApiKey, id) },
    expectedVersion,
    state: ({ record }) => [record.endRefused(context.viewer.now)],
  });
  apiKey.responsibleId = personOf(context.viewer).userId;
  return withNewSecret(context, apiKey, 0);
}

/** Ends a key for good. A key that was revoked stays as it is. */
export async function revokeApiKey(context: ActionContext, { id, expectedVersion }: VerbArguments): Promise<ApiKey> {
  await changingAccess(context);
  const { record: apiKey } = await check(context, {
    find: { record: () => lock(context, ApiKey, id) },
    expectedVersion,
  });
  apiKey.revoke(context.viewer.now);
  await context.flush();
  await context.query(sql`select replace_api_key_secret(${apiKey.id}::uuid, ${null}, 0)`);
  return apiKey;
}

/** The former secret works for `seconds` more. */
async function withNewSecret(context: ActionContext, apiKey: ApiKey, seconds: number): Promise<KeyWithSecret> {
  const secret = newApiKeySecret();
  apiKey.prefix = beginningOf(secret);
  await context.flush();
  await context.query(sql`select replace_api_key_secret(${apiKey.id}::uuid, ${hashOfToken(secret)}, ${seconds})`);
  return { apiKey, secret };
}

function permissionsOf(context: ActionContext, { id }: ApiKey): Promise<Permission[]> {
  const { id: organizationId } = organizationOf(context);
  const granted = sql`
    select g.permission_id
    from api_key_permissions g
    where g.organization_id = ${organizationId}::uuid
      and g.api_key_id = ${id}::uuid`;
  return context.findWhere(Permission, sql`organization_id = ${organizationId}::uuid and id in (${granted})`, 'none');
}

/** PERMISSION_NOT_HELD if a key would get permissions that the caller lacks, also custom ones. */
function unheldRefused({ viewer }: ActionContext, permissions: readonly Permission[]): Refusal {
  const missing = permissions.map(({ name }) => name).find((name) => !holds(viewer, name));
  return (
    missing &&
    new Forbidden('PERMISSION_NOT_HELD', `An API key gets only permissions that you hold, and you lack ${missing}`, {
      permission: missing,
    })
  );
}
