import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { Class } from '../class.js';
import type { Narrowing } from '../reading/reader.js';
import { listArgumentsOf } from '../records/list-arguments.js';
import { connectionOf, type ListArguments } from '../records/lists.js';
import type { Context } from './context.js';

interface NestedListOptions {
  /** Property of the listed records that refers to the owner. */
  by: string;
  description: string;
  narrowing?: Narrowing;
}

/** A resolver that adds to `owner` the list of the records that refer to it; one statement reads it for all owners. */
export function nestedList(
  owner: Class,
  name: string,
  record: Class,
  { by, description, narrowing }: NestedListOptions,
): Class {
  const List = listArgumentsOf(record);

  @Resolver(() => owner)
  class NestedList {
    // type-graphql finds the resolver of a field by the name of its method.
    @FieldResolver(() => connectionOf(record), { nullable: true, description })
    [name](
      @Root() { id }: { id: string },
      @Args(() => List) args: ListArguments,
      @Ctx() { read }: Context,
      @Info() info: GraphQLResolveInfo,
    ) {
      return read.children(record, by, id, args, info, narrowing);
    }
  }
  return NestedList;
}
