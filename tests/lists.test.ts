import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { activityRow, customerRow, type Fields, insertRows, newCustomer, type Sender } from './support/customers.js';
import { sql } from './support/database.js';
import { partialAnswer, refusal } from './support/server.js';
import { newTenant, type Tenant } from './support/tenant.js';

interface SortKey {
  field: string;
  direction: 'ASC' | 'DESC';
  nulls?: 'FIRST' | 'LAST' | null;
}

interface Page {
  totalCount: number;
  nodes: { id: string }[];
  edges: { cursor: string; node: { id: string } }[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
    page: number | null;
    pageSize: number | null;
    pageCount: number | null;
  };
}

/** Asks a list for a page. */
type List = (args: Fields) => Promise<Page>;

const pageFields = `totalCount nodes { id } edges { cursor node { id } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor page pageSize pageCount }`;

const variables = (record: string) => `$filter: ${record}Filter, $search: String, $orderBy: [${record}Order!],
  $first: Int, $after: String, $last: Int, $before: String, $page: Int, $pageSize: Int`;

const passed = `filter: $filter, search: $search, orderBy: $orderBy,
  first: $first, after: $after, last: $last, before: $before, page: $page, pageSize: $pageSize`;

function rootList(sender: Sender, field: string, record: string): List {
  const document = gql`query (${variables(record)}) { list: ${field}(${passed}) { ${pageFields} } }`;
  return async (args) => (await sender.request<{ list: Page }>(document, args)).list;
}

const customersOf = (sender: Sender) => rootList(sender, 'customers', 'Customer');
const membersOf = (sender: Sender) => rootList(sender, 'organizationMembers', 'Membership');

function timelineOf(sender: Sender, id: string, field = 'activities'): List {
  const document = gql`
    query ($id: ID!, ${variables('Activity')}) { customer(id: $id) { list: ${field}(${passed}) { ${pageFields} } } }
  `;
  return async (args) => (await sender.request<{ customer: { list: Page } }>(document, { id, ...args })).customer.list;
}

const idsOf = ({ nodes }: Page) => nodes.map(({ id }) => id);

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

/** How a sort key is read from a row, and in which order its values stand when that is not their own. */
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

const words = [
  'Zoe',
  'zoe',
  'ZOE',
  'Äpfel',
  'äpfel',
  'Apfel',
  'émile',
  'Émile',
  'emile',
  '😀 smile',
  '1st',
  'ñandú',
  'Öl',
  '東京',
];
const moments = ['2024-01-01T00:00:00.000Z', '2024-01-01T00:00:00.001Z', '2024-02-29T12:30:00.120Z'];
const pick = <Value>(values: readonly Value[], n: number): Value => values[n % values.length]!;

/** Customers with many equal and many missing values. */
async function manyCustomers(tenant: Tenant, count: number): Promise<Fields[]> {
  const rows = Array.from({ length: count }, (_, n) =>
    customerRow(tenant.id, {
      name: pick(words, n * 5),
      email: `${pick(words, n).toLowerCase().replace(' ', '.')}${n % 7}.${n}@x.example`,
      company_name: n % 3 ? pick(words, n) : null,
      customer_type: pick(['BUSINESS', 'INDIVIDUAL'], n),
      status: pick(['VIP', 'ACTIVE', 'PROSPECT', 'INACTIVE'], n),
      city: n % 2 ? pick(words, n * 3) : null,
      rating: n % 4 ? pick(['1.00', '2.50', '5.00'], n) : null,
      created_at: pick(moments, n),
      updated_at: pick(moments, n * 2),
    }),
  );
  await insertRows('customers', rows);
  return rows;
}

async function manyActivities(tenant: Tenant, customerId: string, count: number): Promise<Fields[]> {
  const rows = Array.from({ length: count }, (_, n) => {
    const status = pick(['CANCELLED', 'COMPLETED', 'SCHEDULED', 'IN_PROGRESS'], n);
    return activityRow(tenant.id, {
      customer_id: customerId,
      title: pick(words, n * 3),
      status,
      scheduled_at: n % 3 ? pick(moments, n) : null,
      completed_at: status === 'COMPLETED' ? pick(moments, n) : null,
      is_pinned: n % 5 === 0,
      created_at: pick(moments, n),
      updated_at: pick(moments, n * 2),
    });
  });
  await insertRows('activities', rows);
  return rows;
}

