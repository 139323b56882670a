import { Field, Int, ObjectType } from 'type-graphql';
import { Deal } from '../crm/deals/deal.js';
import { MoneyAggregate } from '../crm/deals/money.js';
import { demandMembership } from '../platform/auth/viewer.js';
import { sql } from '../platform/database/sql.js';
import { Projection } from '../platform/reading/projection.js';
import type { Reader } from '../platform/reading/reader.js';
import type { Selection } from '../platform/reading/selection.js';
import { Choice, Day, Int as IntProperty } from '../platform/records/decorators.js';
import type { Filter } from '../platform/records/filters.js';
import { DateScalar } from '../platform/schema/scalars.js';
import { todayIn } from '../platform/tenancy/today.js';
import { count, each, money } from './figures.js';
import { PeriodUnit, periodsBetween, periodsUpTo } from './periods.js';
import { checkRange, during } from './range.js';
import { filterFor, ReportArguments, ZoneArgument } from './report-arguments.js';

@ReportArguments()
export class RevenueByPeriodArgs {
  @Choice(PeriodUnit, { description: 'Length of the periods.', default: 'MONTH', required: true })
  period!: PeriodUnit;

  @IntProperty({
    description: 'Number of periods up to the last one, 1–366; ignored with `from`.',
    min: 1,
    max: 366,
    default: 12,
  })
  limit?: number | null;

  @Day({ description: 'First day to report on, where the first period begins. At most 366 periods are allowed.' })
  from?: string | null;

  @Day({
    description:
      'Last day to report on, default today. With `from`, the last period ends on it; otherwise contains it.',
  })
  to?: string | null;

  @ZoneArgument()
  timeZone?: string | null;

  filter?: Filter | null;
}

@ObjectType({ simpleResolvers: true, description: 'Revenue won in one period.' })
export class RevenuePeriod {
  @Field(() => String, {
    description: 'Name of the period in English: `Jan 06`, `Week of Jan 06`, `Jan 2025`, `Q1 2025` or `2025`.',
  })
  period!: string;

  @Field(() => DateScalar, { description: 'First day of the period.' })
  startDate!: string;

  @Field(() => DateScalar, { description: 'Last day of the period, inclusive; that of a running period lies ahead.' })
  endDate!: string;

  @Field(() => MoneyAggregate, { description: 'Total value of deals won with a close date in the period.' })
  revenue!: MoneyAggregate;

  @Field(() => Int, { description: 'Number of deals won in the period, in any currency.' })
  dealCount!: number;

  @Field(() => MoneyAggregate, { description: 'Mean value of the deals won in the period that have a value.' })
  averageDealValue!: MoneyAggregate;
}

/** Runs one statement, grouped by the calendar period of the close date, and fills in empty periods. */
export async function revenueByPeriod(read: Reader, args: RevenueByPeriodArgs, selection: Selection) {
  const { viewer } = read;
  const { period, from, limit } = args;
  const to = args.to ?? (await todayIn(read, args.timeZone ?? demandMembership(read.viewer).timeZone));
  checkRange({ from, to }, 'revenueByPeriod');
  const periods = from
    ? periodsBetween(period, from, to, 'revenueByPeriod.from')
    : periodsUpTo(period, to, limit ?? 12);
  const columns = new Projection(viewer);
  const start = sql`date_trunc(${period.toLowerCase()}, t.actual_close_date::timestamp)::date`;
  const startOf = columns.add(sql`${start}::text`);
  const answer = each({
    dealCount: count(),
    revenue: money(viewer, sql`t.value`),
    averageDealValue: money(viewer, sql`t.value`, undefined, 'avg'),
  })(columns, selection);
  const days = { from: periods[0]!.startDate, to: periods.at(-1)!.endDate };
  const groups = await read.summary(
    Deal,
    {
      filter: filterFor(Deal, args.filter),
      narrowing: () => sql`t.status = 'WON' and ${during(days, sql`t.actual_close_date`)}`,
      by: [sql`1`, sql`t.currency`],
    },
    columns,
  );
  const byStart = Map.groupBy(groups, startOf);
  return periods.map(({ key, label, startDate, endDate }) => ({
    period: label,
    startDate,
    endDate,
    ...answer(byStart.get(key) ?? []),
  }));
}
