import { beforeAll, describe, expect, test } from '@jest/globals';
import { type GraphQLInputObjectType, getNamedType, isEnumType, isInputObjectType } from 'graphql';
import { createActivity } from '../support/activities.js';
import { activityRow, insertRows, newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { addCustomers, type Filter, kept } from '../support/filtered-customers.js';
import { memberWith } from '../support/permissions.js';
import { newDeal, send } from '../support/sales.js';
import { schema } from '../support/schema.js';
import { refusal } from '../support/server.js';
import { newTenant, type Tenant } from '../support/tenant.js';

interface Names {
  nodes: { name: string; title: string; code: string }[];
}

async function names(tenant: Tenant, list: string): Promise<string[]> {
  const { found } = await tenant.owner.request<{ found: Names }>(`{ found: ${list} }`);
  return found.nodes.map(({ name, title, code }) => name ?? title ?? code);
}

describe('every sort key of a list', () => {
  const filterable = ([first, ...rest]: string[], type: GraphQLInputObjectType): boolean => {
    const field = type.getFields()[first!];
    const next = field && getNamedType(field.type);
    return Boolean(field && (!rest.length || (isInputObjectType(next) && filterable(rest, next))));
  };
  const lists = Object.values(schema.getTypeMap()).flatMap((type) => {
    const filter = schema.getType(type.name.replace(/OrderField$/, 'Filter'));
    return isEnumType(type) && type.name.endsWith('OrderField') && isInputObjectType(filter)
      ? [[type.name, type, filter] as const]
      : [];
  });

  test.each(lists)('%s has a filter, or says which one there is', (_, keys, filter) => {
    const lacking = keys.getValues().filter(({ name, description }) => {
      const field = name.toLowerCase().replace(/_./g, ([, letter]) => letter!.toUpperCase());
      const [, path = field] = /to filter by it, use `(.*?)`/.exec(description ?? '') ?? [];
      return !filterable(path.split('.'), filter);
    });
    expect(lacking.map(({ name }) => name)).toEqual([]);
  });

  test('is known for all records that lists have', () => {
    expect(lists.length).toBeGreaterThan(10);
  });
});

describe('customers, by what is computed of them', () => {
  let tenant: Tenant;
  beforeAll(async () => {
    tenant = await newTenant();
    const [big, small] = [
      await newCustomer(tenant.owner, { name: 'big' }),
      await newCustomer(tenant.owner, { name: 'small' }),
    ];
    await newCustomer(tenant.owner, { name: 'new' });
    const won = async (customerId: string, value: string, currency = 'USD') =>
      send(tenant.owner, 'markWon', { id: (await newDeal(tenant.owner, { customerId, value, currency })).id });
    await won(big.id, '100');
    await won(big.id, '50.5');
    await won(small.id, '70');
    await won(small.id, '900', 'EUR');
    for (const customerId of [big.id, small.id, small.id]) await newDeal(tenant.owner, { customerId, value: '5' });
    const call = (customer: string, completed: string) =>
      activityRow(tenant.id, { customer_id: customer, status: 'COMPLETED', completed_at: completed });
    await insertRows('activities', [
      { ...call(big.id, '2024-03-01T12:00:00Z'), activity_type: 'CALL' },
      { ...call(big.id, '2024-05-01T12:00:00Z'), activity_type: 'NOTE' },
      { ...call(small.id, '2024-04-01T12:00:00Z'), activity_type: 'MEETING' },
    ]);
  });

  test.each<[Filter, string[]]>([
    [{ totalValue: { eq: '150.50' } }, ['big']],
    [{ totalValue: { gte: 70 } }, ['big', 'small']],
    [{ totalValue: { notIn: ['0', '70.00'] } }, ['big']],
    [{ totalValue: { isNull: true } }, []],
    [{ openDealCount: { eq: 2 } }, ['small']],
    [{ openDealCount: { lt: 2 } }, ['big', 'new']],
    [{ lastContactAt: { lt: '2024-04-01T00:00:00Z' } }, ['big']],
    [{ lastContactAt: { onDate: '2024-04-01' } }, ['small']],
    [{ lastContactAt: { isNull: true } }, ['new']],
    [{ not: { lastContactAt: { from: '2024-03-02' } } }, ['big', 'new']],
    [{ deals: { some: { customer: { totalValue: { gt: 100 } } } } }, []],
  ])('%j', async (filter, expected) => {
    if (filter.deals) {
      expect(await refusal(kept(tenant.owner, filter))).toMatchObject({ reason: 'INVALID_FILTER' });
      return;
    }
    expect(await kept(tenant.owner, filter)).toEqual(expected);
  });

  test('a range that ends before it begins is refused', async () => {
    const filter = { createdAt: { from: '2026-11-28', to: '2026-11-01' } };
    expect(await refusal(kept(tenant.owner, filter))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'INVALID_FILTER',
      fields: [{ path: 'filter.createdAt.to', code: 'OUT_OF_RANGE' }],
    });
  });

  test('of a related record', async () => {
    const filter = '{ customer: { totalValue: { gt: 100 } }, status: { eq: WON } }';
    expect(await names(tenant, `deals(filter: ${filter}) { nodes { code } }`)).toHaveLength(2);
  });

  test.each([
    ['TOTAL_VALUE', ['big', 'small', 'new']],
    ['OPEN_DEAL_COUNT', ['small', 'big', 'new']],
    ['LAST_CONTACT_AT', ['small', 'big', 'new']],
  ])('in the order of %s, page by page', async (field, expected) => {
    const orderBy = `orderBy: [{ field: ${field}, direction: DESC }]`;
    expect(await names(tenant, `customers(${orderBy}) { nodes { name } }`)).toEqual(expected);
    const first = await tenant.owner.request<{ customers: { edges: { cursor: string }[] } }>(
      `{ customers(${orderBy}, first: 1) { edges { cursor } } }`,
    );
    const after = `after: "${first.customers.edges[0]!.cursor}"`;
    expect(await names(tenant, `customers(${orderBy}, ${after}) { nodes { name } }`)).toEqual(expected.slice(1));
  });

  test.each([
    ['totalValue: { gt: 1 }', 'TOTAL_VALUE', 'deal:read'],
    ['openDealCount: { gt: 1 }', 'OPEN_DEAL_COUNT', 'deal:read'],
    ['lastContactAt: { isNull: true }', 'LAST_CONTACT_AT', 'activity:read'],
  ])('{ %s } and %s need the permission of what they are computed from', async (condition, field, permission) => {
    const reader = (await memberWith(tenant, ['customer:read'])).as(tenant.id);
    for (const args of [`filter: { not: { ${condition} } }`, `orderBy: [{ field: ${field} }]`])
      expect(await refusal(reader.request(`{ customers(${args}) { nodes { id } } }`))).toMatchObject({
        code: 'FORBIDDEN',
        permission,
      });
  });
});

