import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { customerRow, type Fields, insertRows, newCustomer, type Sender } from '../support/customers.js';
import { sql } from '../support/database.js';
import {
  customersOf,
  idsOf,
  type List,
  manyActivities,
  manyCustomers,
  membersOf,
  moments,
  type Page,
  pick,
  timelineOf,
  words,
} from '../support/list-walks.js';
import { newTenant, type Tenant } from '../support/tenant.js';

interface SortKey {
  field: string;
  direction: 'ASC' | 'DESC';
  nulls?: 'FIRST' | 'LAST' | null;
}

/** Ids in the order of a walk by `endCursor`; each page is checked on the way. */
async function walkForward(list: List, orderBy: SortKey[] | null, size: number): Promise<string[]> {
  const seen: string[] = [];
  for (let after: string | null = null; ; ) {
    const page: Page = await list({ orderBy, first: size, after });
    expect(page.edges.map(({ node }) => node.id)).toEqual(idsOf(page));
    expect(page.edges[0]?.cursor ?? null).toBe(page.pageInfo.startCursor);
    expect(page.edges.at(-1)?.cursor ?? null).toBe(page.pageInfo.endCursor);
    seen.push(...idsOf(page));
    expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
    expect(page.pageInfo.hasNextPage).toBe(seen.length < page.totalCount);
    if (!page.pageInfo.hasNextPage) return seen;
    expect(page.nodes).toHaveLength(size);
    after = page.pageInfo.endCursor;
  }
}

async function walkBackward(list: List, orderBy: SortKey[] | null, size: number): Promise<string[]> {
  const seen: string[] = [];
  for (let before: string | null = null; ; ) {
    const page: Page = await list({ orderBy, last: size, before });
    seen.unshift(...idsOf(page));
    expect(page.pageInfo.hasNextPage).toBe(before !== null);
    expect(page.pageInfo.hasPreviousPage).toBe(seen.length < page.totalCount);
    if (!page.pageInfo.hasPreviousPage) return seen;
    expect(page.nodes).toHaveLength(size);
    before = page.pageInfo.startCursor;
  }
}

async function walkPages(list: List, orderBy: SortKey[] | null, pageSize: number): Promise<string[]> {
  const seen: string[] = [];
  for (let number = 1; ; number += 1) {
    const page = await list({ orderBy, page: number, pageSize });
    seen.push(...idsOf(page));
    expect(page.pageInfo).toMatchObject({
      page: number,
      pageSize,
      pageCount: Math.ceil(page.totalCount / pageSize),
      hasPreviousPage: number > 1,
      hasNextPage: seen.length < page.totalCount,
    });
    if (!page.pageInfo.hasNextPage) return seen;
  }
}

/** All ways through a list give the same rows in the same order, each once. */
async function expectSameRows(list: List, orderBy: SortKey[], size: number, ids: readonly string[]): Promise<string[]> {
  const whole = idsOf(await list({ orderBy, page: 1, pageSize: 100 }));
  expect([...whole].sort()).toEqual([...ids].sort());
  expect(await walkForward(list, orderBy, size)).toEqual(whole);
  expect(await walkBackward(list, orderBy, size)).toEqual(whole);
  expect(await walkPages(list, orderBy, size)).toEqual(whole);
  return whole;
}

/** The column of a sort key, and the order of its values if it is not their natural one. */
interface Sorting {
  column: string;
  declared?: string[];
  text?: true;
}

const collator = new Intl.Collator('und');

/** The order of domain.md 1.6, computed without the database. */
function expectedOrder(rows: Fields[], { column, declared, text }: Sorting, { direction, nulls }: SortKey): string[] {
  const sign = direction === 'ASC' ? 1 : -1;
  const compare = (one: unknown, other: unknown) => {
    if (declared) return declared.indexOf(one as string) - declared.indexOf(other as string);
    if (text) return collator.compare((one as string).toLowerCase(), (other as string).toLowerCase());
    if (typeof one === 'boolean') return Number(one) - Number(other);
    return (one as string) < (other as string) ? -1 : Number((one as string) > (other as string));
  };
  const absent = nulls === 'FIRST' ? -1 : 1;
  return [...rows]
    .sort((a, b) => {
      const [one, other] = [a[column], b[column]];
      const byId = sign * ((a.id as string) < (b.id as string) ? -1 : 1);
      if (one === null && other === null) return byId;
      if (one === null) return absent;
      if (other === null) return -absent;
      return sign * compare(one, other) || byId;
    })
    .map(({ id }) => id as string);
}

