import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import {
  activityRow,
  customerRow,
  type Fields,
  insertRows,
  newCustomer,
  type Sender,
  strip,
} from './support/customers.js';
import { partialAnswer, refusal } from './support/server.js';
import { newTenant, type Tenant } from './support/tenant.js';

type Filter = Record<string, unknown>;

const Names = gql`
  query ($filter: CustomerFilter, $search: String) {
    customers(filter: $filter, search: $search, first: 100, orderBy: [{ field: NAME }, { field: CREATED_AT }]) {
      totalCount
      nodes { name }
    }
  }
`;

/** Names of the customers that are kept, alphabetically; their number is checked on the way. */
async function namesOf(sender: Sender, args: { filter?: Filter | null; search?: string | null }): Promise<string[]> {
  const { customers } = await sender.request<{ customers: { totalCount: number; nodes: { name: string }[] } }>(
    Names,
    args,
  );
  expect(customers.totalCount).toBe(customers.nodes.length);
  return customers.nodes.map(({ name }) => name);
}

const kept = (sender: Sender, filter?: Filter | null) => namesOf(sender, { filter });
const found = (sender: Sender, search?: string | null) => namesOf(sender, { search });

/** Customers by their names, each with its columns. */
async function tenantWith(customers: Record<string, Fields>): Promise<Tenant> {
  const tenant = await newTenant();
  await addCustomers(tenant, customers);
  return tenant;
}

async function addCustomers(tenant: Tenant, customers: Record<string, Fields>): Promise<Record<string, string>> {
  const rows = Object.entries(customers).map(([name, columns]) => customerRow(tenant.id, { name, ...columns }));
  for (const row of rows) await insertRows('customers', [row]);
  return Object.fromEntries(rows.map(({ id, name }) => [name, id]));
}

