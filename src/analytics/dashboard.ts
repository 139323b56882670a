import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, FieldResolver, Float, Info, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { Activity } from '../crm/activities/activity.js';
import { Customer } from '../crm/customers/customer.js';
import { Deal } from '../crm/deals/deal.js';
import { MoneyAggregate } from '../crm/deals/money.js';
import { Lead } from '../crm/leads/lead.js';
import type { Viewer } from '../platform/auth/viewer.js';
import type { Class } from '../platform/class.js';
import { and, sql } from '../platform/database/sql.js';
import type { Context } from '../platform/graphql/context.js';
import { conditionOf } from '../platform/reading/conditions.js';
import type { Reader } from '../platform/reading/reader.js';
import { Selection } from '../platform/reading/selection.js';
import { Int as IntProperty } from '../platform/records/decorators.js';
import { Arguments } from '../platform/records/inputs.js';
import { recordOf } from '../platform/records/record.js';
import { today } from '../platform/tenancy/today.js';
import { daysBetween, plusDays } from './days.js';
import { count, each, type Figures, figuresOf, growthOf, money, rate } from './figures.js';
import { checkRange, during, type Range, type RangeArgs, within } from './range.js';
import { filterFor, inZone } from './report-arguments.js';

@Arguments()
class RecentArgs {
  @IntProperty({ description: 'Greatest number of activities to return, 1–50.', min: 1, max: 50, default: 6 })
  limit?: number | null;
}

@ObjectType({ simpleResolvers: true, description: 'Headline figures about customers.' })
class DashboardCustomers {
  @Field(() => Int, { description: 'Number of customers created in the range.' })
  total!: number;

  @Field(() => Int, { description: 'Number of these customers with status ACTIVE.' })
  active!: number;

  @Field(() => Float, {
    description:
      'Change in new customers against the preceding period of equal length, in percent: (n − p) / p · 100. Unless ' +
      'both ends are given, the period is the 30 days up to `to` or today. If p is 0: 100, or 0 if n is 0 as well.',
  })
  growth!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Headline figures about leads.' })
class DashboardLeads {
  @Field(() => Int, { description: 'Number of leads created in the range.' })
  total!: number;

  @Field(() => Int, { description: 'Number of these leads that are QUALIFIED or converted.' })
  qualified!: number;

  @Field(() => Int, { description: 'Number of these leads that have been converted.' })
  converted!: number;

  @Field(() => Float, {
    description: 'Conversion rate in percent: converted / total · 100, rounded to 2 decimals; 0 without leads.',
  })
  conversionRate!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Headline figures about deals.' })
class DashboardDeals {
  @Field(() => Int, { description: 'Number of deals created in the range.' })
  total!: number;

  @Field(() => Int, { description: 'Number of deals that are open now.' })
  active!: number;

  @Field(() => Int, { description: 'Number of deals won in the range, by close date.' })
  won!: number;

  @Field(() => Int, { description: 'Number of deals lost in the range, by close date.' })
  lost!: number;

  @Field(() => Float, {
    description: 'Win rate in percent: won / (won + lost) · 100, rounded to 2 decimals; 0 without closed deals.',
  })
  winRate!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Headline figures about money.' })
class DashboardRevenue {
  @Field(() => MoneyAggregate, { description: 'Total value of deals won in the range, by close date.' })
  total!: MoneyAggregate;

  @Field(() => MoneyAggregate, { description: 'Total value of the deals that are open now.' })
  pipelineValue!: MoneyAggregate;

  @Field(() => MoneyAggregate, { description: 'Sum of value · probability / 100 over the deals that are open now.' })
  expected!: MoneyAggregate;
}

@ObjectType({ simpleResolvers: true, description: 'The headline figures of the organization.' })
export class Dashboard {
  @Field(() => DashboardCustomers, { description: 'Headline figures about customers.' })
  customers!: DashboardCustomers;

  @Field(() => DashboardLeads, { description: 'Headline figures about leads.' })
  leads!: DashboardLeads;

  @Field(() => DashboardDeals, { description: 'Headline figures about deals.' })
  deals!: DashboardDeals;

