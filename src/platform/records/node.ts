import type { GraphQLInterfaceType, GraphQLSchema } from 'graphql';
import { Field, ID, InterfaceType } from 'type-graphql';

/** The interface of every record. Records that no field returns are not part of the schema. */
@InterfaceType('Node', {
  description: 'A record that `node` and `nodes` read by its id alone, whatever its type.',
  autoRegisterImplementations: false,
})
export abstract class Node {
  @Field(() => ID, { description: 'Unique id of the record, a UUIDv7.' })
  id!: string;
}

/** The row of a record of any type, with its type. */
export interface TypedRow {
  id: string;
  __typename: string;
}

/** Resolves the types of nodes synchronously. type-graphql returns a promise, which graphql-jit does not support. */
export function resolveNodeTypes(schema: GraphQLSchema): void {
  const node = schema.getType('Node') as GraphQLInterfaceType;
  node.resolveType = ({ __typename }: TypedRow) => __typename;
}
