import { beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { v7 } from 'uuid';
import { idOf, sql, urls } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { listen } from '../support/live.js';
import { anotherServer, client, manyPeople } from '../support/server.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';

/** A server on which an organization has two turns. */
let server: string;
let tenant: Tenant;
let people: [Person, Person];

beforeAll(async () => {
  const two = { MAX_IN_FLIGHT: '2', MAX_IN_FLIGHT_PER_ORGANIZATION: '2', MAX_IN_FLIGHT_PER_CALLER: '2' };
  server = await anotherServer({ ...manyPeople, ...two, MAX_WAIT: '500', NODE_ENV: 'test' });
  tenant = await newTenant();
  people = [await tenant.member('Sales Rep'), await tenant.member('Sales Rep')];
});

/** Takes all turns of the organization while the work runs, which must take less than the lock timeout (2 s). */
async function whileTurnsAreTaken(work: () => Promise<void>): Promise<void> {
  const holder = new pg.Client(urls.superuserUrl);
  await holder.connect();
  try {
    await holder.query('begin; lock table vendors');
    const headers = { authorization: `Bearer ${tenant.owner.token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ query: '{ vendors { totalCount } }' });
    const taken = [1, 2].map(() => fetch(`${server}/graphql`, { method: 'POST', headers, body }));
    const waiting = async () =>
      (await sql(`select from pg_locks where not granted and relation = 'vendors'::regclass`)).length === 2;
    await eventually(waiting);
    await work();
    await holder.query('commit');
    for (const response of await Promise.all(taken)) expect(await response.json()).not.toHaveProperty('errors');
  } finally {
    await holder.end();
  }
}

interface Seen {
  recordId: string;
  fields: { name: string }[];
}

const fields = 'id recordId fields { name before after }';

test('a member promoted while a change waits sees the salary in it, and a colleague who waits does not', async () => {
  const [promoted, other] = people;
  const employee = await tenant.employee();
  const [first, second] = [promoted, other].map((one) =>
    listen<Seen>(one, { server, fields, filter: { recordId: { eq: employee } } }),
  ) as [ReturnType<typeof listen<Seen>>, ReturnType<typeof listen<Seen>>];
  await Promise.all([first.begun, second.begun]);
  const admin = await idOf(`select id from roles where organization_id = $1 and name = 'Admin'`, [tenant.id]);
  await whileTurnsAreTaken(async () => {
    await sql('update employees set salary = 1000, version = version + 1 where id = $1', [employee]);
    // So that the change is read, and its answer waits, before the right is there.
    await new Promise((resolve) => setTimeout(resolve, 400));
    await sql(
      `insert into user_roles (id, organization_id, user_id, role_id, created_at, updated_at, assigned_at)
       values ($1, $2, $3, $4, now(), now(), now())`,
      [v7(), tenant.id, promoted.id, admin],
    );
    await new Promise((resolve) => setTimeout(resolve, 400));
  });
  const namesOf = async (live: ReturnType<typeof listen<Seen>>) =>
    (await live.changes(1)).flatMap((change) => change.fields.map(({ name }) => name));
  expect(await namesOf(second)).not.toContain('salary');
  expect(await namesOf(first)).toContain('salary');
  for (const live of [first, second]) live.close();
});

test.each([
  ['for the same answer', () => people, undefined],
  ['for what the same filter finds', () => [people[0], people[0]], { at: { from: '2020-01-01' } }],
])('a stream that ends before its turn takes nothing from one that waits %s', async (_what, callers, filter) => {
  const { id } = (
    await client({ token: tenant.owner.token }).request<{ createCustomer: { id: string } }>(
      `mutation { createCustomer(input: { name: "Kim", email: "${v7()}@customers.example" }) { id } }`,
    )
  ).createCustomer;
  const [leaving, staying] = callers().map((one) =>
    listen<Seen>(one, { server, fields: 'id recordId action', filter }),
  );
  await Promise.all([leaving!.begun, staying!.begun]);
  await whileTurnsAreTaken(async () => {
    await sql(`update customers set city = 'Bern', version = version + 1 where id = $1`, [id]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    leaving!.close();
    // Longer than a request waits.
    await new Promise((resolve) => setTimeout(resolve, 1300));
  });
  expect((await staying!.changes(1)).map(({ recordId }) => recordId)).toEqual([id]);
  staying!.close();
});
