import { type GraphQLInputObjectType, type GraphQLResolveInfo, getNamedType } from 'graphql';
import { Args, ArgsType, Ctx, createParameterDecorator, Field, Info, Mutation, Resolver } from 'type-graphql';
import type { Class } from '../platform/class.js';
import type { Context } from '../platform/graphql/context.js';
import { coercionFaultsOf } from '../platform/graphql/rows.js';
import { takesRows } from '../platform/records/check.js';
import type { TenantRecord } from '../platform/records/tenant-record.js';
import { BulkMode, type Outcome } from './envelope.js';
import type { Row } from './rows.js';
import { type Act, mostRows, runRows } from './run.js';
import type { Touches } from './touches.js';

/** The rows as coerced by GraphQL; type-graphql passes copies to the resolver. */
const AsCoerced = createParameterDecorator(({ args }) => args.rows);

/** The bulk form of a mutation: the same action for each of up to 1,000 rows. */
export function bulkMutation(
  name: string,
  { type, result, row }: { type: new () => TenantRecord; result: Class; row: Class },
  description: string,
  act: Act,
  touches: Touches,
): Class {
  @ArgsType()
  class BulkArgs {
    @Field(() => [row], { description: `The rows of the call, 1 to ${mostRows.toLocaleString('en')}.` })
    rows!: Row[];

    @Field(() => BulkMode, {
      description: 'Treatment of rows that fail; by default none is written if one fails.',
      defaultValue: 'ATOMIC',
    })
    mode!: BulkMode;
  }

  @Resolver()
  class BulkResolver {
    @Mutation(() => result, { name, nullable: true, description })
    async inBulk(
      @Args(() => BulkArgs) { rows, mode }: BulkArgs,
      @AsCoerced coerced: object[],
      @Ctx() context: Context,
      @Info() info: GraphQLResolveInfo,
    ): Promise<Outcome> {
      const argument = info.parentType.getFields()[info.fieldName]!.args.find(takesRows)!;
      const rowType = getNamedType(argument.type) as GraphQLInputObjectType;
      return runRows(context, { type, rows, misfits: coerced.map(coercionFaultsOf), mode, rowType, act, touches });
    }
  }

  return BulkResolver;
}
