import type { GraphQLInterfaceType, GraphQLSchema } from 'graphql';
import { Field, ID, InterfaceType } from 'type-graphql';

/** Every record is one; those that no field leads to stay out of the schema. */
@InterfaceType('Node', {
  description: 'A record that `node` and `nodes` read by its id alone, whatever its type.',
  autoRegisterImplementations: false,
})
export abstract class Node {
  @Field(() => ID, { description: 'Id, UUIDv7.' })
  id!: string;
}

/** A record of any type as an answer has it. */
export interface TypedRow {
  id: string;
  __typename: string;
}

/** Told at once: type-graphql would tell the type with a promise, which graphql-jit takes for no type at all. */
export function tellTypesOfNodes(schema: GraphQLSchema): void {
  const node = schema.getType('Node') as GraphQLInterfaceType;
  node.resolveType = ({ __typename }: TypedRow) => __typename;
}
