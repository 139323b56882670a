import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import type { Position } from '../../src/log/position.js';
import { Seal } from '../../src/platform/auth/seal.js';
import { newCustomer } from '../support/customers.js';
import { feed, walk } from '../support/log.js';
import { create, newName } from '../support/organizations.js';
import { anotherServer, keys, refusal } from '../support/server.js';
import { newTenant, type Tenant } from '../support/tenant.js';

const day = 86_400_000;

/** The seal of a server with these secrets. */
const sealOf = (...secrets: string[]) => new Seal(secrets);
const secrets = keys.map(({ d }) => createHash('sha256').update(d!).digest('base64url'));

const partsOf = (cursor: string, { id } = tenant): Position =>
  JSON.parse(sealOf(...secrets).open(cursor, `log of ${id}`)!);

/** A cursor with other parts, and a sound seal. */
const altered = (cursor: string, changes: Partial<Position>, { id } = tenant, seal = sealOf(...secrets)): string =>
  seal.close(JSON.stringify({ ...partsOf(cursor), ...changes }), `log of ${id}`);

const daysAgo = (days: number) => new Date(Date.now() - days * day).toISOString();

const refusedFor = (after: string, sender = tenant.owner) => refusal(feed(sender, { after }));

const expired = {
  code: 'CURSOR_EXPIRED',
  path: ['changes'],
  message: expect.stringMatching(/read all records again, in one document with `changeCursor`/),
};
const invalid = {
  code: 'INVALID_CURSOR',
  path: ['changes'],
  message: expect.stringMatching(/`after` is not a cursor .+ start again without it/),
};

let tenant: Tenant;
/** After all changes, and in the middle of a long page. */
let [end, middle] = ['', ''];

beforeAll(async () => {
  tenant = await newTenant();
  await newCustomer(tenant.owner);
  end = (await walk(tenant.owner, { first: 1000 })).cursor;
  middle = (await feed(tenant.owner, { first: 3 })).pageInfo.endCursor;
});

test('the forger of this test can make sound cursors', async () => {
  for (const cursor of [end, middle]) {
    expect(await feed(tenant.owner, { after: altered(cursor, { at: daysAgo(364) }) })).toMatchObject({ pageInfo: {} });
  }
});

describe('INVALID_CURSOR is the answer to a cursor that', () => {
  test('is cut short, or was altered at any place', async () => {
    for (const cursor of [end, middle])
      for (let place = 0; place < cursor.length; place += 9) {
        const other = cursor[place] === 'A' ? 'B' : 'A';
        for (const bad of [cursor.slice(0, place), `${cursor.slice(0, place)}${other}${cursor.slice(place + 1)}`])
          if (bad) expect([bad, await refusedFor(bad)]).toEqual([bad, expect.objectContaining(invalid)]);
      }
  });

  test.each(['x', '[]', 'null', '{}', Buffer.from('["a","b"]').toString('base64url'), '🙂'])(
    'is no cursor: %s',
    async (cursor) => expect(await refusedFor(cursor)).toMatchObject(invalid),
  );

  test('is empty', async () => expect(await refusedFor('')).toMatchObject(invalid));

  test('is of another list', async () => {
    const Customers = gql`{ customers { pageInfo { endCursor } } changeSets { pageInfo { endCursor } } }`;
    const lists = await tenant.owner.request<Record<string, { pageInfo: { endCursor: string } }>>(Customers);
    for (const { pageInfo } of Object.values(lists))
      expect(await refusedFor(pageInfo.endCursor)).toMatchObject(invalid);
  });

  test('is of another organization, also of the same owner', async () => {
    const other = await create(tenant.owner, newName());
    const foreign = await newTenant();
    expect(await refusedFor((await feed(foreign.owner)).pageInfo.endCursor)).toMatchObject(invalid);
    const there = tenant.owner.as(other.id);
    expect(await refusal(feed(there, { after: end }))).toMatchObject(invalid);
    expect(await refusal(feed(there, { after: middle }))).toMatchObject(invalid);
    expect(await feed(there, { after: (await feed(there)).pageInfo.endCursor })).toMatchObject({ pageInfo: {} });
  });

  test('is of a server with another secret', async () => {
    expect(await refusedFor(altered(end, {}, tenant, sealOf('another secret')))).toMatchObject(invalid);
  });
});

describe('CURSOR_EXPIRED, with what to do, is the answer to a cursor', () => {
  test('of another cluster, timeline, database or restored backup', async () => {
    for (const cursor of [end, middle]) {
      const parts = partsOf(cursor).incarnation.split('/');
      expect(parts).toHaveLength(4);
      for (const place of parts.keys()) {
        const other = parts.map((part, at) => (at === place ? String(BigInt(part) + 1n) : part)).join('/');
        expect(await refusedFor(altered(cursor, { incarnation: other }))).toMatchObject(expired);
      }
    }
  });

  test('of a later state of the database, which was put back from a copy of its files', async () => {
    const later = '900000000000:900000000000:';
    expect(await refusedFor(altered(end, { lower: later }))).toMatchObject(expired);
    const within = { ...partsOf(middle).within!, upper: later };
    expect(await refusedFor(altered(middle, { within }))).toMatchObject(expired);
  });

  test('that is older than the log is kept', async () => {
    expect(await refusedFor(altered(end, { at: daysAgo(366) }))).toMatchObject(expired);
    // The moment of the lower end counts, whatever that of the page.
    expect(await refusedFor(altered(middle, { at: daysAgo(366) }))).toMatchObject(expired);
  });

  test('as LOG_RETENTION_DAYS says', async () => {
    const server = await anotherServer({ LOG_RETENTION_DAYS: '40' });
    const answer = async (days: number) => {
      const response = await fetch(`${server}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${tenant.owner.token}` },
        body: JSON.stringify({
          query: 'query ($after: String) { changes(after: $after) { nodes { id } } }',
          variables: { after: altered(end, { at: daysAgo(days) }) },
        }),
      });
      const { data, errors } = (await response.json()) as {
        data: unknown;
        errors?: { extensions: { code: string } }[];
      };
      return errors?.[0]?.extensions.code ?? data;
    };
    expect(await answer(39)).toEqual({ changes: { nodes: [] } });
    expect(await answer(41)).toBe('CURSOR_EXPIRED');
  });
});
