import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, FieldResolver, Info, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { demandMembership } from '../../platform/auth/viewer.js';
import { sql } from '../../platform/database/sql.js';
import type { Context } from '../../platform/graphql/context.js';
import { nestedList } from '../../platform/graphql/nested-list.js';
import type { Referred } from '../../platform/reading/projection.js';
import { Selection } from '../../platform/reading/selection.js';
import { listArgumentsOf } from '../../platform/records/list-arguments.js';
import { connectionOf, type ListArguments } from '../../platform/records/lists.js';
import type { RecordRow } from '../../platform/records/record-row.js';
import {
  type ChangeArguments,
  changeArgs,
  type IdArguments,
  idArgs,
  inputArgs,
  type VerbArguments,
  verbArgs,
} from '../../platform/schema/arguments.js';
import { DeletePayload } from '../../platform/schema/deletion.js';
import { User } from '../users/user.js';
import { createEmployee, deleteEmployee, terminateEmployee, updateEmployee } from './employee.actions.js';
import { CreateEmployeeInput, TerminateEmployeeArgs, UpdateEmployeeInput } from './employee.inputs.js';
import { Employee } from './employee.js';

const EmployeeList = listArgumentsOf(Employee);
const EmployeeId = idArgs('Id of the employee.');
const EmployeeVerb = verbArgs('Id of the employee.');
const NewEmployee = inputArgs<CreateEmployeeInput>(CreateEmployeeInput, 'The employee to create.');
const EmployeeChange = changeArgs<UpdateEmployeeInput>('Id of the employee.', UpdateEmployeeInput);

@ObjectType({ simpleResolvers: true, description: 'A department with its number of employees.' })
class DepartmentSummary {
  @Field(() => String, { description: 'Name of the department, as entered.' })
  name!: string;

  @Field(() => Int, { description: 'Number of employees in the department, without terminated ones.' })
  count!: number;
}

@Resolver()
export class EmployeeResolver {
  @Query(() => connectionOf(Employee), { nullable: true, description: 'Lists the employees of the organization.' })
  employees(@Args(() => EmployeeList) args: ListArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.connection(Employee, args, info);
  }

  @Query(() => Employee, { nullable: true, description: 'Finds an employee by id; null if there is none.' })
  employee(@Args(() => EmployeeId) { id }: IdArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.byId(Employee, id, Selection.of(info));
  }

  @Query(() => [DepartmentSummary], {
    nullable: true,
    description: 'Lists the departments of employees, alphabetically.',
  })
  departments(@Ctx() { read, viewer }: Context) {
    return read.query(sql`
      select department as name, count(*)::integer as count
      from employees
      where organization_id = ${demandMembership(viewer).id}::uuid
        and department is not null
        and status <> 'TERMINATED'
      group by department
      order by folded(department) collate "und-x-icu", department`);
  }

  @Mutation(() => Employee, { nullable: true, description: 'Creates an employee.' })
  async createEmployee(@Args(() => NewEmployee) { input }: { input: CreateEmployeeInput }, @Ctx() { action }: Context) {
    return createEmployee(action, input);
  }

  @Mutation(() => Employee, {
    nullable: true,
    description: 'Changes fields of an employee.',
  })
  async updateEmployee(
    @Args(() => EmployeeChange) args: ChangeArguments<UpdateEmployeeInput>,
    @Ctx() { action }: Context,
  ) {
    return updateEmployee(action, args);
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description: 'Deletes an employee and ends the membership of the linked user.',
  })
  async deleteEmployee(
    @Args(() => EmployeeVerb) args: VerbArguments,
    @Ctx() { action }: Context,
  ): Promise<DeletePayload> {
    return deleteEmployee(action, args);
  }

  @Mutation(() => Employee, {
    nullable: true,
    description: 'Ends an employment, and with it the membership of the linked user.',
  })
  async terminateEmployee(@Args(() => TerminateEmployeeArgs) args: TerminateEmployeeArgs, @Ctx() { action }: Context) {
    return terminateEmployee(action, args);
  }
}

export const EmployeeReports = nestedList(Employee, 'directReports', Employee, {
  by: 'manager',
  description: 'Employees who have this employee as their manager.',
});

@Resolver(() => User)
export class UserEmployee {
  @FieldResolver(() => Employee, {
    nullable: true,
    description: "The user's employee record in the active organization.",
  })
  employee(
    @Root() { id, isSnapshot }: RecordRow<User> & Referred,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object | null> | null {
    if (isSnapshot) return null;
    return read.load(info, id, async (users) => {
      const found = await read.byKeys(Employee, 'userId', users, Selection.of(info));
      return users.map((user) => found.get(user)?.[0] ?? null);
    });
  }
}
