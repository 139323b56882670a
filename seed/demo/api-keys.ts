import { Permission } from '../../src/crm/access/role.js';
import { ApiKey, ApiKeyPermission } from '../../src/crm/api-keys/api-key.js';
import { beginningOf } from '../../src/platform/auth/api-keys.js';
import { hashOfToken } from '../../src/platform/auth/opaque-tokens.js';
import { type EntityManager, send } from '../../src/platform/database/orm.js';
import { sql } from '../../src/platform/database/sql.js';
import type { Tenant } from './organizations.js';

/** As public as the password of the demo users. */
const secret = 'tgc_demo-key-of-Northgate-Labs-for-imports-only';

const written = ['customer', 'lead', 'deal'];
const read = [...written, 'activity', 'employee', 'pipeline', 'vendor', 'organization', 'analytics'];

/** Adds the key of the example scripts, for which the owner is responsible. */
export async function addApiKey({ em, organizationId, ownerId, calendar }: Tenant): Promise<void> {
  const createdAt = calendar.past(-90, '15:20');
  const made = { organizationId, createdAt, updatedAt: createdAt };
  const key = Object.assign(new ApiKey(), made, {
    name: 'Example scripts',
    prefix: beginningOf(secret),
    createdById: ownerId,
    responsibleId: ownerId,
  });
  em.persist(key);
  const actionsOf = (resource: string) => (written.includes(resource) ? ['read', 'create', 'update'] : ['read']);
  const names = new Set(read.flatMap((resource) => actionsOf(resource).map((action) => `${resource}:${action}`)));
  for (const permission of await em.find(Permission, { organizationId }))
    if (names.has(permission.name))
      em.persist(Object.assign(new ApiKeyPermission(), made, { apiKeyId: key.id, permissionId: permission.id }));
  await em.flush();
  await send(em, sql`select replace_api_key_secret(${key.id}::uuid, ${hashOfToken(secret)}, 0)`);
}

/** The secret of the demo key; null if the key does not work, e.g. as the dataset was loaded before there were keys. */
export async function demoApiKey(em: EntityManager): Promise<string | null> {
  const found = await em.execute('select from request_api_key(?)', [hashOfToken(secret)]);
  return found.length ? secret : null;
}