describe('operators', () => {
  test('on texts', async () => {
    const { owner } = await tenantWith({
      letters: { source: '50xya/b' },
      none: { source: null },
      signs: { source: '50%_a\\b' },
      umlaut: { source: 'Öl & Äpfel' },
      upper: { source: 'WEB' },
      web: { source: 'web' },
    });
    const all = ['letters', 'none', 'signs', 'umlaut', 'upper', 'web'];
    const without = (...names: string[]) => all.filter((name) => !names.includes(name));
    const table: [Filter, string[]][] = [
      [{ eq: 'web' }, ['web']],
      [{ eq: 'Web' }, []],
      [{ eq: '' }, []],
      [{ eq: 'we%' }, []],
      [{ ne: 'web' }, without('web')],
      [{ ne: 'Web' }, all],
      [{ in: ['web', 'WEB', 'nobody'] }, ['upper', 'web']],
      [{ in: [] }, []],
      [{ notIn: ['web', 'WEB'] }, without('upper', 'web')],
      [{ notIn: [] }, all],
      [{ contains: 'eB' }, ['upper', 'web']],
      [{ contains: 'äPF' }, ['umlaut']],
      [{ contains: 'ÖL' }, ['umlaut']],
      [{ contains: '%' }, ['signs']],
      [{ contains: '_' }, ['signs']],
      [{ contains: '\\' }, ['signs']],
      [{ contains: '0%_A' }, ['signs']],
      [{ contains: "'" }, []],
      [{ contains: '' }, without('none')],
      [{ startsWith: 'W' }, ['upper', 'web']],
      [{ startsWith: '50' }, ['letters', 'signs']],
      [{ startsWith: '50%' }, ['signs']],
      [{ startsWith: 'eb' }, []],
      [{ endsWith: 'B' }, ['letters', 'signs', 'upper', 'web']],
      [{ endsWith: '\\b' }, ['signs']],
      [{ endsWith: 'äpfeL' }, ['umlaut']],
      [{ isNull: true }, ['none']],
      [{ isNull: false }, without('none')],
      [{ ne: 'web', isNull: false }, without('web', 'none')],
      [{ startsWith: 'w', endsWith: 'b', ne: 'WEB' }, ['web']],
    ];
    for (const [source, expected] of table) expect([source, await kept(owner, { source })]).toEqual([source, expected]);
  });

  test('on decimals', async () => {
    const { owner } = await tenantWith({
      big: { credit_limit: '9999999999999.99' },
      cent: { credit_limit: '9999999999999.98' },
      none: { credit_limit: null },
      zero: { credit_limit: '0.00' },
    });
    const table: [Filter, string[]][] = [
      [{ eq: '9999999999999.99' }, ['big']],
      [{ eq: 0 }, ['zero']],
      [{ eq: '0.000' }, ['zero']],
      [{ ne: '0' }, ['big', 'cent', 'none']],
      [{ in: ['0', '9999999999999.98'] }, ['cent', 'zero']],
      [{ in: [] }, []],
      [{ gt: '9999999999999.98' }, ['big']],
      [{ gte: '9999999999999.98' }, ['big', 'cent']],
      [{ lt: '9999999999999.99' }, ['cent', 'zero']],
      [{ lte: '9999999999999.98' }, ['cent', 'zero']],
      [{ gt: '-0.001' }, ['big', 'cent', 'zero']],
      [{ gt: '0.001', lt: '9999999999999.985' }, ['cent']],
      [{ isNull: true }, ['none']],
      [{ isNull: false }, ['big', 'cent', 'zero']],
    ];
    for (const [creditLimit, expected] of table)
      expect([creditLimit, await kept(owner, { creditLimit })]).toEqual([creditLimit, expected]);
  });

  test('on enums', async () => {
    const { owner } = await tenantWith({ active: { status: 'ACTIVE' }, vip: { status: 'VIP' } });
    const table: [Filter, string[]][] = [
      [{ eq: 'VIP' }, ['vip']],
      [{ ne: 'VIP' }, ['active']],
      [{ in: ['VIP', 'PROSPECT'] }, ['vip']],
      [{ in: [] }, []],
      [{ notIn: ['VIP', 'PROSPECT'] }, ['active']],
      [{ notIn: [] }, ['active', 'vip']],
      [{ isNull: true }, []],
      [{ isNull: false }, ['active', 'vip']],
    ];
    for (const [status, expected] of table) expect([status, await kept(owner, { status })]).toEqual([status, expected]);
  });

  test('on instants, whatever their offset', async () => {
    const { owner } = await tenantWith({
      early: { created_at: '2024-03-01T09:00:00.000Z', converted_at: '2024-03-01T09:00:00.000Z' },
      late: { created_at: '2024-03-01T09:00:00.001Z', converted_at: null },
    });
    const table: [Filter, string[]][] = [
      [{ createdAt: { eq: '2024-03-01T10:00:00+01:00' } }, ['early']],
      [{ createdAt: { gt: '2024-03-01T09:00:00Z' } }, ['late']],
      [{ createdAt: { gte: '2024-03-01T09:00:00Z' } }, ['early', 'late']],
      [{ createdAt: { lt: '2024-03-01T09:00:00.001Z' } }, ['early']],
      [{ createdAt: { lte: '2024-03-01T04:00:00.001-05:00' } }, ['early', 'late']],
      [{ createdAt: { in: ['2024-03-01T09:00:00.001Z'] } }, ['late']],
      [{ convertedAt: { ne: '2024-03-01T09:00:00Z' } }, ['late']],
      [{ convertedAt: { isNull: true } }, ['late']],
    ];
    for (const [filter, expected] of table) expect([filter, await kept(owner, filter)]).toEqual([filter, expected]);
  });

  test('on ids', async () => {
    const tenant = await newTenant();
    const [eve, foreign] = [await tenant.employee(), await (await newTenant()).employee()];
    const ids = await addCustomers(tenant, { eves: { assigned_to_id: eve }, nobodys: {} });
    const table: [Filter, string[]][] = [
      [{ id: { eq: ids.eves } }, ['eves']],
      [{ id: { eq: ids.eves!.toUpperCase() } }, ['eves']],
      [{ id: { in: [ids.eves, ids.nobodys, v7()] } }, ['eves', 'nobodys']],
      [{ id: { notIn: [ids.eves] } }, ['nobodys']],
      [{ assignedToId: { eq: eve } }, ['eves']],
      [{ assignedToId: { eq: foreign } }, []],
      [{ assignedToId: { ne: eve } }, ['nobodys']],
      [{ assignedToId: { notIn: [eve] } }, ['nobodys']],
      [{ assignedToId: { in: [] } }, []],
      [{ assignedToId: { isNull: true } }, ['nobodys']],
    ];
    for (const [filter, expected] of table)
      expect([filter, await kept(tenant.owner, filter)]).toEqual([filter, expected]);
  });

  test('on tags', async () => {
    const { owner } = await tenantWith({
      ab: { tags: ['a', 'b'] },
      b: { tags: ['b'] },
      none: { tags: [] },
      odd: { tags: ['{a,b}', '%', 'A'] },
    });
    const table: [Filter, string[]][] = [
      [{ has: 'a' }, ['ab']],
      [{ has: 'A' }, ['odd']],
      [{ has: '%' }, ['odd']],
      [{ has: '{a,b}' }, ['odd']],
      [{ hasAny: ['a', 'b'] }, ['ab', 'b']],
      [{ hasAny: [] }, []],
      [{ hasAll: ['a', 'b'] }, ['ab']],
      [{ hasAll: ['b', 'b'] }, ['ab', 'b']],
      [{ hasAll: [] }, ['ab', 'b', 'none', 'odd']],
      [{ isEmpty: true }, ['none']],
      [{ isEmpty: false }, ['ab', 'b', 'odd']],
      [{ has: 'b', hasAny: ['a'] }, ['ab']],
    ];
    for (const [tags, expected] of table) expect([tags, await kept(owner, { tags })]).toEqual([tags, expected]);
  });
});

