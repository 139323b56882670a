import { gql } from 'graphql-request';
import { sql } from './database.js';
import { client } from './server.js';
import type { Person } from './tenant.js';

export interface ApiKey {
  id: string;
  secret: string;
  organizationId: string;
  /** Speaks with the key. */
  request: Person['request'];
}

interface Options {
  /** Such as `customer:read`; all of the organization if omitted. */
  permissions?: readonly string[];
  name?: string;
  expiresAt?: string;
}

export const CreateApiKey = gql`
  mutation ($input: CreateApiKeyInput!) {
    createApiKey(input: $input) { secret apiKey { id version prefix isActive } }
  }
`;

/** Ids of permissions of an organization, by name; all if none are named. */
export async function permissionIds(organizationId: string, names?: readonly string[]): Promise<string[]> {
  const rows = await sql<{ id: string }>(
    `select id from permissions
     where organization_id = $1 and ($2::text[] is null or resource || ':' || action = any($2))
     order by resource, action`,
    [organizationId, names ?? null],
  );
  return rows.map(({ id }) => id);
}

/** A key that a member of an organization creates. */
export async function newApiKey(
  person: Person,
  organizationId: string,
  { permissions, name = 'Nightly import', expiresAt }: Options = {},
): Promise<ApiKey> {
  const input = { name, expiresAt, permissionIds: await permissionIds(organizationId, permissions) };
  const { createApiKey } = await person
    .as(organizationId)
    .request<{ createApiKey: { secret: string; apiKey: { id: string } } }>(CreateApiKey, { input });
  return { organizationId, ...bearing(createApiKey.secret), id: createApiKey.apiKey.id };
}

/** Speaks with a secret. */
export function bearing(secret: string): Pick<ApiKey, 'secret' | 'request'> {
  const own = client({ token: secret });
  return { secret, request: own.request.bind(own) as Person['request'] };
}
