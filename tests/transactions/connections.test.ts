import { expect, test } from '@jest/globals';
import pg from 'pg';
import { sql, urls } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { customersOf, expectMasked, newCustomer, send } from '../support/mutation-documents.js';
import { newTenant } from '../support/tenant.js';

test('connections that break in the middle of mutations are replaced', async () => {
  const { owner, id } = await newTenant();
  const customer = await newCustomer(owner, 'A');
  const Change = 'mutation ($id: ID!) { updateCustomer(id: $id, input: { description: "x" }) { id } }';
  const holder = new pg.Client({ connectionString: urls.superuserUrl });
  await holder.connect();
  // More than the pool has.
  for (let round = 0; round < 20; round += 1) {
    await holder.query('begin');
    await holder.query('select from customers where id = $1 for update', [customer.id]);
    const answer = send(owner, Change, { id: customer.id });
    const broken = async () =>
      sql(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where wait_event_type = 'Lock' and datname = current_database()`,
      );
    await eventually(async () => (await broken()).length > 0, { every: 10 });
    expectMasked(await answer, ['updateCustomer']);
    await holder.query('rollback');
  }
  await holder.end();
  expect((await send(owner, Change, { id: customer.id })).errors).toBeUndefined();
  expect(await customersOf(id)).toEqual([{ name: 'A', version: 2 }]);
}, 60_000);

test('an idle request holds no connection: more requests than connections are answered', async () => {
  const { owner } = await newTenant();
  const { id } = await newCustomer(owner, 'Ada');
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      n % 2
        ? send(owner, `{ customer(id: "${id}") { name activities { totalCount } } }`)
        : send(owner, `mutation { addCustomerNote(customerId: "${id}", input: { text: "note" }) { title } }`),
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
