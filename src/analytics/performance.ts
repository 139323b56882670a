import { Field, Float, Int, ObjectType } from 'type-graphql';
import { Customer } from '../crm/customers/customer.js';
import { Deal } from '../crm/deals/deal.js';
import { MoneyAggregate, moneyOf } from '../crm/deals/money.js';
import { Employee } from '../crm/employees/employee.js';
import { Lead } from '../crm/leads/lead.js';
import type { Viewer } from '../platform/auth/viewer.js';
import type { Class } from '../platform/class.js';
import { and, type Fragment, type Row, sql } from '../platform/database/sql.js';
import { conditionOf } from '../platform/reading/conditions.js';
import type { Reader } from '../platform/reading/reader.js';
import { recordOf } from '../platform/records/record.js';
import { percent } from './decimals.js';
import { moneyText, valuesOf } from './figures.js';
import { during, type RangeArgs, within } from './range.js';
import { filterFor } from './report-arguments.js';

@ObjectType({ simpleResolvers: true, description: 'Figures about the leads of an employee.' })
class LeadPerformance {
  @Field(() => Int, { description: 'Number of leads created in the range.' })
  total!: number;

  @Field(() => Int, { description: 'Number of these leads that have been converted.' })
  converted!: number;

  @Field(() => Float, {
    description: 'Conversion rate in percent: converted / total · 100, rounded to 2 decimals; 0 without leads.',
  })
  conversionRate!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Figures about the deals of an employee.' })
class DealPerformance {
  @Field(() => Int, { description: 'Number of deals created in the range.' })
  total!: number;

  @Field(() => Int, { description: 'Number of deals won in the range, by close date.' })
  won!: number;

  @Field(() => Int, { description: 'Number of deals lost in the range, by close date.' })
  lost!: number;

  @Field(() => Float, {
    description: 'Win rate in percent: won / (won + lost) · 100, rounded to 2 decimals; 0 without closed deals.',
  })
  winRate!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Money won, and still to be won, by an employee.' })
class RevenuePerformance {
  @Field(() => MoneyAggregate, { description: 'Total value of deals won in the range, by close date.' })
  won!: MoneyAggregate;

  @Field(() => MoneyAggregate, { description: 'Total value of the deals that are open now.' })
  pipeline!: MoneyAggregate;
}

/** Results of an employee, without the employee record. */
export interface Performance {
  customers: number;
  leads: LeadPerformance;
  deals: DealPerformance;
  revenue: RevenuePerformance;
}

@ObjectType({ simpleResolvers: true, description: 'Results of an employee, from the records assigned to them now.' })
export class EmployeePerformance implements Performance {
  @Field(() => Employee, { description: 'The employee who is measured.' })
  employee!: Employee;

  @Field(() => Int, { description: 'Number of customers assigned to the employee now.' })
  customers!: number;

  @Field(() => LeadPerformance, { description: 'Figures about leads.' })
  leads!: LeadPerformance;

  @Field(() => DealPerformance, { description: 'Figures about deals.' })
  deals!: DealPerformance;

  @Field(() => RevenuePerformance, { description: 'Money won, and still to be won.' })
  revenue!: RevenuePerformance;
}

/** Results by employee id, for all or the given employees, in one statement. Employees without results are left out. */
export async function performances(
  read: Reader,
  range: RangeArgs,
  employees?: readonly string[],
): Promise<Map<string, Performance>> {
  const { viewer } = read;
  const created = within(range, sql`t.created_at`, viewer);
  const closed = during(range, sql`t.actual_close_date`);
  const won = sql`t.status = 'WON' and ${closed}`;
  const open = sql`t.status = 'OPEN'`;
  const assigned = (type: Class): Fragment =>
    sql`
    from ${sql.ref(recordOf(type).table)} as t
    where ${and([
      sql`t.organization_id = ${viewer.organization!.id}::uuid`,
      conditionOf(recordOf(type), filterFor(type, range.filter), 't', viewer),
      employees ? sql`t.assigned_to_id = any(${employees}::uuid[])` : sql`t.assigned_to_id is not null`,
    ])}`;
  const rows = await read.query(sql`
    select t.assigned_to_id as employee, null as currency, count(*)::integer as customers,
      0 as leads, 0 as converted, 0 as deals, 0 as won, 0 as lost,
      null as revenue, 0 as revenue_count, null as pipeline, 0 as pipeline_count
    ${assigned(Customer)}
    group by 1
    union all
    select t.assigned_to_id, null, 0,
      count(*)::integer, (count(*) filter (where t.is_converted))::integer, 0, 0, 0,
      null, 0, null, 0
    ${assigned(Lead)}
      and ${created}
    group by 1
    union all
    select t.assigned_to_id, t.currency, 0,
      0, 0,
      (count(*) filter (where ${created}))::integer,
      (count(*) filter (where ${won}))::integer,
      (count(*) filter (where t.status = 'LOST' and ${closed}))::integer,
      ${moneyText(sql`t.value`, won)}, ${valuesOf(sql`t.value`, won)},
      ${moneyText(sql`t.value`, open)}, ${valuesOf(sql`t.value`, open)}
    ${assigned(Deal)}
    group by 1, 2`);
  const byEmployee = Map.groupBy(rows, ({ employee }) => employee as string);
  return new Map([...byEmployee].map(([id, parts]) => [id, performanceOf(parts, viewer)]));
}

/** Results from the rows of an employee, who may have none. */
function performanceOf(parts: Row[], viewer: Viewer): Performance {
  const sum = (name: string) => parts.reduce((total, row) => total + (row[name] as number), 0);
  const money = (name: string) =>
    moneyOf(
      Object.fromEntries(
        parts
          .filter((row) => row[name] !== null)
          .map((row) => [row.currency, { amount: row[name], rowCount: row[`${name}_count`] }]),
      ),
      viewer,
    );
  const [leads, converted, won, lost] = [sum('leads'), sum('converted'), sum('won'), sum('lost')];
  return {
    customers: sum('customers'),
    leads: { total: leads, converted, conversionRate: percent(converted, leads) },
    deals: { total: sum('deals'), won, lost, winRate: percent(won, won + lost) },
    revenue: { won: money('revenue'), pipeline: money('pipeline') },
  };
}

/** The results of an employee without any records. */
export const nothingYet = ({ viewer }: Reader): Performance => performanceOf([], viewer);

/** Whether any result is not zero. */
export const isSomething = ({ customers, leads, deals, revenue }: Performance): boolean =>
  customers + leads.total + deals.total + deals.won + deals.lost > 0 ||
  revenue.pipeline.amount !== '0.00' ||
  revenue.pipeline.otherCurrencies.length > 0;
