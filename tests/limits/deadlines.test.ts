import { request as send } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { wholeAnswer } from '../support/answers.js';
import { newCustomer } from '../support/customers.js';
import { sql, urls } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { origin } from '../support/server.js';
import { newTenant, type Tenant } from '../support/tenant.js';

let tenant: Tenant;
let holder: pg.Client;

beforeAll(async () => {
  tenant = await newTenant();
  holder = new pg.Client({ connectionString: urls.superuserUrl });
  await holder.connect();
});
afterAll(() => holder.end());
beforeEach(() => holder.query('rollback'));

/** Statements of the server that wait for a lock. */
const waiting = async () =>
  (
    await sql<{ pid: number }>(
      `select pid from pg_stat_activity
       where wait_event_type = 'Lock' and application_name = 'too-good-crm' and datname = current_database()`,
    )
  ).map(({ pid }) => pid);

const holdTable = async (name: string) => {
  await holder.query('begin');
  await holder.query(`lock table ${name}`);
};

/** Sends a request and closes the connection as soon as one of its statements waits. */
async function leave(query: string): Promise<void> {
  const request = send(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tenant.owner.token}` },
  });
  request.on('error', () => undefined);
  request.end(JSON.stringify({ query }));
  await eventually(async () => (await waiting()).length > 0);
  request.destroy();
}

describe('a client that goes away', () => {
  test.each(['{ vendors { totalCount } }', '{ vendorStats { total } }'])('ends its query: %s', async (query) => {
    await holdTable('vendors');
    await leave(query);
    // The lock times out after two seconds.
    await eventually(async () => (await waiting()).length === 0, { within: 1_000 });
  });

  test('does not end its mutation', async () => {
    const { id } = await newCustomer(tenant.owner, { name: 'Ada' });
    await holder.query('begin');
    await holder.query('select from customers where id = $1 for update', [id]);
    await leave(`mutation { updateCustomer(id: "${id}", input: { city: "Bonn" }) { id } }`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await waiting()).toHaveLength(1);
    await holder.query('rollback');
    await eventually(async () => (await sql('select city from customers where id = $1', [id]))[0]!.city === 'Bonn');
  });
});

describe('after ten seconds', () => {
  const slowly = (statements: number) =>
    Array.from({ length: statements }, (_, n) => `n${n}: updateCustomer(id: "ID", input: { city: "C${n}" }) { id }`);

  test('a mutation of many slow fields ends, and nothing of it is kept', async () => {
    const { id } = await newCustomer(tenant.owner, { name: 'Ada' });
    const { id: free } = await newCustomer(tenant.owner, { name: 'Bob' });
    await holder.query('begin');
    await holder.query('select from customers where id = $1 for update', [id]);
    const [first, ...others] = slowly(9);
    const began = Date.now();
    const answer = await wholeAnswer(
      tenant.owner,
      `mutation { ${[first!.replace('ID', free), ...others.map((field) => field.replace('ID', id))].join(' ')} }`,
    );
    const took = Date.now() - began;
    expect(took).toBeGreaterThan(9_500);
    // All fields together wait for 16 seconds.
    expect(took).toBeLessThan(15_500);
    expect(answer).toMatchObject({ status: 504, errors: [{ extensions: { code: 'TIMEOUT' } }] });
    expect(answer.data).toBeUndefined();
    expect(await waiting()).toEqual([]);
    expect(await sql('select city from customers where id = $1', [free])).toEqual([{ city: null }]);
  });

  test('the server has lost no connection to a request that ended', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => wholeAnswer(tenant.owner, '{ customers { totalCount } }')),
    );
    expect(answers.filter(({ errors }) => errors)).toEqual([]);
  });
});

test('a statement that times out takes no other field with it, and all see one snapshot', async () => {
  await newCustomer(tenant.owner, { name: 'Ada' });
  await holdTable('vendors');
  const reads = (alias: string) => `${alias}: customers { totalCount nodes { id } }`;
  const { data, errors } = await wholeAnswer(
    tenant.owner,
    `{ ${reads('a')} vendors { totalCount } ${reads('b')} deals { totalCount } }`,
  );
  expect(errors).toMatchObject([{ path: ['vendors'], extensions: { code: 'TIMEOUT' } }]);
  expect(data).toMatchObject({ vendors: null, deals: { totalCount: 0 } });
  expect(data!.a).toEqual(data!.b);
});
