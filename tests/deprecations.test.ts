import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import { wholeAnswer } from './support/answers.js';
import { newLead } from './support/sales.js';
import { schema } from './support/schema.js';
import { anotherServer, refusal } from './support/server.js';
import { newTenant, type Person, type Tenant } from './support/tenant.js';

interface Outdated {
  coordinate: string;
  reason: string;
  siblings: string[];
}

/** Every deprecated part of the schema, with the names beside it. */
const outdated = Object.values(schema.getTypeMap()).flatMap((type): Outdated[] => {
  const parts: readonly { name: string; deprecationReason?: string | null }[] = isEnumType(type)
    ? type.getValues()
    : isObjectType(type) || isInputObjectType(type) || isInterfaceType(type)
      ? Object.values(type.getFields())
      : [];
  const siblings = parts.map(({ name }) => name);
  return parts.flatMap(({ name, deprecationReason: reason }) =>
    reason && !type.name.startsWith('__') ? [{ coordinate: `${type.name}.${name}`, reason, siblings }] : [],
  );
});

test('every deprecated name tells its replacement, which exists beside it, and until when it stays', () => {
  expect(outdated.length).toBeGreaterThan(15);
  for (const { coordinate, reason, siblings } of outdated) {
    const [, replacement, day] = /^Use `(\w+)`; not removed before (\d{4}-\d{2}-\d{2})\.$/.exec(reason) ?? [];
    expect([coordinate, siblings.includes(replacement!), day! > '2027-11']).toEqual([coordinate, true, true]);
  }
});

test('the policy lists them, of the numbers some', () => {
  const policy = readFileSync('docs/deprecations.md', 'utf8');
  const others = outdated.filter(({ coordinate }) => !coordinate.includes('NumberField.'));
  const names = others.map(({ coordinate }) => coordinate.split('.')[1]!);
  expect(names.filter((name) => !policy.includes(name))).toEqual([]);
});

let tenant: Tenant;
let owner: Person;

beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
});

const ask = async <Data>(query: string, variables: object = {}): Promise<Data> =>
  owner.request<Data>(query, { ...variables });

describe('both names of the time zone', () => {
  type Zones = { timezone: string; timeZone: string };

  test('of a user say the same, and either sets it', async () => {
    const set = 'mutation ($input: UpdateProfileInput!) { done: updateMyAccount(input: $input) { timezone timeZone } }';
    const done = async (input: object) => (await ask<{ done: Zones }>(set, { input })).done;
    expect(await done({ timeZone: 'Europe/Berlin' })).toEqual({ timezone: 'Europe/Berlin', timeZone: 'Europe/Berlin' });
    expect(await done({ timezone: 'Asia/Tokyo' })).toEqual({ timezone: 'Asia/Tokyo', timeZone: 'Asia/Tokyo' });
    expect(await done({ timeZone: 'Asia/Tokyo', timezone: 'Asia/Tokyo' })).toMatchObject({ timeZone: 'Asia/Tokyo' });
    expect(await refusal(done({ timeZone: 'Europe/Berlin', timezone: 'Asia/Tokyo' }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'input.timeZone', code: 'INVALID' }],
    });
    expect(await refusal(done({ timeZone: null }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'input.timeZone', code: 'REQUIRED' }],
    });
    expect(await refusal(done({ timeZone: 'Europe/Nowhere' }))).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await done({ title: 'Lady' })).toEqual({ timezone: 'Asia/Tokyo', timeZone: 'Asia/Tokyo' });
  });

  test('of an organization say the same, also where others refer to it', async () => {
    const create = `mutation ($input: CreateOrganizationInput!) {
      done: createOrganization(input: $input) { id timezone timeZone }
    }`;
    const done = async (input: object) => (await ask<{ done: Zones & { id: string } }>(create, { input })).done;
    expect(await done({ name: 'Utc' })).toMatchObject({ timezone: 'UTC', timeZone: 'UTC' });
    expect(await done({ name: 'New', timeZone: 'Europe/Paris' })).toMatchObject({ timezone: 'Europe/Paris' });
    const { id } = await done({ name: 'Old', timezone: 'Europe/Rome' });
    expect(await refusal(done({ name: 'Both', timeZone: 'Europe/Paris', timezone: 'Europe/Rome' }))).toMatchObject({
      fields: [{ path: 'input.timeZone', code: 'INVALID' }],
    });
    const { me } = await ask<{ me: { memberships: { organization: Zones & { id: string } }[] } }>(
      '{ me { memberships { organization { id timeZone timezone } user { timeZone } } } }',
    );
    expect(me.memberships.find(({ organization }) => organization.id === id)!.organization).toMatchObject({
      timeZone: 'Europe/Rome',
      timezone: 'Europe/Rome',
    });
    const update = `mutation ($id: ID!) {
      done: updateOrganization(id: $id, input: { timeZone: "Europe/Oslo" }) { timezone }
    }`;
    const changed = await wholeAnswer(owner, update, { id }, id);
    expect(changed.data).toEqual({ done: { timezone: 'Europe/Oslo' } });
  });
});

