import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createActivity } from '../support/activities.js';
import { type Fields, newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { type ExploredSales, exploredSales, type Group, type Key } from '../support/explored-sales.js';
import { newDeal, newPipeline, send } from '../support/sales.js';
import { newTenant, type Tenant } from '../support/tenant.js';

let world: ExploredSales;
beforeAll(async () => {
  world = await exploredSales();
});

describe('groups are their lists', () => {
  const pointers: Record<string, string> = {
    STATUS: 'status',
    PRIORITY: 'priority',
    STAGE: 'stageId',
    ASSIGNED_TO: 'assignedToId',
    CUSTOMER: 'customerId',
    CURRENCY: 'currency',
    SOURCE: 'source',
    TAG: 'tags',
  };
  const fields = Object.keys(pointers);
  /** The condition that keeps the rows of a group. */
  function conditionOf({ field, value }: Key): string {
    const name = pointers[field]!;
    if (field === 'TAG') return `tags: ${value === null ? '{ isEmpty: true }' : `{ has: ${JSON.stringify(value)} }`}`;
    if (value === null) return `${name}: { isNull: true }`;
    const isEnum = field === 'STATUS' || field === 'PRIORITY';
    return `${name}: { eq: ${isEnum ? value : JSON.stringify(value)} }`;
  }
  const usualPeriods = { WEEK: 104, MONTH: 36, QUARTER: 12, YEAR: 5 };
  const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));
  let random: Tenant;

  beforeAll(async () => {
    random = await newTenant();
    const { id: pipelineId, stages: own } = await newPipeline(random.owner);
    const employees = [await random.employee(), await random.employee({ firstName: 'Bob' }), null];
    const customers = [
      await newCustomer(random.owner, { name: 'Kim' }),
      await newCustomer(random.owner, { name: 'Lou' }),
    ];
    const deals = fc.sample(
      fc.record({
        stage: fc.nat({ max: 3 }),
        priority: fc.constantFrom('LOW', 'HIGH', 'URGENT'),
        employee: fc.nat({ max: 2 }),
        customer: fc.nat({ max: 1 }),
        value: fc.option(fc.nat({ max: 1_000_000 })),
        currency: fc.constantFrom('USD', 'EUR'),
        source: fc.constantFrom('web', 'Web', 'a|b', '~', '=web', null),
        tags: fc.subarray(['a', 'A', '~', 'a|b', "it's"]),
        created: fc.nat({ max: 400 }),
        won: fc.boolean(),
      }),
      40,
    );
    for (const { stage, employee, customer, value, created, won, ...columns } of deals) {
      const { id } = await newDeal(random.owner, {
        pipelineId,
        stageId: own[stage]!.id,
        ...columns,
        assignedToId: employees[employee],
        customerId: customers[customer]!.id,
        value: value === null ? null : (value / 100).toFixed(2),
      });
      await sql('update deals set created_at = now() - make_interval(days => $2) where id = $1', [id, created]);
      if (won) await send(random.owner, 'markWon', { id });
    }
  });

  test('for any grouping, limit and filter', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...fields),
        fc.constantFrom(...fields, null),
        fc.option(fc.constantFrom('MONTH', 'QUARTER', 'YEAR', 'WEEK')),
        fc.option(fc.integer({ min: 1, max: 4 })),
        fc.constantFrom('{}', '{ value: { gte: "2000" } }', '{ status: { eq: OPEN } }'),
        fc.boolean(),
        async (field, other, unit, chosen, filter, fillGaps) => {
          const second = other === field ? null : other;
          const granularity = second ? null : unit;
          // More groups by date than a document may ask for, though the data has fewer categories than the limit.
          const limit = chosen ?? (granularity || second ? 9 : null);
          const date = granularity ? `, { field: CREATED_AT, granularity: ${granularity} }` : '';
          const limited = limit ? `, limit: ${limit}` : '';
          const filled = granularity && fillGaps ? ', fillGaps: true' : '';
          const also = second ? `, { field: ${second} }` : '';
          const args = `groupBy: [{ field: ${field} }${also}${date}], filter: ${filter}${limited}${filled}`;
          const categories = (limit ?? 50) + 1;
          const most = categories * (second ? categories : granularity ? usualPeriods[granularity] : 1);
          // As many rows as a document may ask for; groups with more are compared by their number alone.
          const first = clamp(Math.floor(8000 / most) - 7, 1, 100);
          const page = `(first: ${first}) { totalCount nodes { id value currency } }`;
          const { groups, total } = await world.explore<{
            groups: (Group & { rows: { totalCount: number; nodes: Fields[] }; sum: never })[];
            total: Fields;
          }>(
            args,
            `groups {
               keys { field value label startDate endDate } isOther count sum { value { amount } } rows${page}
             }
             total { count }`,
            random.owner,
          );
          const { deals } = await random.owner.request<{ deals: { totalCount: number } }>(
            `{ deals(filter: ${filter}) { totalCount } }`,
          );
          expect(total.count).toBe(deals.totalCount);
          if (field !== 'TAG' && second !== 'TAG') {
            expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(deals.totalCount);
            const ids = groups.flatMap(({ rows }) => rows.nodes.map(({ id }) => id));
            expect(new Set(ids).size).toBe(ids.length);
          }
          for (const { keys, isOther, count, sum, rows } of groups) {
            expect(rows.totalCount).toBe(count);
            const cents = rows.nodes
              .filter(({ currency }) => currency === 'USD')
              .reduce((all, { value }) => all + Number(value ?? 0) * 100, 0);
            if (rows.nodes.length === rows.totalCount)
              expect(Number((sum as { value: { amount: string } }).value.amount) * 100).toBeCloseTo(cents);
            if (isOther) continue;
            const bucket = keys.find(
              (key): key is Key & Record<'startDate' | 'endDate', string> =>
                'startDate' in key && key.field === 'CREATED_AT',
            );
            const one = keys
              .filter((key) => key !== bucket)
              .map(conditionOf)
              .join(', ');
            const days = bucket
              ? `, createdAt: { gte: "${bucket.startDate}T00:00:00Z", lte: "${bucket.endDate}T23:59:59.999Z" }`
              : '';
            const same = await random.owner.request<{ deals: { totalCount: number } }>(
              `{
                deals(filter: { and: [{ ${one}${days} }${filter === '{}' ? '' : `, ${filter}`}] }) {
                  totalCount
                }
              }`,
            );
            expect(same.deals.totalCount).toBe(count);
          }
        },
      ),
      { numRuns: 15 },
    );
  });
});

