import fc from 'fast-check';
import { v7 } from 'uuid';
import { activityRow, customerRow, type Fields, insertRows, type Sender } from './customers.js';
import { sql } from './database.js';
import { day, pipelineById, type Stage } from './sales.js';
import { newTenant, type Tenant } from './tenant.js';

/** Time zones without daylight saving time, and their offsets. */
export const zones: Record<string, string> = {
  UTC: '+00:00',
  'Pacific/Kiritimati': '+14:00',
  'Pacific/Honolulu': '-10:00',
};

const dayOffset = fc.integer({ min: -70, max: 40 });
const amount = fc.option(fc.integer({ min: 0, max: 99_999_999 }).map((cents) => (cents / 100).toFixed(2)));
const pick = <Value>(...values: Value[]) => fc.constantFrom(...values);

const anyDeal = fc.record({
  status: pick('OPEN', 'WON', 'LOST'),
  created: dayOffset,
  closed: dayOffset,
  expected: fc.option(dayOffset),
  stage: fc.nat(),
  value: amount,
  probability: fc.integer({ min: 0, max: 100 }),
  currency: pick('USD', 'EUR', 'JPY'),
  priority: pick('LOW', 'MEDIUM', 'HIGH', 'URGENT'),
  source: pick('WEBSITE', 'website', 'Fair', null),
  customer: fc.option(fc.nat()),
  assignee: fc.option(fc.nat()),
});
const anyLead = fc.record({
  qualification: pick('NEW', 'CONTACTED', 'QUALIFIED', 'UNQUALIFIED', 'CONVERTED', 'LOST'),
  source: pick('WEBSITE', 'REFERRAL', 'EVENT', 'OTHER'),
  score: fc.integer({ min: 0, max: 100 }),
  value: amount,
  created: dayOffset,
  assignee: fc.option(fc.nat()),
});
const anyCustomer = fc.record({
  status: pick('ACTIVE', 'INACTIVE', 'PROSPECT', 'VIP'),
  kind: pick('INDIVIDUAL', 'BUSINESS'),
  source: pick('WEBSITE', 'Fair', null),
  created: dayOffset,
  assignee: fc.option(fc.nat()),
});
const anyActivity = fc.record({
  kind: pick('CALL', 'EMAIL', 'TELEGRAM', 'MEETING', 'NOTE', 'TASK'),
  status: pick('SCHEDULED', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED'),
  scheduled: fc.option(dayOffset.filter((offset) => offset !== 0)),
  created: dayOffset,
  assignee: fc.option(fc.nat()),
});
export const anyWorld = fc.record({
  deals: fc.array(anyDeal, { maxLength: 25 }),
  leads: fc.array(anyLead, { maxLength: 15 }),
  customers: fc.array(anyCustomer, { maxLength: 10 }),
  activities: fc.array(anyActivity, { maxLength: 10 }),
  range: fc.tuple(dayOffset, dayOffset).map(([one, other]) => [Math.min(one, other), Math.max(one, other)]),
  filter: pick(
    '{}',
    '{ priority: { in: [HIGH, URGENT] } }',
    '{ value: { gte: "1000" } }',
    '{ not: { currency: { eq: "EUR" } } }',
    '{ source: { notIn: ["Fair", "website"] } }',
    '{ source: { eqIgnoreCase: "Website" } }',
    '{ createdAt: { from: "2020-01-01" }, lostReason: { isNull: true } }',
  ),
  /** Hour of all creation times, in UTC. */
  hour: pick('00', '12', '22'),
  zone: pick(...Object.keys(zones)),
  report: pick('all', 'owned', 'unowned', 'website', 'elsewhere'),
});
export type World = typeof anyWorld extends fc.Arbitrary<infer Value> ? Value : never;

export interface SalesTenant {
  tenant: Tenant;
  pipelineId: string;
  stages: Stage[];
  employees: string[];
  /** The owner, and members with roles that read sales. */
  callers: Sender[];
}

/** An organization with people and the standard pipeline, and nothing sold yet. */
export async function salesTenant(): Promise<SalesTenant> {
  const tenant = await newTenant();
  const members = await Promise.all(['Admin', 'Sales Manager', 'Viewer'].map((role) => tenant.member(role)));
  const { id: pipelineId, stages } = await pipelineById(tenant.owner);
  const employees = [await tenant.employee({ userId: members[1]!.id }), await tenant.employee()];
  return { tenant, pipelineId, stages, employees, callers: [tenant.owner, ...members] };
}

const among = <Value>(values: Value[], n: number | null): Value | null =>
  n === null || !values.length ? null : values[n % values.length]!;
export async function build(
  world: World,
  { tenant: { id }, pipelineId, stages, employees }: SalesTenant,
): Promise<void> {
  for (const table of ['activities', 'deal_stage_changes', 'deals', 'leads', 'customers'])
    await sql(`delete from ${table} where organization_id = $1`, [id]);
  const at = (offset: number) => `${day(offset)}T${world.hour}:00:00Z`;
  const common = (created: number) => ({
    id: v7(),
    organization_id: id,
    created_at: at(created),
    updated_at: at(created),
    tags: [],
  });
  const customers = world.customers.map(({ status, kind, source, created, assignee }) =>
    customerRow(id, {
      status,
      customer_type: kind,
      source,
      created_at: at(created),
      assigned_to_id: among(employees, assignee),
    }),
  );
  await insertRows('customers', customers);
  await insertRows(
    'leads',
    world.leads.map(({ qualification, source, score, value, created, assignee }, n) => ({
      ...common(created),
      code: `LEAD-${n}`,
      name: 'Lee Young',
      email: `${v7()}@leads.example`,
      qualification_status: qualification,
      is_converted: qualification === 'CONVERTED',
      converted_at: qualification === 'CONVERTED' ? at(created) : null,
      source,
      lead_score: score,
      estimated_value: value,
      assigned_to_id: among(employees, assignee),
    })),
  );
  const changes: Fields[] = [];
  await insertRows(
    'deals',
    world.deals.map((deal, n) => {
      const open = stages.filter(({ name }) => !name.startsWith('Closed'));
      const stage =
        deal.status === 'OPEN'
          ? among(open, deal.stage)!
          : stages.find(({ name }) => name === (deal.status === 'WON' ? 'Closed Won' : 'Closed Lost'))!;
      const probability = deal.status === 'OPEN' ? deal.probability : deal.status === 'WON' ? 100 : 0;
      const cents =
        deal.value === null ? null : (BigInt(deal.value.replace('.', '')) * BigInt(probability) + 50n) / 100n;
      const row = common(deal.created);
      // It began on another open stage, went on to its own if that is open, and was closed or not.
      const path = [among(open, deal.stage + 1)!, among(open, deal.stage)!, ...(deal.status === 'OPEN' ? [] : [stage])];
      for (const [step, on] of path.entries())
        changes.push({
          id: v7(),
          organization_id: id,
          deal_id: row.id,
          to_stage_id: on.id,
          to_stage_name: on.name,
          to_status: on === stage ? deal.status : 'OPEN',
          changed_at: `${day(deal.created)}T${world.hour}:1${step}:00Z`,
        });
      return {
        ...row,
        code: `DEAL-${n}`,
        title: 'A deal',
        status: deal.status,
        stage_id: stage.id,
        pipeline_id: pipelineId,
        value: deal.value,
        probability,
        expected_revenue: cents === null ? null : textOf(cents),
        currency: deal.currency,
        priority: deal.priority,
        source: deal.source,
        expected_close_date: deal.expected === null ? null : day(deal.expected),
        actual_close_date: deal.status === 'OPEN' ? null : day(deal.closed),
        customer_id: among(customers, deal.customer)?.id ?? null,
        assigned_to_id: among(employees, deal.assignee),
      };
    }),
  );
  await insertRows('deal_stage_changes', changes);
  await insertRows(
    'activities',
    world.activities.map(({ kind, status, scheduled, created, assignee }) =>
      activityRow(id, {
        activity_type: kind,
        status,
        completed_at: status === 'COMPLETED' ? at(created) : null,
        scheduled_at: scheduled === null ? null : at(scheduled),
        created_at: at(created),
        assigned_to_id: among(employees, assignee),
      }),
    ),
  );
}

export const textOf = (cents: bigint) => `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;
