import { describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { type Fields, newCustomer } from '../support/customers.js';
import { customersOf, idsOf, manyActivities, manyCustomers, membersOf, timelineOf } from '../support/list-walks.js';
import { refusal } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

describe('cursors', () => {
  const orderBy = [{ field: 'NAME', direction: 'ASC' }];
  const invalid = { code: 'INVALID_CURSOR' };

  const listWithCursor = async () => {
    const tenant = await newTenant();
    await manyCustomers(tenant, 6);
    const list = customersOf(tenant.owner);
    const { pageInfo } = await list({ orderBy, first: 3 });
    return { tenant, list, cursor: pageInfo.endCursor! };
  };

  test('that were altered or made up are refused', async () => {
    const { list, cursor } = await listWithCursor();
    const other = (character: string) => (character === 'A' ? 'B' : 'A');
    const altered = Array.from({ length: 12 }, (_, n) => {
      const at = Math.floor((n * (cursor.length - 1)) / 11);
      return cursor.slice(0, at) + other(cursor[at]!) + cursor.slice(at + 1);
    });
    const decoded = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as string[];
    const encode = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');
    const madeUp = [
      '',
      ' ',
      'cursor',
      cursor.slice(0, -1),
      cursor.slice(1),
      `${cursor}A`,
      `${cursor}=`,
      ` ${cursor}`,
      cursor + cursor,
      encode(null),
      encode([]),
      encode({}),
      encode([null, 'Zoe', v7()]),
      encode([decoded[0]]),
      encode([...decoded, 'more']),
      encode([decoded[0], "' or true --", decoded[2]]),
      'x'.repeat(100_000),
    ];
    for (const after of [...altered, ...madeUp]) {
      expect(await refusal(list({ orderBy, first: 1, after }))).toMatchObject(invalid);
      expect(await refusal(list({ orderBy, last: 1, before: after }))).toMatchObject(invalid);
    }
    expect((await list({ orderBy, after: cursor })).nodes).toHaveLength(3);
  });

  test.each<[string, Fields]>([
    ['another order', { orderBy: [{ field: 'EMAIL', direction: 'ASC' }] }],
    ['another direction', { orderBy: [{ field: 'NAME', direction: 'DESC' }] }],
    ['another place of missing values', { orderBy: [{ field: 'NAME', direction: 'ASC', nulls: 'FIRST' }] }],
    ['a further key', { orderBy: [...orderBy, { field: 'CITY', direction: 'ASC' }] }],
    ['the default order', { orderBy: null }],
    ['a filter', { orderBy, filter: { status: { eq: 'VIP' } } }],
    ['a search', { orderBy, search: 'o' }],
  ])('are refused with %s', async (_title, args) => {
    const { list, cursor } = await listWithCursor();
    expect(await refusal(list({ ...args, after: cursor }))).toMatchObject(invalid);
  });

  test('are refused with another operand of the same filter, and with another search', async () => {
    const { list } = await listWithCursor();
    const filtered = await list({ filter: { status: { eq: 'VIP' } } });
    const after = filtered.pageInfo.endCursor;
    expect(await refusal(list({ filter: { status: { eq: 'ACTIVE' } }, after }))).toMatchObject(invalid);
    const found = await list({ search: 'x.example' });
    expect(await refusal(list({ search: 'example', after: found.pageInfo.endCursor }))).toMatchObject(invalid);
  });

  test('are refused in another list and in another organization', async () => {
    const { tenant, cursor } = await listWithCursor();
    const foreign = await newTenant();
    await manyCustomers(foreign, 6);
    expect(await refusal(customersOf(foreign.owner)({ orderBy, after: cursor }))).toMatchObject(invalid);
    const { id } = await newCustomer(tenant.owner);
    await manyActivities(tenant, id, 4);
    const { pageInfo } = await timelineOf(tenant.owner, id)({ first: 2 });
    for (const list of [timelineOf(tenant.owner, id, 'notes'), customersOf(tenant.owner), membersOf(tenant.owner)])
      expect(await refusal(list({ after: pageInfo.endCursor }))).toMatchObject(invalid);
  });

  test('work in both directions, for members of the organization alike, and with other page sizes', async () => {
    const { tenant, list, cursor } = await listWithCursor();
    const whole = idsOf(await list({ orderBy }));
    expect(idsOf(await list({ orderBy, before: cursor }))).toEqual(whole.slice(0, 2));
    const viewer = (await tenant.member('Viewer')).as(tenant.id);
    expect(idsOf(await customersOf(viewer)({ orderBy, first: 2, after: cursor }))).toEqual(whole.slice(3, 5));
  });

  test('of a search are good for the same search, however it is spaced; an empty one is none', async () => {
    const { list } = await listWithCursor();
    const found = await list({ search: 'x.example', first: 2 });
    expect((await list({ search: '  x.example ', after: found.pageInfo.endCursor })).nodes).toHaveLength(4);
    const all = await list({ first: 2 });
    for (const search of ['', '   ', null])
      expect((await list({ search, after: all.pageInfo.endCursor })).nodes).toHaveLength(4);
  });
});