/** Members beside the owner; the answer includes the owner's row, with the member's family name. */
async function manyMembers(tenant: Tenant, count: number): Promise<Fields[]> {
  const users = Array.from({ length: count }, (_, n) => {
    const id = v7();
    const now = moments[0];
    const name = { first_name: 'Pat', last_name: n % 3 ? pick(words, n) : null };
    const defaults = { timezone: 'UTC', language: 'en', is_active: true, version: 1 };
    const username = `m${id.replaceAll('-', '').slice(-20)}`;
    return {
      id,
      created_at: now,
      updated_at: now,
      username,
      email: `${id}@x.example`,
      ...name,
      ...defaults,
    };
  });
  const memberships = users.map(({ id }, n) => ({
    id: v7(),
    organization_id: tenant.id,
    created_at: pick(moments, n),
    updated_at: pick(moments, n),
    user_id: id,
    joined_at: pick(moments, n * 2),
    version: 1,
    is_active: true,
    is_owner: false,
  }));
  await insertRows('users', users);
  await insertRows('memberships', memberships);
  return sql(
    `select m.id, to_char(m.joined_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS') as joined_at, u.last_name
     from memberships m join users u on u.id = m.user_id where m.organization_id = $1`,
    [tenant.id],
  );
}

const directions = ['ASC', 'DESC'] as const;
const nullOrders = [undefined, 'FIRST', 'LAST'] as const;
const everyWay = (field: string): SortKey[] =>
  directions.flatMap((direction) => nullOrders.map((nulls) => ({ field, direction, nulls })));

/** One to three different keys, and a page size. */
const walks = (fields: readonly string[]) =>
  fc.record({
    orderBy: fc
      .uniqueArray(fc.constantFrom(...fields), { minLength: 1, maxLength: Math.min(3, fields.length) })
      .chain((names) =>
        fc.tuple(
          ...names.map((field) =>
            fc.record({
              field: fc.constant(field),
              direction: fc.constantFrom(...directions),
              nulls: fc.constantFrom(...nullOrders),
            }),
          ),
        ),
      ),
    size: fc.oneof(
      { weight: 1, arbitrary: fc.constant(1) },
      { weight: 14, arbitrary: fc.integer({ min: 4, max: 45 }) },
    ),
  });

async function sortFieldsOf(sender: Sender, type: string): Promise<string[]> {
  const document = gql`query ($type: String!) { __type(name: $type) { enumValues { name } } }`;
  const { __type } = await sender.request<{ __type: { enumValues: { name: string }[] } }>(document, { type });
  return __type.enumValues.map(({ name }) => name);
}

const customerSortings: Record<string, Sorting> = {
  NAME: { column: 'name', text: true },
  EMAIL: { column: 'email', text: true },
  COMPANY_NAME: { column: 'company_name', text: true },
  CUSTOMER_TYPE: { column: 'customer_type', declared: ['INDIVIDUAL', 'BUSINESS'] },
  STATUS: { column: 'status', declared: ['ACTIVE', 'INACTIVE', 'PROSPECT', 'VIP'] },
  CITY: { column: 'city', text: true },
  RATING: { column: 'rating' },
  CREATED_AT: { column: 'created_at' },
  UPDATED_AT: { column: 'updated_at' },
};