describe('combinations', () => {
  test('an omitted and an empty filter keep every row', async () => {
    const { owner } = await tenantWith({ one: {}, two: {} });
    for (const filter of [undefined, null, {}]) expect(await kept(owner, filter)).toEqual(['one', 'two']);
  });

  test('ne keeps customers without a source, and not eq the same ones', async () => {
    const { owner } = await tenantWith({ none: { source: null }, phone: { source: 'phone' }, web: { source: 'web' } });
    for (const filter of [{ source: { ne: 'web' } }, { not: { source: { eq: 'web' } } }])
      expect(await kept(owner, filter)).toEqual(['none', 'phone']);
    expect(await kept(owner, { not: { source: { ne: 'web' } } })).toEqual(['web']);
    expect(await kept(owner, { not: { not: { source: { eq: 'web' } } } })).toEqual(['web']);
  });

  test('and, or, not stand beside conditions, and all of them must hold', async () => {
    const { owner } = await tenantWith({
      bernVip: { city: 'Bern', status: 'VIP' },
      basel: { city: 'Basel', status: 'VIP' },
      bern: { city: 'Bern', status: 'ACTIVE' },
      nowhere: { city: null, status: 'VIP' },
    });
    const table: [Filter, string[]][] = [
      [{ city: { eq: 'Bern' }, status: { eq: 'VIP' } }, ['bernVip']],
      [{ status: { eq: 'VIP' }, or: [{ city: { eq: 'Bern' } }, { city: { isNull: true } }] }, ['bernVip', 'nowhere']],
      [{ status: { eq: 'VIP' }, not: { city: { eq: 'Bern' } } }, ['basel', 'nowhere']],
      [{ and: [{ city: { eq: 'Bern' } }, { not: { status: { eq: 'VIP' } } }] }, ['bern']],
      [
        { or: [{ city: { eq: 'Basel' } }, { and: [{ city: { eq: 'Bern' } }, { status: { eq: 'ACTIVE' } }] }] },
        ['basel', 'bern'],
      ],
      [{ not: { city: { eq: 'Bern' }, status: { eq: 'VIP' } } }, ['basel', 'bern', 'nowhere']],
      [{ not: { or: [{ city: { eq: 'Bern' } }, { city: { eq: 'Basel' } }] } }, ['nowhere']],
    ];
    for (const [filter, expected] of table) expect([filter, await kept(owner, filter)]).toEqual([filter, expected]);
  });
});

