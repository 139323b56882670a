import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Field, FieldResolver, ID, Info, Int, InterfaceType, ObjectType, Resolver, Root } from 'type-graphql';
import type { Class } from '../platform/class.js';
import type { CodedError } from '../platform/errors.js';
import type { Context } from '../platform/graphql/context.js';
import { Selection } from '../platform/reading/selection.js';
import { recordOf } from '../platform/records/record.js';
import { declareEnum } from '../platform/schema/enums.js';
import { ErrorCode, FieldErrorCode } from '../platform/schema/error-codes.js';

export const BulkMode = declareEnum('BulkMode', 'Treatment of rows that fail in a bulk call.', {
  ATOMIC:
    'All or nothing: if any row fails, nothing is written. Every row is still checked and its errors are reported.',
  PER_ROW: 'Writes the valid rows; skips those that fail.',
});
export type BulkMode = keyof typeof BulkMode;

export const BulkStatus = declareEnum('BulkStatus', 'Outcome of a row of a bulk call.', {
  CREATED: 'The row created a record.',
  UPDATED: 'The row changed a record.',
  UNCHANGED: 'Nothing was written: the record had these values already.',
  DELETED: 'The row deleted a record.',
  FAILED: 'Nothing was written: the row has errors.',
  NOT_ATTEMPTED: 'Nothing was written: the row is valid, but another one failed in mode ATOMIC.',
});
export type BulkStatus = keyof typeof BulkStatus;

@ObjectType({ simpleResolvers: true, description: 'An error in a row of a bulk call.' })
export class BulkError {
  @Field(() => ErrorCode, { description: 'Code that the single mutation would report in `extensions.code`.' })
  code!: ErrorCode;

  @Field(() => String, {
    nullable: true,
    description:
      'Reason that the single mutation would report in `extensions.reason`: a value of `ErrorReason`, as a text, ' +
      'since released fields keep their types.',
  })
  reason!: string | null;

  @Field(() => String, { description: 'Message for developers, in English.' })
  message!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Path of the faulty field inside the row, e.g. `input.email`; null if no field is at fault.',
  })
  path!: string | null;

  @Field(() => FieldErrorCode, { nullable: true, description: 'Fault of the field at `path`; null without one.' })
  fieldCode!: FieldErrorCode | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'Id of the record that is in the way; null without one, or if another row made it and it is taken back.',
  })
  existingId!: string | null;

  @Field(() => Int, { nullable: true, description: 'Version of the stored record, with VERSION_CONFLICT only.' })
  currentVersion!: number | null;
}

export interface RowOutcome {
  index: number;
  ref: string | null;
  status: BulkStatus;
  /** Id of the record; null if there is none. */
  id: string | null;
  errors: BulkError[];
}

@ObjectType({ simpleResolvers: true, description: 'Numbers of rows of a bulk call, by outcome.' })
export class BulkSummary {
  @Field(() => Int, { description: 'Number of rows in the call.' })
  total!: number;

  @Field(() => Int, { description: 'Number of rows with status CREATED.' })
  created!: number;

  @Field(() => Int, { description: 'Number of rows with status UPDATED.' })
  updated!: number;

  @Field(() => Int, { description: 'Number of rows with status UNCHANGED.' })
  unchanged!: number;

  @Field(() => Int, { description: 'Number of rows with status DELETED.' })
  deleted!: number;

  @Field(() => Int, { description: 'Number of rows with status FAILED.' })
  failed!: number;

  @Field(() => Int, { description: 'Number of rows with status NOT_ATTEMPTED.' })
  notAttempted!: number;
}

export interface Outcome {
  mode: BulkMode;
  rows: RowOutcome[];
}

export function summaryOf({ rows }: Pick<Outcome, 'rows'>): BulkSummary {
  const count = (wanted: BulkStatus) => rows.filter(({ status }) => status === wanted).length;
  return {
    total: rows.length,
    created: count('CREATED'),
    updated: count('UPDATED'),
    unchanged: count('UNCHANGED'),
    deleted: count('DELETED'),
    failed: count('FAILED'),
    notAttempted: count('NOT_ATTEMPTED'),
  };
}

