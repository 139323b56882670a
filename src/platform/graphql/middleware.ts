import { type GraphQLResolveInfo, getNamedType, getNullableType, isListType, isObjectType } from 'graphql';
import type { MiddlewareFn } from 'type-graphql';
import type { Class } from '../class.js';
import type { Row } from '../database/sql.js';
import { demandOf } from '../permissions/rules.js';
import { Selection } from '../reading/selection.js';
import { badInput, checkArguments } from '../records/check.js';
import { allRecords } from '../records/record.js';
import type { Context } from './context.js';
import { takesRows } from './rows.js';

/** After the permission rule: rights that an earlier mutation of the document has changed are asked again. */
export const asRightsAre: MiddlewareFn<Context> = ({ args, context, info }, next) => {
  const { run } = context;
  if (!run || info.parentType !== info.schema.getMutationType()) return next();
  return run.rights.enter(demandOf(info.parentType.getFields()[info.fieldName]!, args)).then(next);
};

/** After the permission rule and before the resolver: all that is wrong with the arguments, in one error. */
export const checkInput: MiddlewareFn<Context> = ({ args, context, info }, next) => {
  const field = info.parentType.getFields()[info.fieldName]!;
  if (field.args.length === 0) return next();
  const isRoot = info.path.prev === undefined;
  // Paths of nested lists begin with their field, those of root fields with the argument, as
  // `input.createDeal.stageId`.
  const under = isRoot ? '' : info.fieldName;
  // Rows of a bulk call are checked one by one by what runs them: each is told its own faults.
  const checked = field.args.filter((argument) => !takesRows(argument));
  const { viewerOrError: viewer } = context;
  const faults = checkArguments(checked, args, under, viewer instanceof Error ? null : viewer);
  if (faults.length === 0) return next();
  throw badInput(faults);
};

/** A row that is the answer already, and is not read again. */
export class Answered {
  constructor(readonly row: Row | null) {}
}

/** Records that a mutation answers are read as a query would read them, when all is written. */
export const readBack: MiddlewareFn<Context> = ({ context, info }, next) => {
  if (info.parentType !== info.schema.getMutationType()) return next();
  return next().then((result: unknown) => (result instanceof Answered ? result.row : readAgain(context, info, result)));
};

async function readAgain(context: Context, info: GraphQLResolveInfo, result: unknown): Promise<unknown> {
  const type = getNamedType(info.returnType);
  const read = context.readBack();
  const selection = Selection.of(info);
  const record = recordTypes().get(type.name);
  if (record) return result && read.one(record, (result as Identified).id, selection);
  // Several records at once, such as a lead with the customer that it became.
  const parts = Object.entries(result ?? {}).flatMap(([name, part]) => {
    const field = isObjectType(type) ? type.getFields()[name] : undefined;
    const of = field && !isListType(getNullableType(field.type)) && recordTypes().get(getNamedType(field.type).name);
    return of && part ? [{ name, of, id: (part as Identified).id }] : [];
  });
  if (!parts.length) return result;
  const rows = await Promise.all(parts.map(({ name, of, id }) => read.one(of, id, selection.at(name))));
  return { ...(result as object), ...Object.fromEntries(parts.map(({ name }, n) => [name, rows[n]])) };
}

interface Identified {
  id: string;
}

let typesByName: Map<string, Class> | undefined;

function recordTypes(): Map<string, Class> {
  typesByName ??= new Map(allRecords().map(({ name, type }) => [name, type]));
  return typesByName;
}
