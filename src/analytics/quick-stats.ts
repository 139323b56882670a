import { Field, Int, ObjectType } from 'type-graphql';
import { Activity } from '../crm/activities/activity.js';
import { isOverdue } from '../crm/activities/overdue.js';
import { Customer } from '../crm/customers/customer.js';
import { Deal } from '../crm/deals/deal.js';
import { MoneyAggregate, moneyOf, sumByCurrency } from '../crm/deals/money.js';
import { Lead } from '../crm/leads/lead.js';
import type { Class } from '../platform/class.js';
import { type Fragment, sql } from '../platform/database/sql.js';
import { conditionOf } from '../platform/reading/conditions.js';
import { Projection } from '../platform/reading/projection.js';
import type { Reader } from '../platform/reading/reader.js';
import type { Selection } from '../platform/reading/selection.js';
import type { Filter } from '../platform/records/filters.js';
import { recordOf } from '../platform/records/record.js';
import { filterFor, inZone, ReportArguments, ZoneArgument } from './report-arguments.js';

@ReportArguments()
export class QuickStatsArgs {
  @ZoneArgument()
  timeZone?: string | null;

  filter?: Filter | null;
}

@ObjectType({
  simpleResolvers: true,
  description: "Figures about the caller's own records; zeros without an employee record.",
})
export class QuickStats {
  @Field(() => Int, { description: 'Number of customers assigned to the caller.' })
  myCustomers!: number;

  @Field(() => Int, { description: 'Number of leads assigned to the caller.' })
  myLeads!: number;

  @Field(() => Int, { description: 'Number of deals assigned to the caller.' })
  myDeals!: number;

  @Field(() => Int, { description: 'Number of open deals assigned to the caller.' })
  myOpenDeals!: number;

  @Field(() => MoneyAggregate, { description: 'Total value of won deals assigned to the caller.' })
  myRevenue!: MoneyAggregate;

  @Field(() => Int, { description: 'Number of overdue activities assigned to the caller.' })
  myOverdueActivities!: number;
}

const none = { myCustomers: 0, myLeads: 0, myDeals: 0, myOpenDeals: 0, myOverdueActivities: 0 };

/** Runs one statement with a subquery for each selected figure. */
export async function quickStats(
  reader: Reader,
  { timeZone, filter }: QuickStatsArgs,
  selection: Selection,
): Promise<object> {
  const read = await inZone(reader, timeZone);
  const { viewer } = read;
  const { id: organizationId, selfId } = viewer.organization!;
  if (!selfId) return { ...none, myRevenue: moneyOf(null, viewer) };
  const mine = (type: Class) =>
    sql`
      from ${sql.ref(recordOf(type).table)} as t
      where t.organization_id = ${organizationId}::uuid
        and t.assigned_to_id = ${selfId}::uuid
        and ${conditionOf(recordOf(type), filterFor(type, filter), 't', viewer)}`;
  const number = (rows: Fragment) => sql`(select count(*)::integer ${rows})`;
  const figures: Record<string, Fragment> = {
    myCustomers: number(mine(Customer)),
    myLeads: number(mine(Lead)),
    myDeals: number(mine(Deal)),
    myOpenDeals: number(sql`${mine(Deal)} and t.status = 'OPEN'`),
    myRevenue: sumByCurrency(sql`select t.currency, t.value ${mine(Deal)} and t.status = 'WON'`),
    myOverdueActivities: number(sql`${mine(Activity)} and ${isOverdue(sql`t`, viewer)}`),
  };
  const columns = new Projection(viewer);
  const cells = [...selection.names()]
    .filter((name) => figures[name])
    .map((name) => [name, columns.add(figures[name]!)] as const);
  if (columns.isEmpty) return {};
  const [row] = await read.query(sql`select ${columns.list}`);
  return Object.fromEntries(
    cells.map(([name, cell]) => [name, name === 'myRevenue' ? moneyOf(cell(row!), viewer) : cell(row!)]),
  );
}
