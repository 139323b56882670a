import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { Employee } from '../crm/employees/employee.js';
import type { Context } from '../platform/graphql/context.js';
import { Selection } from '../platform/reading/selection.js';
import type { RecordRow } from '../platform/records/record-row.js';
import { Dashboard, dashboard } from './dashboard.js';
import { DealVelocity, DealVelocityArgs, dealVelocity } from './deal-velocity.js';
import {
  EmployeePerformanceArgs,
  employeePerformance,
  TopPerformersArgs,
  topPerformers,
} from './employee-performance.js';
import { Forecast, ForecastArgs, forecast } from './forecast.js';
import { EmployeePerformance, nothingYet, performances } from './performance.js';
import { PipelineFunnel, PipelineFunnelArgs, pipelineFunnel } from './pipeline-funnel.js';
import { QuickStats, QuickStatsArgs, quickStats } from './quick-stats.js';
import { checkRange, RangeArgs } from './range.js';
import { inZone } from './report-arguments.js';
import { RevenueByPeriodArgs, RevenuePeriod, revenueByPeriod } from './revenue-by-period.js';
import { SalesFunnel, salesFunnel } from './sales-funnel.js';

@ObjectType({
  description: 'Reports on the active organization. Each is computed only when selected.',
})
class Analytics {}

@Resolver(() => Analytics)
export class AnalyticsResolver {
  @Query(() => Analytics, {
    nullable: true,
    description: 'Reports with fixed definitions: dashboard, funnels, revenue, forecast, performance.',
  })
  analytics(): Analytics {
    return {};
  }

  @FieldResolver(() => Dashboard, {
    nullable: true,
    description: 'Headline figures about customers, leads, deals and money.',
  })
  dashboard(@Args(() => RangeArgs) range: RangeArgs, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return dashboard(read, range, Selection.of(info));
  }

  @FieldResolver(() => SalesFunnel, {
    nullable: true,
    description: 'The way from lead to won deal, for leads and deals created in the range.',
  })
  salesFunnel(@Args(() => RangeArgs) range: RangeArgs, @Ctx() { read }: Context) {
    return salesFunnel(read, range);
  }

  @FieldResolver(() => PipelineFunnel, {
    nullable: true,
    description: 'Number and value of the deals that are on each stage of a pipeline now.',
  })
  pipelineFunnel(
    @Args(() => PipelineFunnelArgs) args: PipelineFunnelArgs,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object | null> {
    return pipelineFunnel(read, args, Selection.of(info));
  }

  @FieldResolver(() => [RevenuePeriod], {
    nullable: true,
    description: 'Revenue won per day, week, month, quarter or year, oldest first, empty periods included.',
  })
  revenueByPeriod(
    @Args(() => RevenueByPeriodArgs) args: RevenueByPeriodArgs,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return revenueByPeriod(read, args, Selection.of(info));
  }

  @FieldResolver(() => [EmployeePerformance], {
    nullable: true,
    description: 'Results of each employee, highest won revenue first.',
  })
  employeePerformance(
    @Args(() => EmployeePerformanceArgs) args: EmployeePerformanceArgs,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return employeePerformance(read, args, Selection.of(info));
  }

  @FieldResolver(() => [EmployeePerformance], {
    nullable: true,
    description: 'The best employees by a metric; ties are broken by revenue, then by name.',
  })
  topPerformers(
    @Args(() => TopPerformersArgs) args: TopPerformersArgs,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return topPerformers(read, args, Selection.of(info));
  }

  @FieldResolver(() => QuickStats, {
    nullable: true,
    description: "The caller's own figures; zeros without an employee record. Needs membership only.",
  })
  quickStats(
    @Args(() => QuickStatsArgs) args: QuickStatsArgs,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object> {
    return quickStats(read, args, Selection.of(info));
  }

  @FieldResolver(() => DealVelocity, {
    nullable: true,
    description: 'How long deals stay on each stage, and where they go, from the stage history.',
  })
  dealVelocity(
    @Args(() => DealVelocityArgs) args: DealVelocityArgs,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object | null> {
    return dealVelocity(read, args, Selection.of(info));
  }

  @FieldResolver(() => Forecast, {
    nullable: true,
    description: 'Open deals by the month in which they are expected to close.',
  })
  forecast(
    @Args(() => ForecastArgs) args: ForecastArgs,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object | null> {
    return forecast(read, args, Selection.of(info));
  }
}

@Resolver(() => Employee)
export class EmployeeResults {
  @FieldResolver(() => EmployeePerformance, {
    nullable: true,
    description: 'Results of the employee: customers, leads, deals and revenue.',
  })
  performance(
    @Root() employee: RecordRow<Employee>,
    @Args(() => RangeArgs) range: RangeArgs,
    @Ctx() { read: reader }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    checkRange(range, 'performance');
    return reader.load(info, employee.id, async (employees) => {
      const read = await inZone(reader, range.timeZone);
      const selection = Selection.of(info);
      const [found, records] = await Promise.all([
        performances(read, range, employees),
        selection.has('employee') ? read.byKeys(Employee, 'id', employees, selection.at('employee')) : null,
      ]);
      return employees.map((id) => ({ ...(found.get(id) ?? nothingYet(read)), employee: records?.get(id)?.[0] }));
    });
  }
}