/** Members beside the owner; the answer includes the owner's row, with the member's family name. */
async function manyMembers(tenant: Tenant, count: number): Promise<Fields[]> {
  const users = Array.from({ length: count }, (_, n) => {
    const id = v7();
    const now = moments[0];
    const name = { first_name: 'Pat', last_name: n % 3 ? pick(words, n) : null };
    const defaults = { timezone: 'UTC', language: 'en', is_active: true, is_superuser: false, version: 1 };
    const username = `m${id.replaceAll('-', '').slice(-20)}`;
    return {
      id,
      created_at: now,
      updated_at: now,
      username,
      email: `${id}@x.example`,
      password_hash: '-',
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
  }, 120_000);

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
  }, 120_000);

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
  }, 120_000);

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
  }, 120_000);

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
  }, 120_000);

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

describe('pages', () => {
  const listOf30 = async () => {
    const tenant = await newTenant();
    await manyCustomers(tenant, 30);
    const list = customersOf(tenant.owner);
    return { list, whole: idsOf(await list({ page: 1, pageSize: 100 })) };
  };

  test('have 25 rows when a cursor or nothing is given', async () => {
    const { list, whole } = await listOf30();
    expect(idsOf(await list({}))).toEqual(whole.slice(0, 25));
    expect(idsOf(await list({ page: 1 }))).toEqual(whole.slice(0, 25));
    expect(idsOf(await list({ page: 2 }))).toEqual(whole.slice(25));
    expect(idsOf(await list({ pageSize: 10 }))).toEqual(whole.slice(0, 10));
    const first = await list({ first: 1 });
    expect(idsOf(await list({ after: first.pageInfo.endCursor }))).toEqual(whole.slice(1, 26));
    const last = await list({ last: 1 });
    expect(idsOf(last)).toEqual(whole.slice(29));
    expect(idsOf(await list({ before: last.pageInfo.startCursor }))).toEqual(whole.slice(4, 29));
  });

  test('arguments given as null count as omitted', async () => {
    const { list, whole } = await listOf30();
    const nulls = { filter: null, search: null, orderBy: null, last: null, before: null, page: null, pageSize: null };
    expect(idsOf(await list({ ...nulls, first: 3, after: null }))).toEqual(whole.slice(0, 3));
  });

  test('know exactly whether rows follow or precede', async () => {
    const { list } = await listOf30();
    const flags = async (args: Fields) => {
      const { hasPreviousPage, hasNextPage } = (await list(args)).pageInfo;
      return [hasPreviousPage, hasNextPage];
    };
    expect(await flags({ first: 29 })).toEqual([false, true]);
    expect(await flags({ first: 30 })).toEqual([false, false]);
    expect(await flags({ last: 29 })).toEqual([true, false]);
    expect(await flags({ last: 30 })).toEqual([false, false]);
    const { edges } = await list({ first: 30 });
    expect(await flags({ first: 5, after: edges[24]!.cursor })).toEqual([true, false]);
    expect(await flags({ first: 5, after: edges[23]!.cursor })).toEqual([true, true]);
    expect(await flags({ last: 5, before: edges[5]!.cursor })).toEqual([false, true]);
    expect(await flags({ last: 5, before: edges[6]!.cursor })).toEqual([true, true]);
    expect(await flags({ first: 5, after: edges[29]!.cursor })).toEqual([true, false]);
    expect(await flags({ page: 1, pageSize: 30 })).toEqual([false, false]);
    expect(await flags({ page: 2, pageSize: 15 })).toEqual([true, false]);
    expect(await flags({ page: 1, pageSize: 29 })).toEqual([false, true]);
  });

  test('past the end are empty', async () => {
    const { list } = await listOf30();
    expect(await list({ page: 100, pageSize: 100 })).toEqual({
      totalCount: 30,
      nodes: [],
      edges: [],
      pageInfo: {
        hasNextPage: false,
        hasPreviousPage: true,
        startCursor: null,
        endCursor: null,
        page: 100,
        pageSize: 100,
        pageCount: 1,
      },
    });
    const none = await list({ page: 2, filter: { status: { in: [] } } });
    expect(none).toMatchObject({ totalCount: 0, nodes: [] });
    expect(none.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false, pageCount: 0 });
  });

  test('know whether rows precede them although nobody asks for the total', async () => {
    const { owner } = await newTenant();
    const document = gql`query ($page: Int) { customers(page: $page) { pageInfo { hasPreviousPage } } }`;
    const ask = async (page: number) =>
      (await owner.request<{ customers: { pageInfo: Fields } }>(document, { page })).customers.pageInfo;
    expect(await ask(3)).toEqual({ hasPreviousPage: false });
    await newCustomer(owner);
    expect(await ask(3)).toEqual({ hasPreviousPage: true });
  });

  test('never change the total', async () => {
    const { list } = await listOf30();
    const { pageInfo } = await list({ first: 20 });
    for (const paging of [
      { first: 1 },
      { last: 1 },
      { after: pageInfo.endCursor },
      { before: pageInfo.endCursor },
      { page: 9 },
    ])
      expect((await list(paging)).totalCount).toBe(30);
    const filter = { status: { eq: 'VIP' } };
    expect(await list({ filter, page: 2, pageSize: 5 })).toMatchObject({ totalCount: 8, pageInfo: { pageCount: 2 } });
  });

  test.each<Fields>([
    { first: 0 },
    { first: -1 },
    { first: 101 },
    { last: 0 },
    { last: -1 },
    { last: 101 },
    { page: 0 },
    { page: -1 },
    { pageSize: 0 },
    { pageSize: -1 },
    { pageSize: 101 },
    { page: 1, pageSize: 0 },
    { first: 1, last: 1 },
    { first: 1, before: 'cursor' },
    { last: 1, after: 'cursor' },
    { first: 1, page: 1 },
    { last: 1, page: 1 },
    { after: 'cursor', page: 1 },
    { before: 'cursor', page: 1 },
    { first: 1, pageSize: 1 },
    { last: 1, pageSize: 1 },
    { after: 'cursor', pageSize: 1 },
    { before: 'cursor', pageSize: 1 },
    { page: 101, pageSize: 100 },
    { page: 401 },
    { page: 10_001, pageSize: 1 },
    { page: 2_147_483_647, pageSize: 100 },
  ])('with %j are refused', async (args) => {
    const { owner } = await newTenant();
    const told = await refusal(customersOf(owner)(args));
    expect(told).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'INVALID_PAGINATION', path: ['list'] });
    for (const { path } of told.fields as { path: string }[]) expect(Object.keys(args)).toContain(path);
  });

  test.each<Fields>([
    { page: 100, pageSize: 100 },
    { page: 10_000, pageSize: 1 },
    { page: 400 },
    { first: 100 },
    { last: 100 },
  ])('with %j are allowed', async (args) => {
    const { owner } = await newTenant();
    expect((await customersOf(owner)(args)).nodes).toEqual([]);
  });

  test('of a list below a record are refused at its place, the rest of the answer stands', async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner, { name: 'Ada' });
    const document = gql`query ($id: ID!) { customer(id: $id) { name activities(first: 101) { totalCount } } }`;
    const { data, errors } = await partialAnswer(owner.request(document, { id }));
    expect(data).toEqual({ customer: { name: 'Ada', activities: null } });
    expect(errors).toMatchObject([
      { path: ['customer', 'activities'], extensions: { code: 'BAD_USER_INPUT', reason: 'INVALID_PAGINATION' } },
    ]);
  });
});

describe('orders', () => {
  test('of more than 5 keys, or with one twice, are refused', async () => {
    const { owner } = await newTenant();
    const list = customersOf(owner);
    const keys = ['NAME', 'EMAIL', 'CITY', 'STATUS', 'RATING', 'CREATED_AT'].map((field) => ({ field }));
    expect((await list({ orderBy: keys.slice(0, 5) })).nodes).toEqual([]);
    const twice = [
      { field: 'NAME', direction: 'ASC' },
      { field: 'NAME', direction: 'DESC' },
    ];
    for (const orderBy of [keys, twice])
      expect(await refusal(list({ orderBy }))).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'INVALID_ORDER' });
  });

  test('by something unknown are refused by GraphQL itself', async () => {
    const { owner } = await newTenant();
    expect(await refusal(owner.request('{ customers(orderBy: [{ field: PHONE }]) { totalCount } }'))).toMatchObject({
      code: 'GRAPHQL_VALIDATION_FAILED',
    });
  });
});

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
