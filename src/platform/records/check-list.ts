import type { Fault } from '../errors.js';
import { type ComplainAt, checkFilter } from './check-filter.js';
import type { InputFault } from './inputs.js';
import { type ListArguments, lastReachableRow, mostRows, usualRows } from './lists.js';
import { trimmed } from './text.js';

/** Faults in the arguments of a list. Each has a reason, which becomes the error's reason if all faults share it. */
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

function checkWindow(args: ListArguments, complain: ComplainAt): void {
  const isGiven = (name: keyof ListArguments) => args[name] != null;
  const exclude = (argument: keyof ListArguments, excluded: (keyof ListArguments)[]) => {
    const clash = isGiven(argument) && excluded.find(isGiven);
    if (clash) complain(argument, 'NOT_ALLOWED', `cannot be combined with ${clash}`);
  };
  exclude('first', ['last', 'before']);
  exclude('last', ['after']);
  exclude('after', ['before']);
  exclude('page', ['first', 'after', 'last', 'before']);
  if (!isGiven('page')) exclude('pageSize', ['first', 'after', 'last', 'before']);
  for (const name of ['first', 'last', 'pageSize'] as const)
    if (isGiven(name) && (args[name]! < 1 || args[name]! > mostRows))
      complain(name, 'OUT_OF_RANGE', `must be from 1 to ${mostRows}`);
  if (isGiven('page') && args.page! < 1) complain('page', 'OUT_OF_RANGE', 'must be at least 1');
  else if ((args.page ?? 1) * (args.pageSize ?? usualRows) > lastReachableRow)
    complain(
      'page',
      'OUT_OF_RANGE',
      `page × pageSize may be at most ${lastReachableRow}; go on with a cursor or a filter`,
    );
}

function checkOrder({ orderBy }: ListArguments, complain: ComplainAt): void {
  if (!orderBy) return;
  const fields = orderBy.map(({ field }) => field);
  if (fields.length > 5) complain('orderBy', 'TOO_LONG', 'may have at most 5 keys');
  if (new Set(fields).size < fields.length) complain('orderBy', 'INVALID', 'must not name a key twice');
}
