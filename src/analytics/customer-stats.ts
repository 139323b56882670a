import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, FieldResolver, Info, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { Customer } from '../crm/customers/customer.js';
import { Deal } from '../crm/deals/deal.js';
import { MoneyAggregate } from '../crm/deals/money.js';
import type { Viewer } from '../platform/auth/viewer.js';
import { sql } from '../platform/database/sql.js';
import type { Context } from '../platform/graphql/context.js';
import { startOf } from '../platform/reading/conditions.js';
import { Selection } from '../platform/reading/selection.js';
import type { FilterArguments } from '../platform/records/lists.js';
import { count, countsBy, each, type Figures, figuresOf, money } from './figures.js';
import { dayOf } from './range.js';
import { inZone, type StatsArguments, statsArgumentsOf } from './report-arguments.js';

@ObjectType({ simpleResolvers: true, description: 'Numbers of customers, by type.' })
class CustomerTypeCounts {
  @Field(() => Int, { description: 'Number of INDIVIDUAL customers: persons.' })
  individual!: number;

  @Field(() => Int, { description: 'Number of BUSINESS customers: companies.' })
  business!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Numbers of customers, of all or of those that match a filter.' })
class CustomerStats {
  @Field(() => Int, { description: 'Number of all customers that match the filter.' })
  total!: number;

  @Field(() => Int, { description: 'Number of customers with status ACTIVE.' })
  active!: number;

  @Field(() => Int, { description: 'Number of customers with status INACTIVE.' })
  inactive!: number;

  @Field(() => Int, { description: 'Number of customers with status PROSPECT.' })
  prospect!: number;

  @Field(() => Int, { description: 'Number of customers with status VIP.' })
  vip!: number;

  @Field(() => CustomerTypeCounts, { description: 'Number of customers by type; the counts add up to `total`.' })
  byType!: CustomerTypeCounts;

  @Field(() => Int, {
    description: 'Number of customers created since the first of this month, in the time zone of the report.',
  })
  newThisMonth!: number;

  /** The arguments of the query, for the fields that are resolved separately. */
  rows!: FilterArguments;
  timeZone?: string | null;
}

const figures = (viewer: Viewer): Figures => ({
  total: count(),
  ...countsBy(sql`t.status`, { active: 'ACTIVE', inactive: 'INACTIVE', prospect: 'PROSPECT', vip: 'VIP' }),
  byType: each(countsBy(sql`t.customer_type`, { individual: 'INDIVIDUAL', business: 'BUSINESS' })),
  newThisMonth: count(
    sql`t.created_at >= ${startOf(sql`date_trunc('month', ${dayOf(sql`now()`, viewer)}::timestamp)`, viewer)}`,
  ),
});

const onlyRevenue = Selection.from({ revenue: Selection.from({}) });

const CustomerStatsArgs = statsArgumentsOf(Customer);

@Resolver(() => CustomerStats)
export class CustomerStatsResolver {
  @Query(() => CustomerStats, { nullable: true, description: 'Counts customers, all or those that match a filter.' })
  async customerStats(
    @Args(() => CustomerStatsArgs) { timeZone, ...rows }: StatsArguments,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const read = await inZone(context.read, timeZone);
    return { ...(await figuresOf(read, Customer, figures(read.viewer), Selection.of(info), rows)), rows, timeZone };
  }

  @FieldResolver(() => MoneyAggregate, {
    nullable: true,
    description: 'Total value of the won deals of these customers.',
  })
  async totalRevenue(@Root() { rows, timeZone }: CustomerStats, @Ctx() context: Context) {
    const read = await inZone(context.read, timeZone);
    const narrowing = () => sql`t.status = 'WON' and t.customer_id in (${read.idsOf(Customer, rows)})`;
    const { revenue } = await figuresOf(read, Deal, { revenue: money(read.viewer, sql`t.value`) }, onlyRevenue, {
      narrowing,
      by: [sql`t.currency`],
    });
    return revenue;
  }
}
