import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  Mutation,
  ObjectType,
  Resolver,
  Root,
} from 'type-graphql';
import {
  BulkMode,
  BulkResult,
  BulkRow,
  BulkStatus,
  BulkSummary,
  errorsOf,
  type RowOutcome,
  summaryOf,
} from '../../bulk/envelope.js';
import type { Context } from '../../platform/graphql/context.js';
import { Selection } from '../../platform/reading/selection.js';
import { VersionedNode } from '../../platform/records/node.js';
import { JSONScalar } from '../../platform/schema/scalars.js';
import { recordFor } from '../change-fields.js';
import { ChangeSet } from '../change-set.js';
import { labelOf } from '../labels.js';
import { RecordType } from '../record-types.js';
import { mostUndone, undoDays } from '../undo-limits.js';
import type { FieldConflict } from './changed-record.js';
import { laterSets } from './later-sets.js';
import { undoChangeSet } from './undo.actions.js';
import type { UndoneRecord } from './undone-record.js';

@ArgsType()
class UndoArgs {
  @Field(() => ID, { description: 'Id of the change set to undo: `extensions.changeSetId` of an answer.' })
  id!: string;

  @Field(() => BulkMode, {
    description:
      'Treatment of records that cannot be undone; by default nothing is undone if one cannot. PER_ROW undoes all ' +
      'others, also notes about records that stay.',
    defaultValue: 'ATOMIC',
  })
  mode!: BulkMode;
}

@ObjectType({
  simpleResolvers: true,
  description:
    'A field in the way of the undo: it was changed again, cannot get its former value, or is at odds with the ' +
    'former values of others. `id` stands for the record.',
})
class UndoConflict {
  @Field(() => String, { description: 'Name of the field as in the API, e.g. `assignedToId`.' })
  field!: string;

  @Field(() => JSONScalar, {
    description: 'The value that the field had after the change set, as the API writes it.',
    nullable: true,
  })
  expected!: unknown;

  @Field(() => JSONScalar, { description: 'The value that the field has, as the API writes it.', nullable: true })
  found!: unknown;
}

interface Undone extends RowOutcome {
  recordType: RecordType;
  conflicts: readonly FieldConflict[];
}

@ObjectType('UndoRow', { description: 'Outcome of one record of `undoChangeSet`.', implements: BulkRow })
class UndoRow extends BulkRow {
  @Field(() => RecordType, { description: 'The type of the record.' })
  recordType!: RecordType;

  @Field(() => [UndoConflict], {
    description:
      'The fields in the way; `id` if the record is gone, or if others refer to it. Empty unless the row FAILED.',
  })
  conflicts!: UndoConflict[];
}

@ObjectType('UndoResult', { description: 'Result of `undoChangeSet`.', implements: BulkResult })
class UndoResult extends BulkResult {}

const shaped = ({ record, effect, error, conflicts }: UndoneRecord, index: number, isRefused: boolean): Undone => ({
  index,
  ref: null,
  id: record.id,
  recordType: record.type as RecordType,
  status: error ? 'FAILED' : isRefused ? 'NOT_ATTEMPTED' : effect,
  errors: error ? errorsOf(error) : [],
  conflicts,
});

@Resolver(() => UndoResult)
export class UndoResolver {
  @Mutation(() => UndoResult, {
    nullable: true,
    description:
      'Undoes a change set: deletes what it created, puts back what it deleted, and restores fields that nobody ' +
      `changed since. For ${undoDays} days, and for up to ${mostUndone.toLocaleString('en')} changes. Alone in its ` +
      'document.',
  })
  async undoChangeSet(@Args(() => UndoArgs) args: UndoArgs, @Ctx() context: Context) {
    const undone = await undoChangeSet(context, args);
    const isRefused = args.mode === 'ATOMIC' && undone.some(({ error }) => error);
    return { mode: args.mode, rows: undone.map((one, index) => shaped(one, index, isRefused)) };
  }

  @FieldResolver(() => BulkSummary, { description: 'Numbers of records, by outcome.' })
  summary(@Root() outcome: { rows: Undone[] }): BulkSummary {
    return summaryOf(outcome);
  }

  @FieldResolver(() => [UndoRow], { description: 'The outcomes of the records, in the order of their first changes.' })
  results(
    @Root() { rows }: { rows: Undone[] },
    @Arg('status', () => [BulkStatus], {
      nullable: true,
      description: 'Returns only records with one of these outcomes, e.g. `[FAILED]`.',
    })
    wanted?: BulkStatus[] | null,
  ): Undone[] {
    return wanted ? rows.filter(({ status }) => wanted.includes(status)) : rows;
  }
}

@Resolver(() => UndoRow)
export class UndoRowFields {
  @FieldResolver(() => VersionedNode, {
    nullable: true,
    description: 'The record after the undo; null if it is gone, or if the caller may not read it.',
  })
  record(@Root() { id }: Undone, @Ctx() context: Context, @Info() info: GraphQLResolveInfo) {
    return recordFor(context, id!, info);
  }
}

@Resolver(() => UndoConflict)
export class UndoConflictFields {
  @FieldResolver(() => String, {
    nullable: true,
    description: 'Present name of the record whose id `expected` is; null if it is gone, and for other values.',
  })
  expectedLabel(
    @Root() { refersTo, expected }: FieldConflict,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return labelOf(read, info, { record: refersTo, id: expected });
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Present name of the record whose id `found` is; null if it is gone, and for other values.',
  })
  foundLabel(@Root() { refersTo, found }: FieldConflict, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return labelOf(read, info, { record: refersTo, id: found });
  }

  @FieldResolver(() => ChangeSet, {
    nullable: true,
    description:
      'The latest change set that changed the field, deleted the record or the one to which the field referred, or ' +
      'gave its value to another record; if the undo cannot change that other record either, the change set ' +
      'that is in the way there. Null if the caller may not read it, or if no single change set is in the way.',
  })
  laterChangeSet(@Root() { obstacle }: FieldConflict, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.load(info, `${obstacle.recordId} ${obstacle.after} ${obstacle.column}`, (keys) =>
      laterSets(read, keys, Selection.of(info)),
    );
  }
}
