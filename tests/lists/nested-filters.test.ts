import { expect, test } from '@jest/globals';
import { activityRow, insertRows, newCustomer } from '../support/customers.js';
import { newDeal, pipelineById, send } from '../support/sales.js';
import { statementsOf } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

test('the stage history of deals is filtered and sorted, in one statement for all of them', async () => {
  const { owner } = await newTenant();
  const { stages } = await pipelineById(owner);
  const { id: customerId } = await newCustomer(owner);
  for (let n = 0; n < 3; n += 1) {
    const { id } = await newDeal(owner, { customerId });
    await send(owner, 'moveDealStage', { id, stageId: stages[1]!.id });
    await send(owner, 'markWon', { id });
  }
  const document = (args: string) => `{
    deals { nodes { stageHistory(${args}) { totalCount nodes { toStatus toStageName } } } }
  }`;
  type Answer = { deals: { nodes: { stageHistory: { totalCount: number; nodes: { toStageName: string }[] } }[] } };
  const histories = async (args: string) => {
    const { deals } = await owner.request<Answer>(document(args));
    return deals.nodes.map(({ stageHistory }) => stageHistory);
  };
  for (const { totalCount, nodes } of await histories('filter: { toStatus: { eq: WON } }')) {
    expect(totalCount).toBe(1);
    expect(nodes).toEqual([{ toStatus: 'WON', toStageName: 'Closed Won' }]);
  }
  const moved = `filter: { fromStageId: { isNull: false }, toStage: { name: { ne: "Closed Won" } } }`;
  for (const { totalCount } of await histories(moved)) expect(totalCount).toBe(1);
  const [ascending] = await histories('orderBy: [{ field: CHANGED_AT }]');
  const [descending] = await histories('orderBy: [{ field: CHANGED_AT, direction: DESC }]');
  expect(ascending!.nodes).toEqual([...descending!.nodes].reverse());
  // One for the deals, one for the entries and one for their totals.
  expect(await statementsOf(() => owner.request(document(moved)))).toHaveLength(3);
});

test('members of an organization include ended memberships when asked', async () => {
  const tenant = await newTenant();
  const { membershipId } = await tenant.member();
  await tenant.member();
  await tenant.owner.request(`mutation { deactivateMembership(id: "${membershipId}") { id } }`);
  const members = async (args: string) => {
    const document = `{ organization { members${args} { totalCount nodes { isActive } } } }`;
    const { organization } = await tenant.owner.request<{ organization: { members: { totalCount: number } } }>(
      document,
    );
    return organization.members.totalCount;
  };
  expect(await members('')).toBe(2);
  expect(await members('(includeInactive: true)')).toBe(3);
  expect(await members('(includeInactive: true, filter: { isActive: { eq: false } })')).toBe(1);
});

test('upcoming and overdue activities come in pages, with a count, in the order of the work lists', async () => {
  const tenant = await newTenant();
  const row = (title: string, columns: object) =>
    activityRow(tenant.id, { title, status: 'SCHEDULED', task_due_date: null, completed_at: null, ...columns });
  const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
  await insertRows('activities', [
    row('soon', { scheduled_at: at(1) }),
    row('later', { scheduled_at: at(48) }),
    row('missed', { scheduled_at: at(-5) }),
    { ...row('due', { scheduled_at: null }), activity_type: 'TASK', task_due_date: '2024-01-01' },
    row('whenever', { scheduled_at: null }),
    row('done', { scheduled_at: at(-5), status: 'COMPLETED', completed_at: at(-4) }),
  ]);
  const titles = async (args: string) => {
    const document = `{ activities(${args}) { totalCount nodes { title isUpcoming isOverdue } } }`;
    const { activities } = await tenant.owner.request<{
      activities: { totalCount: number; nodes: { title: string }[] };
    }>(document);
    return [activities.totalCount, ...activities.nodes.map(({ title }) => title)];
  };
  const upcoming = 'filter: { isUpcoming: { eq: true } }, orderBy: [{ field: SCHEDULED_AT }]';
  expect(await titles(upcoming)).toEqual([2, 'soon', 'later']);
  expect(await titles(`${upcoming}, page: 2, pageSize: 1`)).toEqual([2, 'later']);
  const overdue = 'filter: { isOverdue: { eq: true } }, orderBy: [{ field: OVERDUE_SINCE }]';
  expect(await titles(overdue)).toEqual([2, 'due', 'missed']);
  expect(await titles('filter: { overdueSince: { onDate: "2024-01-02" } }')).toEqual([1, 'due']);
  expect(await titles('filter: { overdueSince: { from: "2024-01-03" } }')).toEqual([1, 'missed']);
  expect(await titles('filter: { overdueSince: { isNull: true } }')).toHaveLength(5);
  expect(await titles('filter: { isUpcoming: { eq: false }, isOverdue: { eq: false } }')).toHaveLength(3);
  const lists = '{ upcomingActivities { title } overdueActivities { title } }';
  expect(await tenant.owner.request(lists)).toEqual({
    upcomingActivities: [{ title: 'soon' }, { title: 'later' }],
    overdueActivities: [{ title: 'due' }, { title: 'missed' }],
  });
});