test('numbers are in the order of their digits', async () => {
  const tenant = await newTenant();
  await addCustomers(tenant, {
    'ten thousand': { code: 'CUST-10000' },
    'two thousand': { code: 'CUST-2000' },
    'nine thousand': { code: 'CUST-9999' },
  });
  expect(await names(tenant, 'customers(orderBy: [{ field: CODE }]) { nodes { name } }')).toEqual([
    'two thousand',
    'nine thousand',
    'ten thousand',
  ]);
});

test('deals by the reason of their loss, and by their days in the stage', async () => {
  const tenant = await newTenant();
  const { id: customerId } = await newCustomer(tenant.owner);
  const make = async (title: string) => (await newDeal(tenant.owner, { title, customerId })).id;
  const [lost, old] = [await make('lost'), await make('old'), await make('young')];
  await send(tenant.owner, 'markLost', { id: lost, lostReason: 'Too dear' });
  await sql(`update deal_stage_changes set changed_at = now() - interval '9 days 1 hour' where deal_id = $1`, [old]);
  const deals = (filter: string) =>
    names(tenant, `deals(filter: ${filter}, orderBy: [{ field: TITLE }]) { nodes { title } }`);
  expect(await deals('{ lostReason: { eqIgnoreCase: "too DEAR" } }')).toEqual(['lost']);
  expect(await deals('{ lostReason: { isNull: true } }')).toEqual(['old', 'young']);
  expect(await deals('{ daysInStage: { gte: 9 } }')).toEqual(['old']);
  expect(await deals('{ daysInStage: { isNull: true } }')).toEqual(['lost']);
  expect(await deals('{ daysInStage: { notIn: [9] } }')).toEqual(['lost', 'young']);
});

test('activities by whether they are overdue, in the order of due dates', async () => {
  const tenant = await newTenant();
  const task = (title: string, taskDueDate: string | null) =>
    createActivity(tenant.owner, { activityType: 'TASK', title, taskDueDate });
  for (const [title, due] of [
    ['late', '2024-02-01'],
    ['later', '2024-01-01'],
    ['never', null],
    ['some day', '2199-01-01'],
  ] as const)
    await task(title, due);
  const activities = (args: string) => names(tenant, `activities(${args}) { nodes { title } }`);
  const orderBy = 'orderBy: [{ field: TASK_DUE_DATE }]';
  expect(await activities(orderBy)).toEqual(['later', 'late', 'some day', 'never']);
  expect(await activities(`filter: { isOverdue: { eq: true } }, ${orderBy}`)).toEqual(['later', 'late']);
  expect(await activities(`filter: { isOverdue: { eq: false } }, ${orderBy}`)).toEqual(['some day', 'never']);
});
