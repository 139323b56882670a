import { expect, test } from '@jest/globals';
import pg from 'pg';
import { openPool } from '../../src/platform/database/orm.js';
import { wholeAnswer } from '../support/answers.js';
import { customersOf, newCustomer } from '../support/customers.js';
import { sql, urls } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { newTenant } from '../support/tenant.js';

test('connections that break in the middle of mutations are replaced', async () => {
  const { owner, id } = await newTenant();
  const customer = await newCustomer(owner, { name: 'A' });
  const Change = 'mutation ($id: ID!) { updateCustomer(id: $id, input: { description: "x" }) { id } }';
  const holder = new pg.Client({ connectionString: urls.superuserUrl });
  await holder.connect();
  // More than the pool has.
  for (let round = 0; round < 20; round += 1) {
    await holder.query('begin');
    await holder.query('select from customers where id = $1 for update', [customer.id]);
    const answer = wholeAnswer(owner, Change, { id: customer.id });
    const broken = async () =>
      sql(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where wait_event_type = 'Lock' and datname = current_database()`,
      );
    await eventually(async () => (await broken()).length > 0, { every: 10 });
    const unavailable = { code: 'UNAVAILABLE', reason: 'DATABASE_UNAVAILABLE' };
    expect((await answer).errors).toMatchObject([{ path: ['updateCustomer'], extensions: unavailable }]);
    await holder.query('rollback');
  }
  await holder.end();
  expect((await wholeAnswer(owner, Change, { id: customer.id })).errors).toBeUndefined();
  expect(await customersOf(id)).toEqual([{ name: 'A', version: 2 }]);
});

test('a pool tells of an idle connection that breaks, and replaces it', async () => {
  const broken: Error[] = [];
  const pool = openPool(urls.databaseUrl, 1, (error) => broken.push(error));
  const idle = async () => (await pool.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;
  const before = await idle();
  await sql('select pg_terminate_backend($1)', [before]);
  await eventually(async () => broken.length > 0);
  expect(broken).toMatchObject([{ code: '57P01' }]);
  expect(await idle()).not.toBe(before);
  await pool.end();
});

test('an idle request holds no connection: more requests than connections are answered', async () => {
  const { owner } = await newTenant();
  const { id } = await newCustomer(owner, { name: 'Ada' });
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      n % 2
        ? wholeAnswer(owner, `{ customer(id: "${id}") { name activities { totalCount } } }`)
        : wholeAnswer(owner, `mutation { addCustomerNote(customerId: "${id}", input: { text: "note" }) { title } }`),
    ),
  );
  expect(answers.filter(({ errors }) => errors)).toEqual([]);
  // The end of a snapshot may wait for the next statement, but not for long.
  const inTransaction = () =>
    sql(
      `select from pg_stat_activity
       where usename = 'crm_app' and state like 'idle in transaction%' and datname = current_database()`,
    );
  await eventually(async () => expect(await inTransaction()).toEqual([]), { within: 200 });
});