const activitySortings: Record<string, Sorting> = {
  TITLE: { column: 'title', text: true },
  STATUS: { column: 'status', declared: ['SCHEDULED', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED'] },
  IS_PINNED: { column: 'is_pinned' },
  SCHEDULED_AT: { column: 'scheduled_at' },
  COMPLETED_AT: { column: 'completed_at' },
  CREATED_AT: { column: 'created_at' },
  UPDATED_AT: { column: 'updated_at' },
};

const memberSortings: Record<string, Sorting> = {
  JOINED_AT: { column: 'joined_at' },
  LAST_NAME: { column: 'last_name', text: true },
};

describe('every way through a list gives the same rows in the same order, each once', () => {
  const idOf = ({ id }: Fields) => id as string;

  test('customers by one key, in the order of the specification', async () => {
    const tenant = await newTenant();
    const rows = await manyCustomers(tenant, 37);
    expect(await sortFieldsOf(tenant.owner, 'CustomerOrderField')).toEqual(
      expect.arrayContaining(Object.keys(customerSortings)),
    );
    for (const [n, [field, sorting]] of Object.entries(customerSortings).entries())
      for (const key of everyWay(field))
        expect(await expectSameRows(customersOf(tenant.owner), [key], 11 + n, rows.map(idOf))).toEqual(
          expectedOrder(rows, sorting, key),
        );
  });

  test('activities of a customer by one key, in the order of the specification', async () => {
    const tenant = await newTenant();
    const { id } = await newCustomer(tenant.owner);
    const rows = await manyActivities(tenant, id, 31);
    await manyActivities(tenant, (await newCustomer(tenant.owner)).id, 5);
    for (const [n, [field, sorting]] of Object.entries(activitySortings).entries())
      for (const key of everyWay(field))
        expect(await expectSameRows(timelineOf(tenant.owner, id), [key], 11 + n, rows.map(idOf))).toEqual(
          expectedOrder(rows, sorting, key),
        );
  });

  test('members by one key, in the order of the specification', async () => {
    const tenant = await newTenant();
    const rows = await manyMembers(tenant, 24);
    for (const [field, sorting] of Object.entries(memberSortings))
      for (const key of everyWay(field))
        expect(await expectSameRows(membersOf(tenant.owner), [key], 7, rows.map(idOf))).toEqual(
          expectedOrder(rows, sorting, key),
        );
  });

  test('customers by any keys', async () => {
    const tenant = await newTenant();
    const ids = (await manyCustomers(tenant, 41)).map(idOf);
    const fields = await sortFieldsOf(tenant.owner, 'CustomerOrderField');
    await fc.assert(
      fc.asyncProperty(walks(fields), async ({ orderBy, size }) => {
        await expectSameRows(customersOf(tenant.owner), orderBy, size, ids);
      }),
      { numRuns: 30 },
    );
  });

  test('activities of a customer by any keys', async () => {
    const tenant = await newTenant();
    const { id } = await newCustomer(tenant.owner);
    const ids = (await manyActivities(tenant, id, 33)).map(idOf);
    const fields = await sortFieldsOf(tenant.owner, 'ActivityOrderField');
    await fc.assert(
      fc.asyncProperty(walks(fields), async ({ orderBy, size }) => {
        await expectSameRows(timelineOf(tenant.owner, id), orderBy, size, ids);
      }),
      { numRuns: 25 },
    );
  });

  test('members by any keys', async () => {
    const tenant = await newTenant();
    const ids = (await manyMembers(tenant, 20)).map(idOf);
    const fields = await sortFieldsOf(tenant.owner, 'MembershipOrderField');
    await fc.assert(
      fc.asyncProperty(walks(fields), async ({ orderBy, size }) => {
        await expectSameRows(membersOf(tenant.owner), orderBy, size, ids);
      }),
      { numRuns: 20 },
    );
  });

  test('texts that look alike but are written differently', async () => {
    const tenant = await newTenant();
    const spellings = [
      'Äpfel',
      'Äpfel'.normalize('NFD'),
      'ÄPFEL'.normalize('NFD'),
      'straße',
      'STRASSE',
      'İzmir',
      'i̇zmir',
      'a b',
      'ab',
      'a-b',
    ];
    const rows = spellings.flatMap((name) => [name, name]).map((name) => customerRow(tenant.id, { name }));
    await insertRows('customers', rows);
    for (const key of everyWay('NAME'))
      for (const size of [1, 3]) await expectSameRows(customersOf(tenant.owner), [key], size, rows.map(idOf));
  });

  test('newest first unless told otherwise, equal times by id', async () => {
    const tenant = await newTenant();
    const rows = await manyCustomers(tenant, 30);
    const list = customersOf(tenant.owner);
    const expected = expectedOrder(rows, { column: 'created_at' }, { field: 'CREATED_AT', direction: 'DESC' });
    for (const orderBy of [null, []]) expect(await walkForward(list, orderBy, 7)).toEqual(expected);
    const none = await list({});
    expect(idsOf(none)).toEqual(expected.slice(0, 25));
    expect(none.pageInfo).toMatchObject({ page: null, pageSize: null, pageCount: null });
  });

  test('a key goes up unless told otherwise', async () => {
    const tenant = await newTenant();
    const rows = await manyCustomers(tenant, 9);
    expect(idsOf(await customersOf(tenant.owner)({ orderBy: [{ field: 'NAME' }] }))).toEqual(
      expectedOrder(rows, { column: 'name', text: true }, { field: 'NAME', direction: 'ASC' }),
    );
  });

  test('a walk goes on after the row of its cursor was deleted or changed', async () => {
    const tenant = await newTenant();
    await manyCustomers(tenant, 12);
    const list = customersOf(tenant.owner);
    const orderBy = [{ field: 'CITY', direction: 'ASC' }];
    const whole = idsOf(await list({ orderBy }));
    for (const at of [3, 8]) {
      const { pageInfo } = await list({ orderBy, first: at + 1 });
      await sql('delete from customers where id = $1', [whole[at]]);
      expect(idsOf(await list({ orderBy, after: pageInfo.endCursor }))).toEqual(whole.slice(at + 1));
      whole.splice(at, 1);
    }
  });
});
