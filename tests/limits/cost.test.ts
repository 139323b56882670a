import { beforeAll, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { sendHttp } from '../support/http.js';
import { statementsOf } from '../support/server.js';
import { newTenant, type Tenant } from '../support/tenant.js';

let tenant: Tenant;
beforeAll(async () => {
  tenant = await newTenant();
});

interface Cost {
  requested: number;
  limit: number;
  statements?: number;
  dearest?: { path: string; points: number; sizedBy?: string[] }[];
}

interface Answer {
  data?: Record<string, unknown>;
  errors?: { message: string; extensions: Record<string, unknown> & { code: string; cost?: Cost } }[];
  extensions?: Record<string, unknown> & { cost: Cost };
}

async function send(query: string, variables?: Record<string, unknown>, headers = {}): Promise<Answer> {
  const authorization = `Bearer ${tenant.owner.token}`;
  const { data, errors, text } = await sendHttp({
    headers: { 'content-type': 'application/json', authorization, ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return { data, errors, extensions: JSON.parse(text).extensions } as Answer;
}

const costOf = async (query: string, variables?: Record<string, unknown>): Promise<number> => {
  const { extensions, errors } = await send(query, variables);
  return extensions?.cost.requested ?? errors![0]!.extensions.cost!.requested;
};

describe('the cost of a document', () => {
  test.each<[string, number, string, Record<string, unknown>?]>([
    ['a record', 1, '{ me { username email } }'],
    ['a record with one that it refers to', 2, '{ customer(id: "x") { assignedTo { fullName } } }'],
    ['the default page', 26, '{ customers { nodes { name } } }'],
    ['a page of a given size', 11, '{ customers(first: 10) { nodes { name } } }'],
    ['the last rows', 8, '{ customers(last: 7) { nodes { name } } }'],
    ['a numbered page', 31, '{ leads(page: 1, pageSize: 30) { nodes { name } } }'],
    [
      'edges and their nodes',
      22,
      '{ customers(first: 10) { edges { cursor node { name } } pageInfo { hasNextPage } } }',
    ],
    [
      'a list in a list',
      1 + 10 + 10 * (1 + 5),
      '{ customers(first: 10) { nodes { deals(first: 5) { nodes { title } } } } }',
    ],
    ['a list without pages', 10 * (1 + 10), '{ myRoles { permissions { action } } }'],
    ['aliases', 22, '{ a: customers(first: 10) { nodes { name } } b: customers(first: 10) { nodes { name } } }'],
    ['a field that is named twice', 11, '{ customers(first: 10) { nodes { name } nodes { email } } }'],
    ['introspection', 0, '{ __schema { types { name fields { name args { name } } } } __typename }'],
    ['the default of a variable', 13, 'query ($n: Int = 12) { customers(first: $n) { nodes { name } } }'],
    ['a variable', 4, 'query ($n: Int = 12) { customers(first: $n) { nodes { name } } }', { n: 3 }],
    ['a variable that is null', 26, 'query ($n: Int = 12) { customers(first: $n) { nodes { name } } }', { n: null }],
    ['what is left out', 0, '{ customers @skip(if: true) { nodes { name } } me @include(if: false) { email } }'],
    [
      'what a variable leaves out',
      1,
      'query ($c: Boolean!) { me { email } customers @include(if: $c) { nodes { name } } }',
      { c: false },
    ],
    [
      'what a variable includes',
      27,
      'query ($c: Boolean!) { me { email } customers @include(if: $c) { nodes { name } } }',
      { c: true },
    ],
    [
      'the dearest type of a node',
      1 + 26,
      '{ node(id: "x") { id ... on Customer { deals { nodes { title } } } ... on Lead { assignedTo { code } } } }',
    ],
    ['as many nodes as ids', 3, '{ nodes(ids: ["x", "y", "z"]) { id } }'],
  ])('%s costs %i', async (...[, points, query, variables]) => {
    expect(await costOf(query, variables)).toBe(points);
  });

  test.each([
    ['an enum', 'SOURCE', 8],
    ['records', 'ASSIGNED_TO', 50 + 1],
  ])('groups by %s and a date number as many as the field has values in each period', async (_, field, values) => {
    const grouped = (unit: string) =>
      costOf(`{
      leadAnalytics(groupBy: [{ field: ${field} }, { field: CREATED_AT, granularity: ${unit} }]) { groups { isOther } }
    }`);
    expect((await grouped('MONTH')) - (await grouped('QUARTER'))).toBe(values * (36 - 12));
  });

  test('counts an order by what has to be computed, and each figure that a filter narrows', async () => {
    const ordered = (field: string) => costOf(`{ customers(orderBy: [{ field: ${field} }]) { nodes { name } } }`);
    const [byName, byCode, byValue] = await Promise.all(['NAME', 'CODE', 'TOTAL_VALUE'].map(ordered));
    expect(byCode).toBe(byValue);
    expect(byCode).toBeGreaterThan(byName!);
    const filter = 'filter: { source: { eq: "WEBSITE" } }';
    const more = async (field: string, selection: string) =>
      (await costOf(`{ analytics { ${field}(${filter}) ${selection} } }`)) -
      (await costOf(`{ analytics { ${field} ${selection} } }`));
    const once = await more('revenueByPeriod', '{ dealCount }');
    expect(once).toBeGreaterThan(0);
    expect(await more('salesFunnel', '{ stages { count } }')).toBe(2 * once);
    expect(await more('dashboard', '{ deals { won } revenue { total { amount } } }')).toBe(once);
    expect(await more('quickStats', '{ myDeals }')).toBe(once);
    expect(await more('quickStats', '{ myDeals myOpenDeals myRevenue { amount } }')).toBe(3 * once);
    const ofActivities = await more('dashboard', '{ recentActivities { title } }');
    expect(ofActivities).toBeGreaterThan(once);
    expect(await more('quickStats', '{ myOverdueActivities }')).toBe(ofActivities);
  });

  test.each([
    ['analytics { dashboard', ['customers { total }', 'leads { total }', 'deals { won }', 'recentActivities { id }']],
    ['analytics { quickStats', ['myCustomers', 'myLeads', 'myDeals', 'myOverdueActivities']],
    ['analytics { dealVelocity', ['stages { entered }', 'wonCount']],
    ['customerStats', ['total', 'totalRevenue { amount }']],
    ['dealStats', ['total', 'byStage { count }']],
    ['employeeStats', ['total', 'byDepartment { count }']],
  ])('%s costs what is selected of it', async (path, fields) => {
    const close = path.replaceAll(/[^{]/g, '').replaceAll('{', ' }');
    const of = (selection: string) => costOf(`{ ${path} { ${selection} }${close} }`);
    const nothing = await of('__typename');
    const each = await Promise.all(fields.map(of));
    for (const cost of each) expect(cost).toBeGreaterThan(nothing);
    const sum = each.reduce((total, cost) => total + cost - nothing, nothing);
    expect(await of(fields.join(' '))).toBe(sum);
  });

  test('is told in every answer that ran, with the statements that were sent', async () => {
    const query = '{ customers(first: 10) { totalCount nodes { name deals { nodes { title } } } } me { email } }';
    let answer: Answer = {};
    const sent = await statementsOf(async () => {
      answer = await send(query);
    });
    expect(answer.extensions).toEqual({
      cost: { requested: expect.any(Number), limit: 10_000, statements: sent.length },
    });
  });

  test('stands beside what a dry run and a key add', async () => {
    const query = `mutation { createVendor(input: { name: "V", email: "${v7()}@v.example" }) { id } }`;
    const cost = { requested: 1, limit: 10_000, statements: expect.any(Number) };
    const dryRun = await send(query, {}, { 'x-dry-run': 'true' });
    expect(dryRun.extensions).toEqual({ dryRun: true, cost });
    const key = v7();
    const first = await send(query, {}, { 'idempotency-key': key });
    expect(first.extensions).toEqual({ idempotency: { replayed: false }, changeSetId: expect.any(String), cost });
    const again = await send(query, {}, { 'idempotency-key': key });
    const { changeSetId } = first.extensions!;
    expect(again).toEqual({ data: first.data, extensions: { idempotency: { replayed: true }, changeSetId, cost } });
  });

  test('counts the statements of a mutation', async () => {
    let answer: Answer = {};
    const sent = await statementsOf(async () => {
      answer = await send(`mutation {
        createPipeline(input: { name: "A" }) { id }
      }`);
    });
    expect(answer.extensions!.cost.statements).toBeGreaterThan(1);
    expect(answer.extensions!.cost.statements).toBeLessThanOrEqual(sent.length);
  });
});

describe('a document that costs too much', () => {
  const deep = `query ($n: Int) {
    customers(first: $n) {
      nodes { name deals(first: $n) { nodes { title activities(first: $n) { nodes { title } } } } }
    }
    leads(first: 20) { nodes { name } }
  }`;

  test('is refused before it runs, with the fields that cost most', async () => {
    let answer: Answer = {};
    const sent = await statementsOf(async () => {
      answer = await send(deep, { n: 100 });
    });
    expect(sent).toEqual([]);
    expect(answer.data).toBeUndefined();
    const [{ message, extensions }] = answer.errors as [NonNullable<Answer['errors']>[number]];
    expect(extensions.code).toBe('QUERY_TOO_COMPLEX');
    expect(message).toContain('customers.nodes.deals.nodes.activities.nodes');
    const requested = 1 + 100 + 100 + 10_000 + 10_000 + 1_000_000 + 21;
    expect(extensions.cost).toEqual({
      requested,
      limit: 10_000,
      dearest: [
        {
          path: 'customers.nodes.deals.nodes.activities.nodes',
          points: 1_000_000,
          sizedBy: ['customers.first', 'customers.nodes.deals.first', 'customers.nodes.deals.nodes.activities.first'],
        },
        expect.objectContaining({ points: 10_000 }),
        expect.objectContaining({ points: 10_000 }),
        expect.objectContaining({ points: 100 }),
        expect.objectContaining({ points: 100 }),
        { path: 'leads.nodes', points: 20, sizedBy: ['leads.first'] },
        { path: 'customers', points: 1 },
        { path: 'leads', points: 1 },
      ],
    });
  });

  const refusedBecause = async (query: string) => {
    const { errors } = await send(query);
    const { message, extensions } = errors![0]!;
    expect(extensions.code).toBe('QUERY_TOO_COMPLEX');
    return { message, dearest: extensions.cost!.dearest![0]! };
  };

  test.each([
    [
      'of a report',
      `{ r: customerAnalytics(limit: 50, groupBy: [{ field: INDUSTRY }, { field: CITY }]) {
        groups { rows(first: 5) { nodes { name } } }
      } }`,
      ['r.limit', 'r.groups.rows.first'],
    ],
    [
      'of a page',
      '{ customers(pageSize: 100, page: 1) { nodes { deals(last: 100) { nodes { code } } } } }',
      ['customers.pageSize', 'customers.nodes.deals.last'],
    ],
    [
      'of a list without pages',
      `{ analytics { t: topPerformers(limit: 50) { employee {
        c: customers(first: 100) { nodes { deals { nodes { code } } } }
      } } } }`,
      ['analytics.t.limit', 'analytics.t.employee.c.first', 'analytics.t.employee.c.nodes.deals.first'],
    ],
  ])('names the size %s', async (_, query, sizedBy) => {
    const { message, dearest } = await refusedBecause(query);
    expect(dearest.sizedBy).toEqual(sizedBy);
    for (const argument of sizedBy) expect(message).toContain(`\`${argument}\``);
  });

  test('names no size that would change nothing', async () => {
    const order = 'orderBy: [{ field: STAGE_ORDER }]';
    const { message, dearest } = await refusedBecause(
      `{ ${Array.from({ length: 12 }, (_, n) => `a${n}: deals(first: 1, ${order}) { nodes { code } }`).join(' ')} }`,
    );
    expect(dearest).toEqual({ path: 'a0', points: expect.any(Number) });
    expect(message).not.toContain('first');
  });

  test('may run with smaller pages', async () => {
    expect((await send(deep, { n: 10 })).data).toBeDefined();
  });

  test.each([2 ** 31 - 1, 101, 0, -1])('a page of %i rows is refused as such', async (first) => {
    const { errors } = await send('query ($n: Int) { customers(first: $n) { nodes { name } } }', { n: first });
    expect(errors![0]!.extensions).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'INVALID_PAGINATION' });
  });
});

describe('fragments that multiply', () => {
  /** Each fragment selects the next one below several fields. */
  const multiplying = (levels: number, fields: readonly string[], last: string) => {
    const fragments = Array.from({ length: levels }, (_, level) => {
      const below = level + 1 < levels ? `...F${level + 1}` : last;
      return `fragment F${level} on Employee { ${fields.map((field) => `${field} { ${below} }`).join(' ')} }`;
    });
    return `{ employees { nodes { ...F0 } } } ${fragments.join(' ')}`;
  };

  test('are counted where they are spread', async () => {
    const fields = ['manager', 'b: manager', 'c: manager', 'd: manager'];
    const each = 4 + 16 + 64 + 256;
    expect(await costOf(multiplying(4, fields, 'code'))).toBe(26 + 25 * each);
  });

  test.each([
    [
      'the same selection many times',
      multiplying(
        7,
        Array.from({ length: 29 }, (_, n) => `a${n}: manager`),
        'code',
      ),
    ],
    [
      'different selections each time',
      `{ employees { nodes { ...A0 ...B0 ...C0 } } } ${Array.from({ length: 7 }, (_, n) =>
        ['A', 'B', 'C']
          .map((name, k) => {
            const next =
              n < 6
                ? (letters: string) => [...letters].map((letter) => `...${letter}${n + 1}`).join(' ')
                : () => 'code';
            const [a, b, c] = ['ABC'.slice(0, k + 1), 'CBA'.slice(0, k + 1), 'BAC'.slice(k)].map(next);
            return `fragment ${name}${n} on Employee { a: manager { ${a} } b: manager { ${b} } c: manager { ${c} } }`;
          })
          .join(' '),
      ).join(' ')}`,
    ],
  ])('%s are refused', async (_, query) => {
    const { errors } = await send(query);
    expect(errors![0]!.extensions.code).toBe('QUERY_TOO_COMPLEX');
  });
});