describe('any filter and its opposite', () => {
  interface Model extends Fields {
    id: string;
    name: string;
    assignedTo: Fields | null;
    activities: Fields[];
  }

  const words = ['web', 'Web', 'Öl', 'öl', '50%_a', '50xya', 'a\\b', 'ab', 'émile'];
  const moments = ['2024-01-01T00:00:00.000Z', '2024-01-01T00:00:00.001Z', '2024-02-29T12:30:00.120Z'];
  const decimals = ['1.00', '2.50', '5.00'];
  const statuses = ['ACTIVE', 'INACTIVE', 'PROSPECT', 'VIP'];
  const tags = ['a', 'A', 'b', '%'];
  const pick = <Value>(values: readonly Value[], n: number): Value => values[n % values.length]!;
  const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const columnsOf = (fields: Fields) =>
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [snakeCase(name), value]));

  async function world(): Promise<{ tenant: Tenant; models: Model[]; employees: string[] }> {
    const tenant = await newTenant();
    const firstNames = ['Öl', 'web', 'Web'];
    const employees = await Promise.all(firstNames.map((firstName) => tenant.employee({ firstName })));
    const models = Array.from({ length: 36 }, (_, n): Model => {
      const who = n % 4 === 3 ? null : n % employees.length;
      const fields = {
        source: n % 3 ? pick(words, n) : null,
        companyName: n % 5 ? pick(words, n * 2) : null,
        status: pick(statuses, n),
        customerType: pick(['INDIVIDUAL', 'BUSINESS'], n),
        rating: n % 4 ? pick(decimals, n) : null,
        tags: tags.filter((_tag, t) => (n >> t) & 1),
        createdAt: pick(moments, n),
        assignedToId: who === null ? null : employees[who]!,
      };
      const activities = Array.from({ length: n % 3 }, (_, m) => ({
        title: pick(words, n + m),
        activityType: pick(['CALL', 'NOTE', 'TASK'], n + m),
        isPinned: (n + m) % 2 === 0,
        scheduledAt: (n + m) % 3 ? pick(moments, n + m) : null,
      }));
      const assignedTo = who === null ? null : { firstName: firstNames[who]!, id: employees[who]! };
      return { id: v7(), name: `customer ${String(n).padStart(2, '0')}`, ...fields, assignedTo, activities };
    });
    await insertRows(
      'customers',
      models.map(({ assignedTo: _, activities: __, ...fields }) => customerRow(tenant.id, columnsOf(fields))),
    );
    await insertRows(
      'activities',
      models.flatMap(({ id, activities }) =>
        activities.map((fields) =>
          activityRow(tenant.id, { scheduled_at: null, ...columnsOf(fields), customer_id: id }),
        ),
      ),
    );
    return { tenant, models, employees };
  }

  /** What domain.md 1.7 says, in JavaScript. */
  function holds(filter: Filter, row: Fields): boolean {
    return Object.entries(filter).every(([name, value]) => {
      if (name === 'and') return (value as Filter[]).every((part) => holds(part, row));
      if (name === 'or') return (value as Filter[]).some((part) => holds(part, row));
      if (name === 'not') return !holds(value as Filter, row);
      if (name === 'assignedTo') return row.assignedTo !== null && holds(value as Filter, row.assignedTo as Fields);
      if (name === 'activities')
        return Object.entries(value as Filter).every(([quantifier, content]) => {
          const some = (row.activities as Fields[]).some((activity) => holds(content as Filter, activity));
          return quantifier === 'some' ? some : !some;
        });
      return Object.entries(value as Filter).every(([operator, operand]) => fits(row[name], operator, operand));
    });
  }

  function fits(value: unknown, operator: string, operand: unknown): boolean {
    const text = () => (value as string).toLowerCase();
    const list = value as string[];
    const compared = () => {
      const numbers = [value, operand].map((side) =>
        /T/.test(side as string) ? Date.parse(side as string) : Number(side),
      );
      return numbers[0]! - numbers[1]!;
    };
    const isNull = value === null;
    switch (operator) {
      case 'eq':
        return value === operand;
      case 'ne':
        return value !== operand;
      case 'in':
        return (operand as unknown[]).includes(value);
      case 'notIn':
        return !(operand as unknown[]).includes(value);
      case 'gt':
        return !isNull && compared() > 0;
      case 'gte':
        return !isNull && compared() >= 0;
      case 'lt':
        return !isNull && compared() < 0;
      case 'lte':
        return !isNull && compared() <= 0;
      case 'contains':
        return !isNull && text().includes((operand as string).toLowerCase());
      case 'startsWith':
        return !isNull && text().startsWith((operand as string).toLowerCase());
      case 'endsWith':
        return !isNull && text().endsWith((operand as string).toLowerCase());
      case 'isNull':
        return isNull === operand;
      case 'has':
        return list.includes(operand as string);
      case 'hasAny':
        return (operand as string[]).some((tag) => list.includes(tag));
      case 'hasAll':
        return (operand as string[]).every((tag) => list.includes(tag));
      case 'isEmpty':
        return (list.length === 0) === operand;
      default:
        throw new Error(operator);
    }
  }

  /** One or two operators at once. */
  const conditions = (operators: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Filter> =>
    fc
      .uniqueArray(fc.constantFrom(...Object.keys(operators)), { minLength: 1, maxLength: 2 })
      .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, operators[name]!]))));

  const oneOf = (values: readonly string[]) => fc.constantFrom(...values);
  const someOf = (values: readonly string[]) => fc.uniqueArray(oneOf(values), { maxLength: 3 });
  const equality = (values: readonly string[]) => ({
    eq: oneOf(values),
    ne: oneOf(values),
    in: someOf(values),
    isNull: fc.boolean(),
  });
  const choice = (values: readonly string[]) => conditions({ ...equality(values), notIn: someOf(values) });
  const range = (values: readonly string[]) =>
    conditions({ ...equality(values), gt: oneOf(values), gte: oneOf(values), lt: oneOf(values), lte: oneOf(values) });
  const piece = fc.oneof(oneOf(words), oneOf(['', '%', '_', '\\', 'B', 'ö', 'É', '50']));
  const text = conditions({
    ...equality(words),
    notIn: someOf(words),
    contains: piece,
    startsWith: piece,
    endsWith: piece,
  });

  const oneField = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Filter> =>
    fc.oneof(...Object.entries(fields).map(([name, value]) => value.map((content): Filter => ({ [name]: content }))));

  /** Conditions, and what can be built of them with `and`, `or` and `not`. */
  const built = (leaf: fc.Arbitrary<Filter>, depth: number): fc.Arbitrary<Filter> => {
    if (depth === 0) return leaf;
    const part = built(leaf, depth - 1);
    const parts = fc.array(part, { minLength: 1, maxLength: 2 });
    return fc.oneof(
      { weight: 2, arbitrary: leaf },
      { weight: 1, arbitrary: fc.tuple(leaf, part).map(([one, not]) => ({ ...one, not })) },
      { weight: 1, arbitrary: parts.map((and) => ({ and })) },
      { weight: 1, arbitrary: parts.map((or) => ({ or })) },
      { weight: 1, arbitrary: part.map((not) => ({ not })) },
    );
  };

  /** Filters nested `depth` deep above relations, which themselves nest `inner` deep. */
  function customerFilters(employees: readonly string[], depth: number, inner: number): fc.Arbitrary<Filter> {
    const activity = built(
      oneField({
        title: text,
        activityType: choice(['CALL', 'NOTE', 'TASK', 'EMAIL']),
        isPinned: fc.boolean().map((eq) => ({ eq })),
        scheduledAt: range(moments),
      }),
      inner,
    );
    const quantified = fc.oneof(activity, fc.constant({}));
    const related = fc.oneof(
      quantified.map((some): Filter => ({ some })),
      quantified.map((none): Filter => ({ none })),
      fc.tuple(quantified, quantified).map(([some, none]): Filter => ({ some, none })),
    );
    const leaf = oneField({
      source: text,
      companyName: text,
      status: choice(statuses),
      customerType: choice(['INDIVIDUAL', 'BUSINESS']),
      rating: range(decimals),
      createdAt: range(moments),
      tags: conditions({ has: oneOf(tags), hasAny: someOf(tags), hasAll: someOf(tags), isEmpty: fc.boolean() }),
      assignedToId: choice(employees),
      assignedTo: built(oneField({ firstName: text }), inner),
      activities: related,
    });
    return built(leaf, depth);
  }

  test('part all rows among them, exactly as the specification says', async () => {
    const { tenant, models, employees } = await world();
    const names = models.map(({ name }) => name);
    const filters = fc.oneof(customerFilters(employees, 2, 0), customerFilters(employees, 1, 1));
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        const expected = models.filter((model) => holds(filter, model)).map(({ name }) => name);
        expect(await kept(tenant.owner, filter)).toEqual(expected);
        expect(await kept(tenant.owner, { not: filter })).toEqual(names.filter((name) => !expected.includes(name)));
      }),
      { numRuns: 250 },
    );
  }, 120_000);
});

