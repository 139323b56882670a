import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { activityRow, insertRows } from '../support/customers.js';
import { addCustomers, type Filter, kept } from '../support/filtered-customers.js';
import { strip } from '../support/permissions.js';
import { partialAnswer, refusal } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

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

  test('some, every and none quantify, {} stands for any', async () => {
    const { tenant, eve } = await timeline();
    const call = { activityType: { eq: 'CALL' } };
    const table: [Filter, string[]][] = [
      [{ some: {} }, ['called', 'visited']],
      [{ none: {} }, ['quiet']],
      [{ some: call }, ['called']],
      [{ none: call }, ['quiet', 'visited']],
      [{ some: {}, none: call }, ['visited']],
      [{ every: {} }, ['called', 'quiet', 'visited']],
      [{ every: call }, ['quiet']],
      [{ some: {}, every: { assignedToId: { isNull: false } } }, ['visited']],
      [{ every: { assignedToId: { ne: eve } } }, ['quiet', 'visited']],
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
    ['a relation in every', { activities: { every: { assignedTo: { firstName: { eq: 'Eve' } } } } }],
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
