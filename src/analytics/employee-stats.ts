import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, FieldResolver, Info, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { EmploymentType } from '../crm/employees/employee.enums.js';
import { Employee } from '../crm/employees/employee.js';
import { sql } from '../platform/database/sql.js';
import type { Context } from '../platform/graphql/context.js';
import { Projection } from '../platform/reading/projection.js';
import { Selection } from '../platform/reading/selection.js';
import { narrowingArgumentsOf } from '../platform/records/list-arguments.js';
import type { FilterArguments } from '../platform/records/lists.js';
import { count, countsBy, type Figures, figuresOf, listBy } from './figures.js';

@ObjectType({ simpleResolvers: true, description: 'The number of employees with one type of employment.' })
class EmploymentTypeCount {
  @Field(() => EmploymentType, { description: 'Type of employment that is counted.' })
  type!: EmploymentType;

  @Field(() => Int, { description: 'Number of employees with this type of employment.' })
  count!: number;
}

@ObjectType({ simpleResolvers: true, description: 'The number of employees of one department.' })
class DepartmentCount {
  @Field(() => String, { nullable: true, description: 'Name of the department; null for employees without one.' })
  department!: string | null;

  @Field(() => Int, { description: 'Number of employees that match, terminated ones included.' })
  count!: number;

  @Field(() => Int, { description: 'Of these, the number with status ACTIVE.' })
  active!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Counts of employees by status, type of employment and department.' })
class EmployeeStats {
  @Field(() => Int, { description: 'Number of employees that match.' })
  total!: number;

  @Field(() => Int, { description: 'Number of employees with status ACTIVE.' })
  active!: number;

  @Field(() => Int, { description: 'Number of employees with status INACTIVE.' })
  inactive!: number;

  @Field(() => Int, { description: 'Number of employees with status ON_LEAVE.' })
  onLeave!: number;

  @Field(() => Int, { description: 'Number of employees with status TERMINATED.' })
  terminated!: number;

  @Field(() => Int, { description: 'Number of employees with a user account.' })
  withAccount!: number;

  @Field(() => [EmploymentTypeCount], { description: 'One row per type in declaration order, zeros included.' })
  byEmploymentType!: EmploymentTypeCount[];

  /** The arguments of the list, for the fields that are resolved separately. */
  rows!: FilterArguments;
}

const figures: Figures = {
  total: count(),
  ...countsBy(sql`t.status`, {
    active: 'ACTIVE',
    inactive: 'INACTIVE',
    onLeave: 'ON_LEAVE',
    terminated: 'TERMINATED',
  }),
  withAccount: count(sql`t.user_id is not null`),
  byEmploymentType: listBy(sql`t.employment_type`, Object.values(EmploymentType), (type, number) => ({
    type,
    count: number,
  })),
};

const EmployeeStatsArgs = narrowingArgumentsOf(Employee);

@Resolver(() => EmployeeStats)
export class EmployeeStatsResolver {
  @Query(() => EmployeeStats, { nullable: true, description: 'Counts employees, all or those that match a filter.' })
  async employeeStats(
    @Args(() => EmployeeStatsArgs) rows: FilterArguments,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return { ...(await figuresOf(read, Employee, figures, Selection.of(info), rows)), rows };
  }

  @FieldResolver(() => [DepartmentCount], {
    nullable: true,
    description: 'One row per department in alphabetical order, employees without one last.',
  })
  async byDepartment(@Root() { rows }: EmployeeStats, @Ctx() { read, viewer }: Context): Promise<DepartmentCount[]> {
    const columns = new Projection(viewer);
    const department = columns.add(sql`t.department`);
    const order = columns.add(sql`row_number() over (order by t.department_sort, t.department)`);
    const size = columns.add(sql`count(*)::integer`);
    const active = columns.add(sql`(count(*) filter (where t.status = 'ACTIVE'))::integer`);
    const by = [sql`t.department, t.department_sort`];
    const found = await read.summary(Employee, { ...rows, by }, columns);
    return found
      .toSorted((a, b) => Number(order(a)) - Number(order(b)))
      .map((row) => ({
        department: department(row) as string | null,
        count: size(row) as number,
        active: active(row) as number,
      }));
  }
}
