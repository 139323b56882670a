import { type GraphQLResolveInfo, getNamedType, getNullableType, isListType, isObjectType } from 'graphql';
import type { MiddlewareFn } from 'type-graphql';
import type { Row } from '../database/sql.js';
import { demandOf } from '../permissions/rules.js';
import { Selection } from '../reading/selection.js';
import { badInput, checkArguments } from '../records/check.js';
import { recordNamed } from '../records/record.js';
import type { Context } from './context.js';

/** After the permission rule: checks it again if an earlier root field of the document has changed access. */
export const enforceCurrentRights: MiddlewareFn<Context> = ({ args, context, info }, next) => {
  const { run } = context;
  if (!run || info.parentType !== info.schema.getMutationType()) return next();
  return run.rights.enter(demandOf(info.parentType.getFields()[info.fieldName]!, args)).then(next);
};

/** After the permission rule and before the resolver: reports all faults in the arguments as one error. */
export const checkInput: MiddlewareFn<Context> = ({ args, context, info }, next) => {
  const field = info.parentType.getFields()[info.fieldName]!;
  if (field.args.length === 0) return next();
  const isRoot = info.path.prev === undefined;
  // Fault paths of a root field begin with the argument, e.g. `input.name`; those of a nested list with its field.
  const under = isRoot ? '' : info.fieldName;
  const { viewerOrError: viewer } = context;
  const faults = checkArguments(field.args, args, under, viewer instanceof Error ? null : viewer);
  if (faults.length === 0) return next();
  throw badInput(faults);
};

/** The same for a subscription, whose resolver gets its arguments before any middleware. */
export function checkSubscription(args: object, { viewer }: Context, { parentType, fieldName }: GraphQLResolveInfo) {
  const faults = checkArguments(parentType.getFields()[fieldName]!.args, args as Row, '', viewer);
  if (faults.length) throw badInput(faults);
}

/** A row that the resolver has already read; `readBack` returns it unchanged. */
export class ReadRow {
  constructor(readonly row: Row | null) {}
}

/** Reads the records that a mutation returns as a query would, after all of its writes. */
export const readBack: MiddlewareFn<Context> = ({ context, info }, next) => {
  if (info.parentType !== info.schema.getMutationType()) return next();
  return next().then((result: unknown) => (result instanceof ReadRow ? result.row : readAgain(context, info, result)));
};

async function readAgain(context: Context, info: GraphQLResolveInfo, result: unknown): Promise<unknown> {
  const type = getNamedType(info.returnType);
  const read = context.readBack();
  const selection = Selection.of(info);
  const record = recordNamed(type.name)?.type;
  if (record) return result && read.byId(record, (result as Identified).id, selection);
  // A payload with several records, such as a record and the one that it became.
  const parts = Object.entries(result ?? {}).flatMap(([name, part]) => {
    const field = isObjectType(type) ? type.getFields()[name] : undefined;
    const of = field && !isListType(getNullableType(field.type)) && recordNamed(getNamedType(field.type).name)?.type;
    return of && part ? [{ name, of, id: (part as Identified).id }] : [];
  });
  if (!parts.length) return result;
  const rows = await Promise.all(parts.map(({ name, of, id }) => read.byId(of, id, selection.at(name))));
  return { ...(result as object), ...Object.fromEntries(parts.map(({ name }, n) => [name, rows[n]])) };
}

interface Identified {
  id: string;
}