/** The errors of a row, from the error of its action: one entry for each field at fault. */
export function errorsOf({ message, extensions, faults, parts }: CodedError): BulkError[] {
  const {
    code,
    reason = null,
    existingId = null,
    currentVersion = null,
  } = extensions as Partial<BulkError> & Pick<BulkError, 'code'>;
  const partAbout = (place: string) => parts.find((part) => part.faults.some(({ path }) => path === place));
  const error = { code, reason, message, path: null, fieldCode: null, existingId, currentVersion };
  if (!faults.length) return [error];
  return faults.map((fault) => ({
    ...error,
    message: fault.message,
    path: fault.path || null,
    fieldCode: fault.code,
    existingId: (partAbout(fault.path)?.extensions.existingId as string | undefined) ?? null,
  }));
}

@InterfaceType({
  description: 'Outcome of a row of a bulk call, whatever the type of its record.',
  autoRegisterImplementations: false,
})
export abstract class BulkRow {
  @Field(() => Int, { description: 'Position of the row in the call, from 0.' })
  index!: number;

  @Field(() => String, { nullable: true, description: 'Reference (`ref`) that was sent with the row.' })
  ref!: string | null;

  @Field(() => BulkStatus, { description: 'Outcome of the row.' })
  status!: BulkStatus;

  @Field(() => ID, { nullable: true, description: 'Id of the record, even if it was deleted; null without one.' })
  id!: string | null;

  @Field(() => [BulkError], { description: 'Errors of the row; empty unless it FAILED.' })
  errors!: BulkError[];
}

@InterfaceType({
  description: 'Result of a bulk call, whatever its records; each type has its rows in `results`.',
  autoRegisterImplementations: false,
})
export abstract class BulkResult {
  @Field(() => BulkMode, { description: 'The mode in which the call ran.' })
  mode!: BulkMode;

  @Field(() => BulkSummary, { description: 'Numbers of rows by outcome.' })
  summary!: BulkSummary;
}

/** The result type of bulk calls about a record, and the resolvers of its fields. */
export function outcomeOf(record: Class): { type: Class; resolvers: Class[] } {
  const { name } = recordOf(record);

  @ObjectType(`${name}BulkRow`, {
    description: `Outcome of a row of a bulk call about ${recordOf(record).plural}.`,
    implements: BulkRow,
  })
  class Row extends BulkRow {}

  @ObjectType(`${name}BulkResult`, {
    description: `Result of a bulk call about ${recordOf(record).plural}.`,
    implements: BulkResult,
  })
  class Result extends BulkResult {}

  @Resolver(() => Row)
  class RowFields {
    @FieldResolver(() => record, {
      nullable: true,
      description: 'The record after the call, even if the row failed; null without one.',
    })
    record(@Root() { id, status }: RowOutcome, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
      if (!id || status === 'DELETED') return null;
      return read.load(info, id, async (ids) => {
        const found = await read.byKeys(record, 'id', ids, Selection.of(info));
        return ids.map((id) => found.get(id)?.[0] ?? null);
      });
    }
  }

  @Resolver(() => Result)
  class ResultFields {
    @FieldResolver(() => BulkSummary, { description: 'Numbers of rows, by outcome.' })
    summary(@Root() outcome: Outcome): BulkSummary {
      return summaryOf(outcome);
    }

    @FieldResolver(() => [Row], { description: 'The outcomes of the rows, in the order of the call.' })
    results(
      @Root() { rows }: Outcome,
      @Arg('status', () => [BulkStatus], {
        nullable: true,
        description: 'Returns only rows with one of these outcomes, e.g. `[FAILED]`.',
      })
      wanted?: BulkStatus[] | null,
    ): RowOutcome[] {
      return wanted ? rows.filter(({ status }) => wanted.includes(status)) : rows;
    }
  }

  return { type: Result, resolvers: [RowFields, ResultFields] };
}
