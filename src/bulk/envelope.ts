import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Field, FieldResolver, ID, Info, Int, InterfaceType, ObjectType, Resolver, Root } from 'type-graphql';
import type { Class } from '../platform/class.js';
import type { CodedError } from '../platform/errors.js';
import type { Context } from '../platform/graphql/context.js';
import { Selection } from '../platform/reading/selection.js';
import { recordOf } from '../platform/records/record.js';
import { declareEnum } from '../platform/schema/enums.js';
import { ErrorCode, FieldErrorCode } from '../platform/schema/error-codes.js';

export const BulkMode = declareEnum('BulkMode', 'Behavior of a bulk call if rows fail.', {
  ATOMIC: 'If any row fails, nothing is written; every row still reports its own errors.',
  PER_ROW: 'Failing rows are skipped; the others are written.',
});
export type BulkMode = keyof typeof BulkMode;

const BulkStatus = declareEnum('BulkStatus', 'Outcome of a row of a bulk call.', {
  CREATED: 'A record was created.',
  UPDATED: 'A record was changed.',
  UNCHANGED: 'The record already had these values.',
  DELETED: 'A record was deleted.',
  FAILED: 'The row has errors.',
  NOT_ATTEMPTED: 'The row has no errors, but another row failed in mode ATOMIC.',
});
type BulkStatus = keyof typeof BulkStatus;

@ObjectType({ simpleResolvers: true, description: 'An error of a row of a bulk call.' })
export class BulkError {
  @Field(() => ErrorCode, { description: 'As `extensions.code` of the single mutation.' })
  code!: ErrorCode;

  @Field(() => String, { nullable: true, description: 'As `extensions.reason` of the single mutation.' })
  reason!: string | null;

  @Field(() => String, { description: 'Message in English.' })
  message!: string;

  @Field(() => String, { nullable: true, description: 'Path inside the row, e.g. `input.email`.' })
  path!: string | null;

  @Field(() => FieldErrorCode, { nullable: true, description: 'Error of the field at `path`.' })
  fieldCode!: FieldErrorCode | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Id of the record that already uses the value; null if another row of this call does.',
  })
  existingId!: string | null;

  @Field(() => Int, { nullable: true, description: 'Stored version, with VERSION_CONFLICT.' })
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

@ObjectType({ simpleResolvers: true, description: 'Numbers of rows of a bulk call by outcome.' })
class BulkSummary {
  @Field(() => Int, { description: 'Rows of the call.' })
  total!: number;

  @Field(() => Int, { description: 'Rows CREATED.' })
  created!: number;

  @Field(() => Int, { description: 'Rows UPDATED.' })
  updated!: number;

  @Field(() => Int, { description: 'Rows UNCHANGED.' })
  unchanged!: number;

  @Field(() => Int, { description: 'Rows DELETED.' })
  deleted!: number;

  @Field(() => Int, { description: 'Rows FAILED.' })
  failed!: number;

  @Field(() => Int, { description: 'Rows NOT_ATTEMPTED.' })
  notAttempted!: number;
}

export interface Outcome {
  mode: BulkMode;
  rows: RowOutcome[];
}

function summaryOf({ rows }: Outcome): BulkSummary {
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
  description: 'Outcome of a row of a bulk call, whatever its records.',
  autoRegisterImplementations: false,
})
abstract class BulkRow {
  @Field(() => Int, { description: 'Position in the call, from 0.' })
  index!: number;

  @Field(() => String, { nullable: true, description: "The caller's own reference of the row, as sent." })
  ref!: string | null;

  @Field(() => BulkStatus, { description: 'Outcome of the row.' })
  status!: BulkStatus;

  @Field(() => ID, { nullable: true, description: 'Id of the record, also of a deleted one.' })
  id!: string | null;

  @Field(() => [BulkError], { description: 'Errors of the row.' })
  errors!: BulkError[];
}

@InterfaceType({
  description: 'Result of a bulk call, whatever its records; the rows are in `results` of each type.',
  autoRegisterImplementations: false,
})
abstract class BulkResult {
  @Field(() => BulkMode, { description: 'The mode of the call.' })
  mode!: BulkMode;

  @Field(() => BulkSummary, { description: 'Numbers of rows by outcome.' })
  summary!: BulkSummary;
}

/** The result type of bulk calls about a record, and the resolvers of its fields. */
export function outcomeOf(record: Class): { type: Class; resolvers: Class[] } {
  const { name } = recordOf(record);

  @ObjectType(`${name}BulkRow`, { description: 'Outcome of a row of a bulk call.', implements: BulkRow })
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
      description: 'The record after the call, even if the row failed; null if there is none.',
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
    @FieldResolver(() => BulkSummary, { description: 'Numbers of rows by outcome.' })
    summary(@Root() outcome: Outcome): BulkSummary {
      return summaryOf(outcome);
    }

    @FieldResolver(() => [Row], { description: 'The rows in the order of the call.' })
    results(
      @Root() { rows }: Outcome,
      @Arg('status', () => [BulkStatus], { nullable: true, description: 'Only rows with these outcomes.' })
      wanted?: BulkStatus[] | null,
    ): RowOutcome[] {
      return wanted ? rows.filter(({ status }) => wanted.includes(status)) : rows;
    }
  }

  return { type: Result, resolvers: [RowFields, ResultFields] };
}
