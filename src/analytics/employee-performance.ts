import { Employee } from '../crm/employees/employee.js';
import { and, type Row, sql } from '../platform/database/sql.js';
import type { Reader } from '../platform/reading/reader.js';
import { Selection } from '../platform/reading/selection.js';
import { Choice, Id, Int, Text } from '../platform/records/decorators.js';
import { declareEnum } from '../platform/schema/enums.js';
import { isSomething, nothingYet, type Performance, performances } from './performance.js';
import { checkRange, RangeArgs } from './range.js';
import { inZone, ReportArguments } from './report-arguments.js';

@ReportArguments()
export class EmployeePerformanceArgs extends RangeArgs {
  @Text({ description: 'Reports only on employees of this department.', max: 100 })
  department?: string | null;

  @Id({ description: 'Reports only on the employee with this id.' })
  employeeId?: string | null;
}

const PerformanceMetric = declareEnum('PerformanceMetric', 'A metric to rank employees by.', {
  REVENUE: 'Total value of won deals.',
  DEALS: 'Number of won deals.',
  WIN_RATE: 'Win rate, won / (won + lost); only employees with a closed deal.',
  LEADS_CONVERTED: 'Number of converted leads.',
});
type PerformanceMetric = keyof typeof PerformanceMetric;

@ReportArguments()
export class TopPerformersArgs extends RangeArgs {
  @Choice(PerformanceMetric, {
    description: 'The metric to rank the employees by.',
    default: 'REVENUE',
    required: true,
  })
  metric!: PerformanceMetric;

  @Int({ description: 'Greatest number of employees to return, 1–100.', min: 1, max: 100, default: 10 })
  limit?: number | null;
}

type Result = Performance & { employee: Row };

const sortedBy = Selection.from({
  status: Selection.from({}),
  firstName: Selection.from({}),
  lastName: Selection.from({}),
});

/** Employees by last and first name with their results, in two statements. TERMINATED ones only if they have any. */
async function results(
  reader: Reader,
  range: RangeArgs,
  selection: Selection,
  { department, employeeId }: Pick<EmployeePerformanceArgs, 'department' | 'employeeId'> = {},
): Promise<Result[]> {
  const read = await inZone(reader, range.timeZone);
  const [employees, found] = await Promise.all([
    read.all(Employee, selection.at('employee').with(sortedBy), {
      narrowing: () =>
        and([
          ...(department ? [sql`t.department = ${department}`] : []),
          ...(employeeId ? [sql`t.id = ${employeeId}::uuid`] : []),
        ]),
      order: sql`t.last_name_sort, t.first_name_sort, t.id`,
    }),
    performances(read, range, employeeId ? [employeeId] : undefined),
  ]);
  return employees
    .map((employee) => ({ employee, ...(found.get(employee.id as string) ?? nothingYet(read)) }))
    .filter((result) => result.employee.status !== 'TERMINATED' || isSomething(result));
}

const revenueOf = ({ revenue }: Performance) => BigInt(revenue.won.amount.replace('.', ''));

/** Compares for a descending order. */
const descending = (a: bigint | number, b: bigint | number) => (a > b ? -1 : a < b ? 1 : 0);
const byRevenue = (a: Performance, b: Performance) => descending(revenueOf(a), revenueOf(b));

export async function employeePerformance(
  read: Reader,
  { department, employeeId, ...range }: EmployeePerformanceArgs,
  selection: Selection,
): Promise<Result[]> {
  checkRange(range, 'employeePerformance');
  return (await results(read, range, selection, { department, employeeId })).sort(byRevenue);
}

const measures: Record<PerformanceMetric, (result: Performance) => bigint | number> = {
  REVENUE: revenueOf,
  DEALS: ({ deals }) => deals.won,
  WIN_RATE: ({ deals }) => deals.won / (deals.won + deals.lost),
  LEADS_CONVERTED: ({ leads }) => leads.converted,
};

export async function topPerformers(
  read: Reader,
  { metric, limit, ...range }: TopPerformersArgs,
  selection: Selection,
): Promise<Result[]> {
  checkRange(range, 'topPerformers');
  const measure = measures[metric];
  return (await results(read, range, selection))
    .filter(({ deals }) => metric !== 'WIN_RATE' || deals.won + deals.lost > 0)
    .sort((a, b) => descending(measure(a), measure(b)) || byRevenue(a, b))
    .slice(0, limit ?? 10);
}
