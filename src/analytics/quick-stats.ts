import { Field, Int, ObjectType } from 'type-graphql';
import { isOverdue } from '../crm/activities/overdue.js';
import { MoneyAggregate, moneyOf, sumByCurrency } from '../crm/deals/money.js';
import { type Fragment, sql } from '../platform/database/sql.js';
import { Projection } from '../platform/reading/projection.js';
import type { Reader } from '../platform/reading/reader.js';
import type { Selection } from '../platform/reading/selection.js';

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
export async function quickStats(read: Reader, selection: Selection): Promise<object> {
  const { viewer } = read;
  const { id: organizationId, selfId } = viewer.organization!;
  if (!selfId) return { ...none, myRevenue: moneyOf(null, viewer) };
  const mine = (table: string) =>
    sql`
      from ${sql.ref(table)}
      where organization_id = ${organizationId}::uuid
        and assigned_to_id = ${selfId}::uuid`;
  const number = (rows: Fragment) => sql`(select count(*)::integer ${rows})`;
  const figures: Record<string, Fragment> = {
    myCustomers: number(mine('customers')),
    myLeads: number(mine('leads')),
    myDeals: number(mine('deals')),
    myOpenDeals: number(sql`${mine('deals')} and status = 'OPEN'`),
    myRevenue: sumByCurrency(sql`select currency, value ${mine('deals')} and status = 'WON'`),
    myOverdueActivities: number(sql`${mine('activities')} and ${isOverdue(sql`activities`, viewer)}`),
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
