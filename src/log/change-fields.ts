import type { GraphQLObjectType, GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { readableBy } from '../crm/nodes/readable.js';
import type { Context } from '../platform/graphql/context.js';
import { readNodes } from '../platform/reading/nodes.js';
import { VersionedNode } from '../platform/records/node.js';
import { recordOf } from '../platform/records/record.js';
import { Change } from './change.js';
import { FieldChange } from './field-change.js';
import { labelOf } from './labels.js';

@Resolver(() => FieldChange)
export class FieldChangeLabels {
  @FieldResolver(() => String, {
    nullable: true,
    description: 'Present name of the record whose id `before` is; null if the record is gone, and for other values.',
  })
  beforeLabel(@Root() { refersTo, before }: FieldChange, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return labelOf(read, info, { record: refersTo, id: before });
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Present name of the record whose id `after` is; null if the record is gone, and for other values.',
  })
  afterLabel(@Root() { refersTo, after }: FieldChange, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return labelOf(read, info, { record: refersTo, id: after });
  }
}

@Resolver(() => Change)
export class ChangeFields {
  @FieldResolver(() => VersionedNode, {
    nullable: true,
    description: 'The record as it is now; null if it is gone, or if the caller may not read it.',
  })
  record(@Root() { record }: { record: string }, @Ctx() context: Context, @Info() info: GraphQLResolveInfo) {
    return recordFor(context, record, info);
  }
}

/** A record of any type that has versions; null if the viewer may not read it. One load for all such fields. */
export const recordFor = ({ read, viewer }: Context, id: string, info: GraphQLResolveInfo) =>
  read.load(info, id, (ids) => readNodes(read, readableVersions(viewer, info), ids, info));

/** The records with versions that the viewer may read. */
const readableVersions = (viewer: Context['viewer'], { schema }: GraphQLResolveInfo) =>
  readableBy(viewer).filter(({ type }) => {
    const object = schema.getType(recordOf(type).name) as GraphQLObjectType;
    return object.getInterfaces().some(({ name }) => name === 'Record');
  });
