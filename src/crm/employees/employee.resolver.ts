import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Query, Resolver, Root } from 'type-graphql';
import { type IdArguments, idArgs } from '../../platform/graphql/arguments.js';
import type { Context } from '../../platform/graphql/context.js';
import { connectionOf, type ListArguments, listArgumentsOf } from '../../platform/lists/types.js';
import { Selection } from '../../platform/reading/selection.js';
import { User } from '../users/user.js';
import { Employee } from './employee.js';

const EmployeeList = listArgumentsOf(Employee, 'first name, last name, e-mail address, department and job title');
const EmployeeId = idArgs('Id of the employee.');

@Resolver()
export class EmployeeResolver {
  @Query(() => connectionOf(Employee), { nullable: true, description: 'Employees. Needs employee:read.' })
  employees(@Args(() => EmployeeList) args: ListArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.connection(Employee, args, info);
  }

  @Query(() => Employee, { nullable: true, description: 'One employee. Needs employee:read.' })
  employee(@Args(() => EmployeeId) { id }: IdArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.one(Employee, id, Selection.of(info));
  }
}

@Resolver(() => Employee)
export class EmployeeReports {
  @FieldResolver(() => connectionOf(Employee), {
    nullable: true,
    description: 'Employees whose manager this is; needs employee:read.',
  })
  directReports(
    @Root() { id }: Employee,
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
  employee(@Root() { id }: User, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.load(info, id, async (users) => {
      const found = await read.byKeys(Employee, 'userId', users, Selection.of(info));
      return users.map((user) => found.get(user)?.[0] ?? null);
    });
  }
}