describe('relations', () => {
  const timeline = async () => {
    const tenant = await newTenant();
    const [eve, ian] = [await tenant.employee({ firstName: 'Eve' }), await tenant.employee({ firstName: 'Ian' })];
    const ids = await addCustomers(tenant, {
      called: { assigned_to_id: eve },
      quiet: { assigned_to_id: ian },
      visited: {},
    });
    await insertRows('activities', [
      activityRow(tenant.id, { customer_id: ids.called, activity_type: 'CALL', assigned_to_id: eve }),
      activityRow(tenant.id, { customer_id: ids.called, activity_type: 'TASK', assigned_to_id: null }),
      activityRow(tenant.id, { customer_id: ids.visited, activity_type: 'MEETING', assigned_to_id: ian }),
    ]);
    return { tenant, eve, ian };
  };

  test('some and none quantify, {} stands for any', async () => {
    const { tenant, eve } = await timeline();
    const call = { activityType: { eq: 'CALL' } };
    const table: [Filter, string[]][] = [
      [{ some: {} }, ['called', 'visited']],
      [{ none: {} }, ['quiet']],
      [{ some: call }, ['called']],
      [{ none: call }, ['quiet', 'visited']],
      [{ some: {}, none: call }, ['visited']],
      [{ some: { activityType: { ne: 'CALL' } } }, ['called', 'visited']],
      [{ some: { and: [call, { activityType: { eq: 'TASK' } }] } }, []],
      [{ some: { assignedToId: { eq: eve } } }, ['called']],
      [{ some: { assignedToId: { isNull: true } } }, ['called']],
    ];
    for (const [activities, expected] of table)
      expect([activities, await kept(tenant.owner, { activities })]).toEqual([activities, expected]);
    expect(await kept(tenant.owner, { not: { activities: { some: {} } } })).toEqual(['quiet']);
  });

  test('a record without the related one does not match its properties', async () => {
    const { tenant } = await timeline();
    expect(await kept(tenant.owner, { assignedTo: { firstName: { eq: 'Eve' } } })).toEqual(['called']);
    expect(await kept(tenant.owner, { assignedTo: { firstName: { ne: 'Eve' } } })).toEqual(['quiet']);
    expect(await kept(tenant.owner, { not: { assignedTo: { firstName: { eq: 'Eve' } } } })).toEqual([
      'quiet',
      'visited',
    ]);
    expect(await kept(tenant.owner, { assignedTo: { managerId: { isNull: true } } })).toEqual(['called', 'quiet']);
  });

  test('need the read permission of the related resource, wherever they stand', async () => {
    const { tenant, eve } = await timeline();
    const viewer = (await tenant.member('Viewer')).as(tenant.id);
    const byTimeline = { activities: { some: {} } };
    const byEmployee = { assignedTo: { firstName: { eq: 'Eve' } } };
    expect(await kept(viewer, byTimeline)).toEqual(['called', 'visited']);
    expect(await kept(viewer, byEmployee)).toEqual(['called']);
    await strip(tenant.id, 'activity:read');
    await strip(tenant.id, 'employee:read');
    const wrapped = (filter: Filter) => [filter, { not: filter }, { or: [{ name: { eq: 'x' } }, filter] }];
    for (const [permission, filter] of [
      ['activity:read', byTimeline],
      ['employee:read', byEmployee],
    ] as const)
      for (const given of wrapped(filter))
        expect(await refusal(kept(viewer, given))).toMatchObject({
          code: 'FORBIDDEN',
          reason: 'MISSING_PERMISSION',
          permission,
        });
    expect(await kept(viewer, { assignedToId: { eq: eve } })).toEqual(['called']);
  });

  test('are refused at the place of a list below a record', async () => {
    const { tenant } = await timeline();
    const viewer = (await tenant.member('Viewer')).as(tenant.id);
    await strip(tenant.id, 'employee:read');
    const document = gql`
      {
        customers(first: 1, orderBy: [{ field: NAME }]) {
          nodes { name activities(filter: { assignedTo: { firstName: { eq: "Eve" } } }) { totalCount } }
        }
      }
    `;
    const { data, errors } = await partialAnswer(viewer.request(document));
    expect(data).toEqual({ customers: { nodes: [{ name: 'called', activities: null }] } });
    expect(errors).toMatchObject([
      { path: ['customers', 'nodes', 0, 'activities'], extensions: { code: 'FORBIDDEN', permission: 'employee:read' } },
    ]);
  });

  test('mine means the employee record of the caller', async () => {
    const tenant = await newTenant();
    const rep = await tenant.member('Sales Rep');
    const ghost = await tenant.member('Viewer');
    const [mine, other] = [await tenant.employee({ userId: rep.id }), await tenant.employee()];
    await addCustomers(tenant, { hers: { assigned_to_id: other }, his: { assigned_to_id: mine }, nobodys: {} });
    const asRep = rep.as(tenant.id);
    expect(await kept(asRep, { mine: true })).toEqual(['his']);
    expect(await kept(asRep, { mine: false })).toEqual(['hers', 'nobodys']);
    expect(await kept(asRep, { not: { mine: true } })).toEqual(['hers', 'nobodys']);
    const asGhost = ghost.as(tenant.id);
    expect(await kept(asGhost, { mine: true })).toEqual([]);
    expect(await kept(asGhost, { mine: false })).toEqual(['hers', 'his', 'nobodys']);
    expect(await kept(asGhost, { not: { mine: false } })).toEqual([]);
  });
});

