import { Args, ArgsType, Ctx, Field, ID, Int, Mutation, Resolver } from 'type-graphql';
import { newOwner, newOwnerGiven } from '../crm/employees/assignment.js';
import type { Class } from '../platform/class.js';
import { sql } from '../platform/database/sql.js';
import { BadInput, Conflict, type Fault } from '../platform/errors.js';
import type { Context } from '../platform/graphql/context.js';
import { filterTypeOf } from '../platform/records/filters.js';
import type { InputRule } from '../platform/records/inputs.js';
import { listRule } from '../platform/records/list-arguments.js';
import type { ListArguments } from '../platform/records/lists.js';
import type { TenantRecord } from '../platform/records/tenant-record.js';
import type { ActionContext } from '../platform/tenancy/action-context.js';
import { BulkMode, type Outcome } from './envelope.js';
import type { Row } from './rows.js';
import { type Act, mostRows, runRows } from './run.js';
import type { Touches } from './touches.js';

interface WhereArguments {
  filter: NonNullable<ListArguments['filter']>;
  input?: object;
  employeeId?: string | null;
  expectedCount: number;
  mode: BulkMode;
}

/** The argument with what becomes of the records. */
interface Operand {
  name: 'input' | 'employeeId';
  type: () => Class | typeof ID;
  description: string;
  nullable?: boolean;
  /** A check of the call with the argument. */
  rule?: InputRule<WhereArguments>;
}

/** The new values of the records. */
export const newValues = (input: Class): Operand => ({
  name: 'input',
  type: () => input,
  description: 'The fields to change in every record.',
});

/** The employee who becomes responsible for the records. */
export const ownerOfAll: Operand = {
  name: 'employeeId',
  type: () => ID,
  description: newOwner.description,
  nullable: true,
  rule: newOwnerGiven,
};

interface Matching {
  record: new () => TenantRecord;
  result: Class;
  operand?: Operand;
  /** Replaces the locks on matching records, for records that must be locked later than others. */
  holdAll?: (context: ActionContext) => Promise<void>;
}

/** The bulk form of a mutation for all records that match a filter. The caller must give their number. */
export function whereMutation(
  name: string,
  { record, result, operand, holdAll }: Matching,
  description: string,
  act: Act,
  touches: Touches,
): Class {
  @ArgsType()
  class WhereArgs {
    @listRule
    @Field(() => filterTypeOf(record), {
      description: 'Selects the records to work on; it must have at least one condition.',
    })
    filter!: object;

    @Field(() => Int, {
      description:
        'Number of records that you expect to match (read it from `totalCount`), at most ' +
        `${mostRows.toLocaleString('en')}. If it differs, nothing is changed: CONFLICT \`COUNT_DIFFERS\` with ` +
        '`extensions.actualCount`.',
    })
    expectedCount!: number;

    @Field(() => BulkMode, {
      description: 'Treatment of rows that fail; by default none is written if one fails.',
      defaultValue: 'ATOMIC',
    })
    mode!: BulkMode;
  }
  if (operand) {
    const { name: argument, type, description, nullable } = operand;
    Field(type, { description, nullable })(WhereArgs.prototype, argument);
  }

  @Resolver()
  class WhereResolver {
    @Mutation(() => result, { name, nullable: true, description })
    async whereMatching(@Args(() => WhereArgs) args: WhereArguments, @Ctx() context: Context): Promise<Outcome> {
      await holdAll?.(context.action);
      const rows = await matching(context, record, args, { operand, locks: !holdAll });
      return rows.length
        ? runRows(context, { type: record, rows, mode: args.mode, act, touches })
        : { mode: args.mode, rows: [] };
    }
  }

  return WhereResolver;
}

async function matching(
  { read, viewer }: Context,
  record: Class,
  args: WhereArguments,
  { operand, locks }: { operand: Operand | undefined; locks: boolean },
): Promise<Row[]> {
  const { filter, input, employeeId, expectedCount } = args;
  const faults: Fault[] = [];
  if (expectedCount < 0 || expectedCount > mostRows)
    faults.push({ path: 'expectedCount', code: 'OUT_OF_RANGE', message: `must be 0 to ${mostRows}` });
  if (!hasCondition(filter))
    faults.push({ path: 'filter', code: 'REQUIRED', message: 'must have at least one condition' });
  faults.push(...(operand?.rule?.(args, viewer) ?? []));
  if (faults.length) throw new BadInput(faults);
  // Locks the records, so that they still match when they are changed.
  const ids = await read.query(sql`
    ${read.idsOf(record, { filter })}
    order by 1
    limit ${sql.raw(String(mostRows + 1))}
    ${sql.raw(locks ? 'for update of listed' : '')}`);
  if (ids.length !== expectedCount) {
    const actualCount = ids.length > mostRows ? await countOf(read, record, filter) : ids.length;
    const message = `The filter matches ${actualCount} records, not ${expectedCount}; nothing was done`;
    throw new Conflict('COUNT_DIFFERS', message, { actualCount });
  }
  return ids.map(({ id }) => ({ id: id as string, input, employeeId }));
}

async function countOf(read: Context['read'], record: Class, filter: WhereArguments['filter']): Promise<number> {
  const [row] = await read.query(sql`
    select count(*)::integer as count
    ${read.listed(record, { filter })}`);
  return row!.count as number;
}

/** Whether a filter has a condition. Validation already refuses empty groups inside it. */
const hasCondition = (filter: object): boolean => Object.values(filter).some((condition) => condition !== undefined);
