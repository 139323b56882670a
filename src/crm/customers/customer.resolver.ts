import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Info, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../platform/graphql/context.js';
import { nestedList } from '../../platform/graphql/nested-list.js';
import { Selection } from '../../platform/reading/selection.js';
import { listArgumentsOf } from '../../platform/records/list-arguments.js';
import { connectionOf, type ListArguments } from '../../platform/records/lists.js';
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
import { type AssignArguments, assignArgs } from '../employees/assignment.js';
import { Employee } from '../employees/employee.js';
import {
  activateCustomer,
  assignCustomer,
  createCustomer,
  deactivateCustomer,
  deleteCustomer,
  updateCustomer,
} from './customer.actions.js';
import { CreateCustomerInput, UpdateCustomerInput } from './customer.inputs.js';
import { Customer } from './customer.js';

const CustomerList = listArgumentsOf(Customer);
const CustomerId = idArgs('Id of the customer.');
const CustomerVerb = verbArgs('Id of the customer.');
const CustomerAssignment = assignArgs('Id of the customer.');
const NewCustomer = inputArgs<CreateCustomerInput>(CreateCustomerInput, 'The customer to create.');
const CustomerChange = changeArgs<UpdateCustomerInput>('Id of the customer.', UpdateCustomerInput);

@Resolver()
export class CustomerResolver {
  @Query(() => connectionOf(Customer), { nullable: true, description: 'Lists the customers of the organization.' })
  customers(@Args(() => CustomerList) args: ListArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.connection(Customer, args, info);
  }

  @Query(() => Customer, { nullable: true, description: 'Finds a customer by id; null if there is none.' })
  customer(@Args(() => CustomerId) { id }: IdArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.byId(Customer, id, Selection.of(info));
  }

  @Mutation(() => Customer, { nullable: true, description: 'Creates a customer, a person or a company.' })
  async createCustomer(@Args(() => NewCustomer) { input }: { input: CreateCustomerInput }, @Ctx() { action }: Context) {
    return createCustomer(action, input);
  }

  @Mutation(() => Customer, { nullable: true, description: 'Changes fields of a customer.' })
  async updateCustomer(
    @Args(() => CustomerChange) args: ChangeArguments<UpdateCustomerInput>,
    @Ctx() { action }: Context,
  ) {
    return updateCustomer(action, args);
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description: 'Deletes a customer; deals, leads and activities are kept.',
  })
  async deleteCustomer(
    @Args(() => CustomerVerb) args: VerbArguments,
    @Ctx() { action }: Context,
  ): Promise<DeletePayload> {
    return deleteCustomer(action, args);
  }

  @Mutation(() => Customer, { nullable: true, description: 'Sets the status of a customer to ACTIVE.' })
  async activateCustomer(@Args(() => CustomerVerb) args: VerbArguments, @Ctx() { action }: Context) {
    return activateCustomer(action, args);
  }

  @Mutation(() => Customer, { nullable: true, description: 'Sets the status of a customer to INACTIVE.' })
  async deactivateCustomer(@Args(() => CustomerVerb) args: VerbArguments, @Ctx() { action }: Context) {
    return deactivateCustomer(action, args);
  }

  @Mutation(() => Customer, {
    nullable: true,
    description: 'Sets the employee who is responsible for a customer, or nobody.',
  })
  async assignCustomer(@Args(() => CustomerAssignment) args: AssignArguments, @Ctx() { action }: Context) {
    return assignCustomer(action, args);
  }
}

export const EmployeeCustomers = nestedList(Employee, 'customers', Customer, {
  by: 'assignedTo',
  description: 'Customers assigned to the employee.',
});