  @Field(() => DashboardRevenue, { description: 'Headline figures about money.' })
  revenue!: DashboardRevenue;

  /** The arguments, for the fields that are resolved separately. */
  args!: RangeArgs;
}

const usualDays = 30;

/** The range whose new customers are compared, and the range of equal length before it. */
function compared({ from, to }: Range, viewer: Viewer): [now: Range, before: Range] {
  const last = to ?? today(viewer);
  const first = from && to ? from : plusDays(last, 1 - usualDays);
  const length = daysBetween(first, last) + 1;
  return [
    { from: first, to: last },
    { from: plusDays(first, -length), to: plusDays(first, -1) },
  ];
}

function customerFigures(range: Range, viewer: Viewer): Figures {
  const created = within(range, sql`t.created_at`, viewer);
  const [now, before] = compared(range, viewer).map((period) => within(period, sql`t.created_at`, viewer));
  return {
    total: count(created),
    active: count(sql`${created} and t.status = 'ACTIVE'`),
    growth: growthOf(count(now), count(before)),
  };
}

function leadFigures(range: Range, viewer: Viewer): Figures {
  const created = within(range, sql`t.created_at`, viewer);
  const converted = count(sql`${created} and t.is_converted`);
  return {
    total: count(created),
    qualified: count(sql`${created} and (t.is_converted or t.qualification_status = 'QUALIFIED')`),
    converted,
    conversionRate: rate(converted, count(created)),
  };
}

function dealFigures(range: Range, viewer: Viewer): Figures {
  const closed = during(range, sql`t.actual_close_date`);
  const [open, won, lost] = [
    sql`t.status = 'OPEN'`,
    sql`t.status = 'WON' and ${closed}`,
    sql`t.status = 'LOST' and ${closed}`,
  ];
  return {
    deals: each({
      total: count(within(range, sql`t.created_at`, viewer)),
      active: count(open),
      won: count(won),
      lost: count(lost),
      winRate: rate(count(won), count(sql`t.status <> 'OPEN' and ${closed}`)),
    }),
    revenue: each({
      total: money(viewer, sql`t.value`, won),
      pipelineValue: money(viewer, sql`t.value`, open),
      expected: money(viewer, sql`t.expected_revenue`, open),
    }),
  };
}

/** Runs one statement each for customers, leads and deals, if they are selected. */
export async function dashboard(reader: Reader, args: RangeArgs, selection: Selection) {
  checkRange(args, 'dashboard');
  const read = await inZone(reader, args.timeZone);
  const { viewer } = read;
  const rowsOf = (type: Class) => ({ filter: filterFor(type, args.filter) });
  const [customers, leads, deals] = await Promise.all([
    figuresOf(read, Customer, customerFigures(args, viewer), selection.at('customers'), rowsOf(Customer)),
    figuresOf(read, Lead, leadFigures(args, viewer), selection.at('leads'), rowsOf(Lead)),
    figuresOf(read, Deal, dealFigures(args, viewer), selection, { ...rowsOf(Deal), by: [sql`t.currency`] }),
  ]);
  return { customers, leads, ...deals, args };
}

@Resolver(() => Dashboard)
export class RecentActivities {
  @FieldResolver(() => [Activity], {
    nullable: true,
    description: 'Activities created in the range, newest first.',
  })
  recentActivities(
    @Root() { args }: Dashboard,
    @Args(() => RecentArgs) { limit }: RecentArgs,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return recentActivities(context.read, args, Selection.of(info), limit);
  }
}

async function recentActivities(reader: Reader, args: RangeArgs, selection: Selection, limit?: number | null) {
  const read = await inZone(reader, args.timeZone);
  const { viewer } = read;
  const matching = conditionOf(recordOf(Activity), filterFor(Activity, args.filter), 't', viewer);
  return read.all(Activity, selection, {
    narrowing: () => and([within(args, sql`t.created_at`, viewer), matching]),
    order: sql`t.created_at desc, t.id desc`,
    limit: limit ?? 6,
  });
}
