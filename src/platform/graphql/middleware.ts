import { getNamedType } from 'graphql';
import type { MiddlewareFn } from 'type-graphql';
import { written } from '../database/orm.js';
import { checkList } from '../lists/paging.js';
import { recordListedBy, recordNarrowedBy } from '../lists/types.js';
import { demandOf } from '../permissions/rules.js';
import { badInput, checkArguments } from '../records/check.js';
import { collisionOf, translated } from '../tenancy/acting.js';
import { closedRefused } from '../tenancy/closed.js';
import type { Context } from './context.js';
import { takesRows } from './rows.js';

/** Rights that an earlier mutation of the document has changed are asked again, before anything else of the next one. */
export const asRightsAre: MiddlewareFn<Context> = async ({ args, context, info }, next) => {
  const { em, rights, viewerOrError: viewer } = context;
  if (info.parentType === info.schema.getMutationType() && em && !(viewer instanceof Error))
    await rights.enter(em, viewer, demandOf(info.parentType.getFields()[info.fieldName]!, args));
  return next();
};

/** After the permission rule and before the resolver: all that is wrong with the arguments, in one error. */
export const checkInput: MiddlewareFn<Context> = ({ args, context, info }, next) => {
  const field = info.parentType.getFields()[info.fieldName]!;
  if (field.args.length === 0) return next();
  const isRoot = info.path.prev === undefined;
  // Paths of nested lists begin with their field, those of root fields with the argument, as
  // `input.createDeal.stageId`.
  const under = isRoot ? '' : info.fieldName;
  const name = `${info.parentType.name}.${info.fieldName}`;
  // Rows of a bulk call are checked one by one by what runs them: each is told its own faults.
  const checked = field.args.filter((argument) => !takesRows(argument));
  const { viewerOrError: viewer } = context;
  const general = checkArguments(name, checked, args, under, viewer instanceof Error ? null : viewer);
  const listed = recordListedBy(getNamedType(field.type).name) ?? recordNarrowedBy(name);
  const ofList = listed ? checkList(listed, args, under) : [];
  const faults = [...general, ...ofList];
  if (faults.length === 0) return next();
  throw badInput(faults);
};

/**
 * Each root mutation field is a savepoint: one that fails leaves nothing behind and its siblings stand. One that has no
 * siblings needs none: the document is taken back with it.
 */
export const inSavepoint: MiddlewareFn<Context> = async ({ context, info }, next) => {
  if (info.parentType !== info.schema.getMutationType() || !context.em) return next();
  const document = context.em;
  try {
    if (context.isSingle) {
      const result = await next();
      await written(document);
      return result;
    }
    return await document.transactional(
      (em) => {
        context.em = em;
        return next();
      },
      { clear: true },
    );
  } catch (error) {
    context.collision ??= collisionOf(error);
    throw closedRefused(error) ?? translated(error);
  } finally {
    context.em = document;
  }
};
