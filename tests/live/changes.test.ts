import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { changeCustomer, newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { listen } from '../support/live.js';
import { feed, walk } from '../support/log.js';
import { openWrite } from '../support/open-write.js';
import { refusal } from '../support/server.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';

let tenant: Tenant;
let owner: Person;

beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
});

const CurrentCursor = gql`{ changeCursor }`;

const now = async () => (await owner.request<{ changeCursor: string }>(CurrentCursor)).changeCursor;

describe('a subscription', () => {
  test('begins with the present moment, and sends each change in the order of the feed', async () => {
    await newCustomer(owner, { name: 'Before' });
    const live = listen(owner);
    const begun = await live.begun;
    expect(begun).toEqual({ cursor: expect.any(String), change: null });
    const { id } = await newCustomer(owner, { name: 'After' });
    await changeCustomer(owner, id, { name: 'Later' });
    const seen = await live.changes(2);
    expect(seen.map(({ recordId, action }) => [recordId, action])).toEqual([
      [id, 'CREATED'],
      [id, 'UPDATED'],
    ]);
    const { changes } = await walk(owner, { after: begun.cursor });
    expect(seen.map((change) => change.id)).toEqual(changes.map((change) => change.id));
    live.close();
  });

  test('shows a change as the feed does, with record, change set and labels', async () => {
    const fields = `
      id at recordType recordId action version isErased fields { name before after beforeLabel afterLabel }
      record { __typename id version ... on Customer { name assignedTo { fullName } } }
      changeSet { id at actorName operations source actor { ... on User { fullName } } counts { count } }`;
    const employee = await tenant.employee();
    const live = listen<{ id: string }>(owner, { fields });
    const { cursor } = await live.begun;
    await newCustomer(owner, { name: 'Whole', assignedToId: employee });
    const seen = await live.changes(1);
    const { changes } = await owner.request<{ changes: { nodes: unknown[] } }>(
      `query ($after: String) { changes(after: $after) { nodes { ${fields} } } }`,
      { after: cursor },
    );
    expect(seen).toEqual(changes.nodes);
    expect(seen).toMatchObject([{ record: { name: 'Whole' } }]);
    live.close();
  });

  test('goes on after a cursor of an event, of the feed, and of a document', async () => {
    const ofDocument = await now();
    const first = await newCustomer(owner);
    const live = listen(owner, { after: ofDocument });
    expect(await live.begun).toMatchObject({ change: { recordId: first.id } });
    expect(await live.event()).toMatchObject({ change: null });
    const ofEvent = (await live.begun).cursor;
    const { pageInfo } = await feed(owner, { after: ofDocument });
    const second = await newCustomer(owner);
    for (const [after, ids] of [
      [ofDocument, [first.id, second.id]],
      [ofEvent, [second.id]],
      [pageInfo.endCursor, [second.id]],
    ] as const) {
      const resumed = listen(owner, { after });
      const seen = await resumed.changes(ids.length - 1).then(async (rest) => [(await resumed.begun).change, ...rest]);
      expect(seen.map((change) => change?.recordId)).toEqual(ids);
      resumed.close();
    }
    live.close();
  });

  test('goes on after the event that Last-Event-ID names, whatever `after` says', async () => {
    const old = await now();
    await newCustomer(owner);
    const recent = await now();
    const { id } = await newCustomer(owner);
    const live = listen(owner, { after: old, headers: { 'last-event-id': recent } });
    expect(await live.begun).toMatchObject({ change: { recordId: id } });
    live.close();
  });

  test('misses nothing of a transaction that began before it', async () => {
    const { id } = await newCustomer(owner);
    const open = await openWrite('update customers set name = $2 where id = $1', [id, 'Slow']);
    const live = listen(owner);
    const { cursor } = await live.begun;
    const later = await newCustomer(owner);
    expect(await live.changes(1)).toMatchObject([{ recordId: later.id }]);
    await open.commit();
    expect(await live.changes(1)).toMatchObject([{ recordId: id, action: 'UPDATED' }]);
    const resumed = listen(owner, { after: cursor });
    const both = [(await resumed.begun).change, ...(await resumed.changes(1))];
    expect(both.map((change) => change!.recordId).sort()).toEqual([id, later.id].sort());
    live.close();
    resumed.close();
  });

  test('sends what others write, who use no server', async () => {
    const { id } = await newCustomer(owner);
    const live = listen(owner);
    await live.begun;
    await sql('update customers set name = $2 where id = $1', [id, 'By hand']);
    expect(await live.changes(1)).toMatchObject([{ recordId: id, action: 'UPDATED' }]);
    live.close();
  });

  test('sends a heartbeat within 15 seconds, from which a quiet client can resume', async () => {
    const quiet = listen(owner, { filter: { action: { eq: 'DELETED' } } });
    const { cursor } = await quiet.begun;
    const since = performance.now();
    await newCustomer(owner);
    const beat = await quiet.event();
    expect(performance.now() - since).toBeLessThan(15_000);
    expect(beat).toMatchObject({ change: null });
    expect(beat.cursor).not.toBe(cursor);
    expect((await walk(owner, { after: beat.cursor })).changes).toEqual([]);
    quiet.close();
  });

  test('sends only what matches a filter', async () => {
    const { id } = await newCustomer(owner);
    const live = listen(owner, { filter: { recordId: { eq: id }, changedFields: { has: 'name' } } });
    await live.begun;
    await newCustomer(owner);
    await changeCustomer(owner, id, { city: 'Oslo' });
    await changeCustomer(owner, id, { name: 'Named' });
    const [seen] = await live.changes(1);
    const { changes } = await walk(owner, { filter: { recordId: { eq: id } } });
    expect(seen!.id).toBe(changes.at(-1)!.id);
    live.close();
  });
});

describe('a subscription is refused', () => {
  test.each([
    ['a cursor of nothing', { after: 'x' }, { code: 'INVALID_CURSOR' }],
    ['an empty cursor', { after: '' }, { code: 'INVALID_CURSOR' }],
    ['an unknown field in the filter', { filter: { nothing: 1 } }, { code: 'BAD_USER_INPUT' }],
    ['an id that is none', { filter: { recordId: { eq: 'x' } } }, { code: 'BAD_USER_INPUT', reason: 'INVALID_ID' }],
  ])('with %s', async (_what, options, expected) => {
    expect(await listen(owner, options).ending()).toMatchObject(expected);
  });

  test('with a cursor of another organization', async () => {
    const other = await newTenant();
    expect(await listen(other.owner, { after: await now() }).ending()).toMatchObject({ code: 'INVALID_CURSOR' });
  });

  test('without a stream to answer with', async () => {
    const request = owner.request('subscription { changeAdded { cursor } }');
    expect(await refusal(request)).toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});