test('renamed mutations and figures do the same as before', async () => {
  await newLead(owner, { name: 'Lee' });
  const { leadStats } = await ask<{ leadStats: Record<string, object> }>(
    '{ leadStats { statusCounts { new lost } byQualificationStatus { new lost } } }',
  );
  expect(leadStats.byQualificationStatus).toEqual({ new: 1, lost: 0 });
  expect(leadStats.statusCounts).toEqual(leadStats.byQualificationStatus);
  const { createRole } = await ask<{ createRole: { id: string } }>(
    'mutation { createRole(input: { name: "Helper" }) { id } }',
  );
  const read = await ask<{ permissions: { nodes: { id: string }[] } }>('{ permissions(first: 1) { nodes { id } } }');
  const variables = { role: createRole.id, permission: read.permissions.nodes[0]!.id };
  const change = async (name: string) =>
    (
      await ask<{ done: { permissionCount: number } }>(
        `mutation ($role: ID!, $permission: ID!) {
          done: ${name}(roleId: $role, permissionId: $permission) { permissionCount }
        }`,
        variables,
      )
    ).done.permissionCount;
  for (const [add, remove] of [
    ['addPermissionToRole', 'removePermission'],
    ['assignPermission', 'removePermissionFromRole'],
  ] as const) {
    expect(await change(add)).toBe(1);
    expect(await change(remove)).toBe(0);
  }
});

test('a number to order groups by has both names', async () => {
  const document = `query ($field: LeadNumberField!) {
    leadAnalytics(groupBy: [{ field: SOURCE }], orderBy: { by: SUM, field: $field }) { groups { count } }
  }`;
  const answers = [];
  for (const field of ['ESTIMATED_VALUE', 'estimatedValue', 'LEAD_SCORE', 'leadScore'])
    answers.push(await ask(document, { field }));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
});

test('the metrics count requests that use deprecated names, in documents and in variables', async () => {
  const server = await anotherServer({ METRICS_TOKEN: 'a-token-for-the-metrics-0123456789' });
  const send = async (query: string, variables: object = {}) => {
    const response = await fetch(`${server}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${owner.token}` },
      body: JSON.stringify({ query, variables }),
    });
    expect(((await response.json()) as { errors?: unknown }).errors).toBeUndefined();
  };
  await send('{ me { timeZone } organization { id } }');
  for (let time = 0; time < 2; time += 1) await send('{ me { ...Zone } } fragment Zone on User { timezone }');
  await send('mutation { updateProfile(input: { timezone: "UTC" }) { id } }');
  await send('mutation ($input: UpdateProfileInput!) { updateMyAccount(input: $input) { id } }', {
    input: { timezone: 'UTC' },
  });
  await send(
    `query ($by: LeadGroupOrder) { leadAnalytics(groupBy: [{ field: SOURCE }], orderBy: $by) { groups { count } } }`,
    { by: { by: 'SUM', field: 'leadScore' } },
  );
  const metrics = await fetch(`${server}/metrics`, {
    headers: { authorization: 'Bearer a-token-for-the-metrics-0123456789' },
  });
  const counted = [...(await metrics.text()).matchAll(/^graphql_deprecated_uses_total\{coordinate="(.*?)"\} (\d+)$/gm)];
  expect(Object.fromEntries(counted.map(([, coordinate, count]) => [coordinate, Number(count)]))).toEqual({
    'User.timezone': 2,
    'Mutation.updateProfile': 1,
    'UpdateProfileInput.timezone': 2,
    'LeadNumberField.leadScore': 1,
  });
});