test('users whose membership has ended keep their names, in labels and in the order of the groups', async () => {
  const tenant = await newTenant();
  const { owner } = tenant;
  const members = [await tenant.member('Admin'), await tenant.member('Admin')];
  for (const [n, member] of members.entries()) {
    await sql('update users set first_name = $2, last_name = $3 where id = $1', [member.id, 'Kim', `Name ${9 - n}`]);
    await tenant.employee({ userId: member.id });
    await createActivity(member.as(tenant.id), { activityType: 'CALL', title: 'Call' });
    await owner.request('mutation ($id: ID!) { deactivateMembership(id: $id) { id } }', { id: member.membershipId });
  }
  const groups = async (query: string, field: string) => {
    const { explored } = await owner.request<{ explored: { groups: Group[] } }>(`{
      explored: ${query}(groupBy: [{ field: ${field} }], orderBy: { by: KEY, direction: ASC }) {
        groups { keys { value label } }
      }
    }`);
    return explored.groups.map(({ keys }) => keys[0]);
  };
  const kept = [
    { value: members[1]!.id, label: 'Kim Name 8' },
    { value: members[0]!.id, label: 'Kim Name 9' },
  ];
  expect(await groups('employeeAnalytics', 'USER')).toEqual([...kept, { value: owner.id, label: 'Pat Poe' }]);
  expect(await groups('activityAnalytics', 'CREATED_BY')).toEqual(kept);
});
