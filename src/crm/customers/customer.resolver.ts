import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Info, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../platform/graphql/context.js';
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
import { createCustomer, deleteCustomer, setCustomerStatus, updateCustomer } from './customer.actions.js';
import { CreateCustomerInput, type CustomerChanges, UpdateCustomerInput } from './customer.inputs.js';
import { Customer } from './customer.js';

const CustomerList = listArgumentsOf(Customer, 'name, e-mail address and company');
const CustomerId = idArgs('Id of the customer.');
const CustomerVerb = verbArgs('Id of the customer.');
const NewCustomer = inputArgs<CustomerChanges>(CreateCustomerInput, 'The customer.');
const CustomerChange = changeArgs<CustomerChanges>('Id of the customer.', UpdateCustomerInput);

@Resolver()
export class CustomerResolver {
  @Query(() => connectionOf(Customer), { nullable: true, description: 'Customers. Needs customer:read.' })
  customers(@Args(() => CustomerList) args: ListArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.connection(Customer, args, info);
  }

  @Query(() => Customer, { nullable: true, description: 'One customer. Needs customer:read.' })
  customer(@Args(() => CustomerId) { id }: IdArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.one(Customer, id, Selection.of(info));
  }

  @Mutation(() => Customer, { nullable: true, description: 'Create a customer. Needs customer:create.' })
  async createCustomer(@Args(() => NewCustomer) { input }: { input: CustomerChanges }, @Ctx() { acting }: Context) {
    return createCustomer(acting, input);
  }

  @Mutation(() => Customer, { nullable: true, description: 'Change a customer. Needs customer:update.' })
  async updateCustomer(
    @Args(() => CustomerChange) { id, input, expectedVersion }: ChangeArguments<CustomerChanges>,
    @Ctx() { acting }: Context,
  ) {
    return updateCustomer(acting, id, input, expectedVersion);
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description: 'Delete a customer; deals and activities stay without it. Needs customer:delete.',
  })
  async deleteCustomer(
    @Args(() => CustomerVerb) { id, expectedVersion }: VerbArguments,
    @Ctx() { acting }: Context,
  ): Promise<DeletePayload> {
    await deleteCustomer(acting, id, expectedVersion);
    return { id };
  }

  @Mutation(() => Customer, { nullable: true, description: 'Set the status to ACTIVE. Needs customer:update.' })
  async activateCustomer(@Args(() => CustomerVerb) { id, expectedVersion }: VerbArguments, @Ctx() { acting }: Context) {
    return setCustomerStatus(acting, id, 'ACTIVE', expectedVersion);
  }

  @Mutation(() => Customer, { nullable: true, description: 'Set the status to INACTIVE. Needs customer:update.' })
  async deactivateCustomer(
    @Args(() => CustomerVerb) { id, expectedVersion }: VerbArguments,
    @Ctx() { acting }: Context,
  ) {
    return setCustomerStatus(acting, id, 'INACTIVE', expectedVersion);
  }
}
