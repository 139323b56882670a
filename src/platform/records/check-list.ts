import type { Fault } from '../errors.js';
import { type Complain, checkFilter } from './check-filter.js';
import type { InputFault } from './inputs.js';
import { type ListArguments, usualRows } from './lists.js';
import { trimmed } from './text.js';

const mostRows = 100;
const deepest = 10_000;

/** Faults in the arguments of a list, each with the reason that stands for it when it is the only kind. */
export function checkList(args: ListArguments): InputFault[] {
  const faults: InputFault[] = [];
  const complain = (reason: string) => (path: string, code: Fault['code'], message: string) =>
    faults.push({ reason, path, code, message });
  checkWindow(args, complain('INVALID_PAGINATION'));
  checkOrder(args, complain('INVALID_ORDER'));
  if (args.filter) checkFilter(args.filter, complain('INVALID_FILTER'));
  if (args.search && [...trimmed(args.search)].length > 200)
    complain('VALIDATION_FAILED')('search', 'TOO_LONG', 'must have at most 200 characters');
  return faults;
}

function checkWindow(args: ListArguments, complain: Complain): void {
  const given = (name: keyof ListArguments) => args[name] != null;
  const exclude = (one: keyof ListArguments, others: (keyof ListArguments)[]) => {
    const clash = given(one) && others.find(given);
    if (clash) complain(one, 'NOT_ALLOWED', `cannot stand together with ${clash}`);
  };
  exclude('first', ['last', 'before']);
  exclude('last', ['after']);
  exclude('after', ['before']);
  exclude('page', ['first', 'after', 'last', 'before']);
  if (!given('page')) exclude('pageSize', ['first', 'after', 'last', 'before']);
  for (const name of ['first', 'last', 'pageSize'] as const)
    if (given(name) && (args[name]! < 1 || args[name]! > mostRows))
      complain(name, 'OUT_OF_RANGE', `must be from 1 to ${mostRows}`);
  if (given('page') && args.page! < 1) complain('page', 'OUT_OF_RANGE', 'must be at least 1');
  else if ((args.page ?? 1) * (args.pageSize ?? usualRows) > deepest)
    complain('page', 'OUT_OF_RANGE', `page × pageSize may be at most ${deepest}; go on with a cursor or a filter`);
}

function checkOrder({ orderBy }: ListArguments, complain: Complain): void {
  if (!orderBy) return;
  const fields = orderBy.map(({ field }) => field);
  if (fields.length > 5) complain('orderBy', 'TOO_LONG', 'may have at most 5 keys');
  if (new Set(fields).size < fields.length) complain('orderBy', 'INVALID', 'must not name a key twice');
}
