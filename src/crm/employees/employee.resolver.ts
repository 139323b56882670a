import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, FieldResolver, Info, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { demandMembership } from '../../platform/auth/viewer.js';
import { sql } from '../../platform/database/sql.js';
import type { Context } from '../../platform/graphql/context.js';
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
const NewEmployee = inputArgs<CreateEmployeeInput>(CreateEmployeeInput, 'The employee.');
const EmployeeChange = changeArgs<UpdateEmployeeInput>('Id of the employee.', UpdateEmployeeInput);

@ObjectType({ simpleResolvers: true, description: 'A department in use.' })
class DepartmentSummary {
  @Field(() => String, { description: 'Name as entered, trimmed.' })
  name!: string;

  @Field(() => Int, { description: 'Employees in it who are not terminated.' })
  count!: number;
}

@Resolver()
export class EmployeeResolver {
  @Query(() => connectionOf(Employee), { nullable: true, description: 'Employees.' })
  employees(@Args(() => EmployeeList) args: ListArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.connection(Employee, args, info);
  }

  @Query(() => Employee, { nullable: true, description: 'One employee.' })
  employee(@Args(() => EmployeeId) { id }: IdArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.byId(Employee, id, Selection.of(info));
  }

  @Query(() => [DepartmentSummary], {
    nullable: true,
    description: 'Departments in use, alphabetically.',
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

  @Mutation(() => Employee, { nullable: true, description: 'Create an employee.' })
  async createEmployee(@Args(() => NewEmployee) { input }: { input: CreateEmployeeInput }, @Ctx() { action }: Context) {
    return createEmployee(action, input);
  }

  @Mutation(() => Employee, {
    nullable: true,
    description: 'Change an employee.',
  })
  async updateEmployee(
    @Args(() => EmployeeChange) args: ChangeArguments<UpdateEmployeeInput>,
    @Ctx() { action }: Context,
  ) {
    return updateEmployee(action, args);
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description: 'Delete an employee and end the linked membership.',
  })
  async deleteEmployee(
    @Args(() => EmployeeVerb) args: VerbArguments,
    @Ctx() { action }: Context,
  ): Promise<DeletePayload> {
    return deleteEmployee(action, args);
  }

  @Mutation(() => Employee, {
    nullable: true,
    description: 'End an employment and the access that comes with it.',
  })
  async terminateEmployee(@Args(() => TerminateEmployeeArgs) args: TerminateEmployeeArgs, @Ctx() { action }: Context) {
    return terminateEmployee(action, args);
  }
}

@Resolver(() => Employee)
export class EmployeeReports {
  @FieldResolver(() => connectionOf(Employee), {
    nullable: true,
    description: 'Employees whose manager this is.',
  })
  directReports(
    @Root() { id }: RecordRow<Employee>,
    @Args(() => EmployeeList) args: ListArguments,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return read.children(Employee, 'manager', id, args, info);
  }
}

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