describe('filters that are refused', () => {
  const nested = (times: number): Filter =>
    Array.from({ length: times }).reduce<Filter>((not) => ({ not }), { status: { eq: 'VIP' } });
  const conditions = (count: number): Filter => ({ or: Array.from({ length: count }, () => ({ name: { eq: 'x' } })) });
  const values = (count: number): Filter => ({ name: { in: Array.from({ length: count }, (_, n) => `name ${n}`) } });
  const byName = { name: { eq: 'x' } };

  test.each<[string, Filter]>([
    ['a null operand', { email: { eq: null } }],
    ['a null operand beside another one', { email: { ne: 'x', contains: null } }],
    ['a null list', { email: { in: null } }],
    ['a null isNull', { email: { isNull: null } }],
    ['a null field', { email: null }],
    ['a null mine', { mine: null }],
    ['a null relation', { assignedTo: null }],
    ['a null quantifier', { activities: { some: null } }],
    ['no quantifier', { activities: {} }],
    ['no operator', { email: {} }],
    ['no operator deep inside', { and: [byName, { not: { email: {} } }] }],
    ['an empty and', { and: [] }],
    ['an empty or', { or: [] }],
    ['an empty or inside not', { not: { or: [] } }],
    ['null and', { and: null }],
    ['{} inside and', { and: [byName, {}] }],
    ['{} inside or', { or: [{}, byName] }],
    ['{} inside not', { not: {} }],
    ['{} inside and of a relation', { activities: { some: { and: [{}] } } }],
    ['no operator inside a relation', { activities: { some: { title: {} } } }],
    ['501 values', values(501)],
    ['51 conditions', conditions(51)],
    ['6 levels of not', nested(6)],
    ['1,000 levels of not', nested(1000)],
    ['a relation in a to-one relation', { assignedTo: { manager: { firstName: { eq: 'Eve' } } } }],
    ['a relation in a to-many relation', { activities: { some: { customer: byName } } }],
    ['a relation in none', { activities: { none: { assignedTo: { firstName: { eq: 'Eve' } } } } }],
    [
      'a relation in or of a relation',
      { activities: { some: { or: [{ title: { eq: 'x' } }, { customer: byName }] } } },
    ],
  ])('%s', async (_title, filter) => {
    const { owner } = await newTenant();
    const told = await refusal(kept(owner, filter));
    expect(told).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'INVALID_FILTER' });
    for (const { path } of told.fields as { path: string }[]) expect(path).toMatch(/^filter/);
  });

  test('limits that are reached, but not passed, are fine', async () => {
    const { owner } = await newTenant();
    for (const filter of [values(500), conditions(50), nested(4)]) expect(await kept(owner, filter)).toEqual([]);
  });

  test('a malformed id', async () => {
    const { owner } = await newTenant();
    for (const filter of [{ id: { eq: '12' } }, { assignedToId: { in: [v7(), 'x'] } }, { not: { id: { ne: '' } } }])
      expect(await refusal(kept(owner, filter))).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'INVALID_ID' });
  });

  test('control characters in a text', async () => {
    const { owner } = await newTenant();
    for (const filter of [{ name: { eq: 'a\u0000' } }, { name: { in: ['a', '\u0000'] } }, { tags: { has: '\u0000' } }])
      expect(await refusal(kept(owner, filter))).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  test('several mistakes are told at once', async () => {
    const { owner } = await newTenant();
    const { fields } = await refusal(kept(owner, { email: {}, or: [], not: { name: { eq: null } } }));
    expect((fields as { path: string }[]).map(({ path }) => path).sort()).toEqual([
      'filter.email',
      'filter.not.name.eq',
      'filter.or',
    ]);
  });
});

