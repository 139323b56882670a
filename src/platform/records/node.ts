import type { GraphQLInterfaceType, GraphQLSchema, GraphQLUnionType } from 'graphql';
import { Field, ID, Int, InterfaceType } from 'type-graphql';
import { DateTimeScalar } from '../schema/scalars.js';

/** The interface of every record. Records that no field returns are not part of the schema. */
@InterfaceType('Node', {
  description: 'A record that `node` and `nodes` read by its id alone, whatever its type.',
  autoRegisterImplementations: false,
})
export abstract class Node {
  @Field(() => ID, { description: 'Unique id of the record, a UUIDv7.' })
  id!: string;
}

/** The interface of every record that changes and has versions. */
@InterfaceType('Record', {
  description: 'A record with a version, which changes send as `expectedVersion`.',
  implements: Node,
  autoRegisterImplementations: false,
})
export abstract class VersionedNode extends Node {
  @Field(() => Int, {
    description:
      'Number of the stored version, from 1; grows with every change. So a second change in the same document must ' +
      'not expect the version before the first.',
  })
  version!: number;

  @Field(() => DateTimeScalar, { description: 'When the record was created.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'Time of the last change of the record.' })
  updatedAt!: Date;
}

/** The row of a record of any type, with its type. */
export interface TypedRow {
  id: string;
  __typename: string;
}

/** Resolves types of rows synchronously. type-graphql returns a promise, which graphql-jit does not support. */
export function resolveRowTypes(schema: GraphQLSchema, names: readonly string[]): void {
  for (const name of names) {
    const type = schema.getType(name) as GraphQLInterfaceType | GraphQLUnionType;
    type.resolveType = ({ __typename }: TypedRow) => __typename;
  }
}
