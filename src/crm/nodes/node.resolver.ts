import type { GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, ID, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../../platform/graphql/context.js';
import { readNodes } from '../../platform/reading/nodes.js';
import { type InputFault, Ruled } from '../../platform/records/inputs.js';
import { Node } from '../../platform/records/node.js';
import { type IdArguments, idArgs } from '../../platform/schema/arguments.js';
import { readableBy } from './readable.js';

const mostIds = 100;
const NodeId = idArgs('Id of the record.');

const tooMany = ({ ids }: NodesArgs): InputFault[] =>
  ids.length > mostIds ? [{ path: 'ids', code: 'TOO_LONG', message: `may have at most ${mostIds} ids` }] : [];

@ArgsType()
class NodesArgs {
  @Ruled(tooMany)
  @Field(() => [ID], { description: `Ids of the records, at most ${mostIds}.` })
  ids!: string[];
}

@Resolver()
export class NodeResolver {
  @Query(() => Node, {
    nullable: true,
    description:
      'One record by its id, whatever its type; ask for its fields with `... on Customer { … }`. Null for an unknown ' +
      'or foreign id, and for a record that the caller may not read.',
  })
  async node(
    @Args(() => NodeId) { id }: IdArguments,
    @Ctx() { read, viewer }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return (await readNodes(read, readableBy(viewer), [id], info))[0];
  }

  @Query(() => [Node], {
    nullable: 'itemsAndList',
    description: 'Finds records of any type by their ids, in the order of the ids; null where `node` gives null.',
  })
  nodes(@Args(() => NodesArgs) { ids }: NodesArgs, @Ctx() { read, viewer }: Context, @Info() info: GraphQLResolveInfo) {
    return readNodes(read, readableBy(viewer), ids, info);
  }
}