describe('search', () => {
  test('looks into name, e-mail address, company and phone number, and nowhere else', async () => {
    const { owner } = await tenantWith({
      company: { company_name: 'Needle Works' },
      email: { email: 'needle@x.example' },
      'needle name': {},
      other: { city: 'Needle', source: 'needle', phone: '1234567', description: 'needle', tags: ['needle'] },
    });
    expect(await found(owner, 'NEEDLE')).toEqual(['company', 'email', 'needle name']);
    expect(await found(owner, '1234567')).toEqual(['other']);
  });

  test('does not find what only two fields together contain', async () => {
    const { owner } = await tenantWith({ one: { company_name: 'two' } });
    for (const search of ['onetwo', 'one two', 'etw']) expect(await found(owner, search)).toEqual([]);
    expect(await found(owner, 'wo')).toEqual(['one']);
  });

  test('takes signs literally', async () => {
    const { owner } = await tenantWith({ '50%_a off': {}, '50xya off': {}, 'back\\slash': {}, "o'neil": {} });
    expect(await found(owner, '50%_a')).toEqual(['50%_a off']);
    expect(await found(owner, '%')).toEqual(['50%_a off']);
    expect(await found(owner, '_')).toEqual(['50%_a off']);
    expect(await found(owner, '\\')).toEqual(['back\\slash']);
    expect(await found(owner, 'k\\s')).toEqual(['back\\slash']);
    expect(await found(owner, "O'N")).toEqual(["o'neil"]);
  });

  test('ignores case, also beyond ASCII, and spaces around', async () => {
    const { owner } = await tenantWith({ 'ÄPFEL und öl': {}, 'Émile 東京 😀': {} });
    for (const search of ['äpfel', 'ÄPFEL', 'Äpfel UND', '  ÖL  '])
      expect(await found(owner, search)).toEqual(['ÄPFEL und öl']);
    for (const search of ['émile', 'ÉMILE', '東', '😀', 'e 東京'])
      expect(await found(owner, search)).toEqual(['Émile 東京 😀']);
  });

  test('that is empty keeps every row', async () => {
    const { owner } = await tenantWith({ one: {}, two: {} });
    for (const search of ['', '   ', null, undefined]) expect(await found(owner, search)).toEqual(['one', 'two']);
  });

  test('has at most 200 characters', async () => {
    const { owner } = await newTenant();
    for (const search of ['x'.repeat(200), '😀'.repeat(200), `   ${'x'.repeat(200)}   `])
      expect(await found(owner, search)).toEqual([]);
    for (const search of ['x'.repeat(201), '😀'.repeat(201)]) {
      const told = await refusal(found(owner, search));
      expect(told).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'VALIDATION_FAILED' });
      expect(told.fields).toMatchObject([{ path: 'search', code: 'TOO_LONG' }]);
    }
    expect(await refusal(found(owner, 'a\u0000b'))).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  test('stands beside a filter, and does not leave the organization', async () => {
    const [tenant, foreign] = [await newTenant(), await newTenant()];
    await newCustomer(foreign.owner, { name: 'needle foreign' });
    await newCustomer(tenant.owner, { name: 'needle vip', status: 'VIP' });
    await newCustomer(tenant.owner, { name: 'needle' });
    expect(await namesOf(tenant.owner, { search: 'needle', filter: { status: { eq: 'VIP' } } })).toEqual([
      'needle vip',
    ]);
    expect(await found(tenant.owner, 'needle')).toEqual(['needle', 'needle vip']);
  });

  test('of a timeline looks into title, text and customer name', async () => {
    const tenant = await newTenant();
    const { id } = await newCustomer(tenant.owner);
    const row = (columns: Fields) =>
      activityRow(tenant.id, {
        customer_id: id,
        title: 'x',
        description: null,
        customer_name: null,
        email_subject: null,
        ...columns,
      });
    await insertRows('activities', [
      row({ title: 'Needle' }),
      row({ title: 'text', description: 'a needle' }),
      row({ title: 'customer', customer_name: 'NEEDLE Inc' }),
      row({ title: 'subject', email_subject: 'needle', activity_type: 'EMAIL' }),
    ]);
    const document = gql`
      query ($id: ID!) {
        customer(id: $id) { activities(search: "needle", orderBy: [{ field: TITLE }]) { nodes { title } } }
      }
    `;
    const { customer } = await tenant.owner.request<{ customer: { activities: { nodes: Fields[] } } }>(document, {
      id,
    });
    expect(customer.activities.nodes.map(({ title }) => title)).toEqual(['customer', 'Needle', 'text']);
  });
});
