import type { GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, FieldResolver, ID, Info, Mutation, Resolver, Root } from 'type-graphql';
import { column, sql } from '../../platform/database/sql.js';
import type { Context } from '../../platform/graphql/context.js';
import { connectionOf, type ListArguments, listArgumentsOf } from '../../platform/lists/types.js';
import type { Narrowing } from '../../platform/reading/reader.js';
import { Selection } from '../../platform/reading/selection.js';
import { compute } from '../../platform/records/record.js';
import { Customer } from '../customers/customer.js';
import { addCustomerNote } from './activity.actions.js';
import { AddCustomerNoteInput } from './activity.inputs.js';
import { Activity } from './activity.js';

const ActivityList = listArgumentsOf(Activity, 'title, description and customer name');

@ArgsType()
class NewCustomerNote {
  @Field(() => ID, { description: 'Id of the customer.' })
  customerId!: string;

  @Field(() => AddCustomerNoteInput, { description: 'The note.' })
  input!: AddCustomerNoteInput;
}

const notesOnly: Narrowing = (alias) => sql`${column(alias, 'activity_type')} = 'NOTE'`;

@Resolver()
export class ActivityResolver {
  @Mutation(() => Activity, {
    nullable: true,
    description: "Add a note to a customer's timeline. Needs customer:update or activity:create.",
  })
  async addCustomerNote(
    @Args(() => NewCustomerNote) { customerId, input }: NewCustomerNote,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const { id } = await addCustomerNote(context, customerId, input);
    return context.read.one(Activity, id, Selection.of(info));
  }
}

@Resolver(() => Customer)
export class CustomerTimeline {
  @FieldResolver(() => connectionOf(Activity), {
    nullable: true,
    description: 'Its timeline, notes included; needs activity:read.',
  })
  activities(
    @Root() { id }: Customer,
    @Args(() => ActivityList) args: ListArguments,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return read.children(Activity, 'customer', id, args, info);
  }

  @FieldResolver(() => connectionOf(Activity), {
    nullable: true,
    description: 'Its activities of type NOTE; needs activity:read.',
  })
  notes(
    @Root() { id }: Customer,
    @Args(() => ActivityList) args: ListArguments,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return read.children(Activity, 'customer', id, args, info, notesOnly);
  }
}

compute(Customer, {
  name: 'lastContactAt',
  kind: 'instant',
  nullable: true,
  description: 'Latest completed call, e-mail, telegram or meeting; needs activity:read.',
  sql: ({ table }) =>
    sql`(select max(a.completed_at) from activities a where a.organization_id = ${table}.organization_id and a.customer_id = ${table}.id and a.status = 'COMPLETED' and a.activity_type in ('CALL', 'EMAIL', 'TELEGRAM', 'MEETING'))`,
});
