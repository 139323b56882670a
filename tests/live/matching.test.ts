import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { changeCustomer, newCustomer } from '../support/customers.js';
import { listen } from '../support/live.js';
import { changeIds, walk } from '../support/log.js';
import { newDeal, send } from '../support/sales.js';
import { anotherServer, manyPeople } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

/** Filters of any shape; those with `recordTypes` or a day are asked of the database, all others compared in memory. */
function filters(ids: readonly string[], sets: readonly string[]) {
  const oneOf = (...values: unknown[]) => fc.constantFrom(...values);
  const compared = (value: fc.Arbitrary<unknown>) =>
    fc.oneof(
      fc.record({ eq: value }),
      fc.record({ ne: value }),
      fc.record({ in: fc.array(value, { maxLength: 3 }) }),
      fc.record({ notIn: fc.array(value, { maxLength: 3 }) }),
    );
  const tags = (value: fc.Arbitrary<unknown>) =>
    fc.oneof(
      fc.record({ has: value }),
      fc.record({ hasAny: fc.array(value, { minLength: 1, maxLength: 3 }) }),
      fc.record({ hasAll: fc.array(value, { minLength: 1, maxLength: 3 }) }),
      fc.record({ isEmpty: fc.boolean() }),
    );
  const id = oneOf(...ids);
  const set = fc.oneof(
    fc.record({ source: compared(oneOf('API', 'SYSTEM')) }),
    fc.record({ operations: tags(oneOf('createCustomer', 'updateCustomer')) }),
    fc.record({ userId: fc.record({ isNull: fc.boolean() }) }),
    fc.record({ apiKeyId: fc.record({ isNull: fc.boolean() }) }),
    fc.record({ recordTypes: tags(oneOf('CUSTOMER', 'LEAD')) }),
  );
  const simple = fc.oneof(
    fc.record({ recordType: compared(oneOf('CUSTOMER', 'LEAD')) }),
    fc.record({ action: compared(oneOf('CREATED', 'UPDATED', 'DELETED')) }),
    fc.record({ recordId: compared(id), action: compared(oneOf('CREATED', 'UPDATED')) }),
    fc.record({ customerId: fc.oneof(compared(id), fc.record({ isNull: fc.boolean() })) }),
    fc.record({ changeSetId: compared(oneOf(...sets)) }),
    fc.record({ changedFields: tags(oneOf('name', 'city', 'tags', 'status')) }),
    fc.record({ at: fc.record({ from: oneOf('2020-01-01', '2999-01-01') }) }),
    fc.record({ changeSet: set }),
  );
  return fc.letrec<{ filter: object }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3 },
      simple,
      fc.record({ not: tie('filter') }),
      fc.record({ and: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ or: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }),
    ),
  })).filter;
}

test('a subscription sends what the feed with the same filter gives, for any filter', async () => {
  const { owner } = await newTenant();
  const server = await anotherServer({ ...manyPeople, NODE_ENV: 'test', MAX_STREAMS_PER_CALLER: '500' });
  const known = await Promise.all([newCustomer(owner), newCustomer(owner)]);
  const { changes } = await owner.request<{ changes: { nodes: { changeSet: { id: string } }[] } }>(
    '{ changes { nodes { changeSet { id } } } }',
  );
  const ids = known.map(({ id }) => id);
  const deal = await newDeal(owner, { title: 'Deal', customerId: ids[0] });
  const sets = changes.nodes.map(({ changeSet }) => changeSet.id);
  const count = process.env.TEST_LONG ? 400 : 80;
  const drawn = fc.sample(filters(ids, sets), { numRuns: count, ...(process.env.TEST_LONG ? {} : { seed: 59 }) });
  const lives = drawn.map((filter) => listen(owner, { server, filter }));
  const begun = await Promise.all(lives.map((live) => live.begun));
  for (const [place, id] of ids.entries()) await changeCustomer(owner, id, place ? { city: 'Oslo' } : { name: 'N' });
  await newCustomer(owner, { tags: ['a'], city: 'Rome' });
  await send(owner, 'updateDeal', { id: deal.id, input: { customerId: ids[1] } });
  await owner.request('mutation ($id: ID!) { deleteCustomer(id: $id) { id } }', { id: ids[1] });
  const wrong: unknown[] = [];
  let matches = 0;
  for (const [place, live] of lives.entries()) {
    const filter = drawn[place]!;
    const expected = changeIds(await walk(owner, { after: begun[place]!.cursor, filter: { ...filter } }));
    const seen = (await live.changes(expected.length)).map(({ id }) => id);
    // A heartbeat comes when nothing else does.
    const { change } = await live.event();
    if (change) seen.push(change.id);
    matches += seen.length;
    if (JSON.stringify(seen) !== JSON.stringify(expected)) wrong.push(JSON.stringify({ filter, expected, seen }));
    live.close();
  }
  expect(wrong).toEqual([]);
  expect(matches).toBeGreaterThan(count / 2);
});
