import type { Fault } from '../errors.js';
import { type Filter, isOperator } from './filters.js';

/** Reports a fault; `path` starts at the argument. */
export type ComplainAt = (path: string, code: Fault['code'], message: string) => void;

const mostConditions = 50;
const deepest = 5;
export const mostValues = 500;

/** Conditions on how many related records match. */
export const quantifiers = ['some', 'every', 'none'] as const;

const isQuantifier = (name: string) => quantifiers.some((quantifier) => quantifier === name);

const isObject = (value: unknown): value is Filter =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Checks a filter for empty parts, nulls and size; GraphQL has checked its names and types. */
export function checkFilter(filter: Filter, complain: ComplainAt): void {
  let conditions = 0;
  let tooDeep = false;

  const checkConditions = (content: Filter, path: string, depth: number, related: boolean): void => {
    if (depth > deepest) {
      tooDeep = true;
      return;
    }
    for (const [name, value] of Object.entries(content)) {
      const here = `${path}.${name}`;
      if (value === undefined) continue;
      if (value === null) complain(here, 'REQUIRED', 'must not be null; ask for missing values with isNull');
      else if (name === 'and' || name === 'or') {
        if ((value as Filter[]).length === 0) complain(here, 'REQUIRED', 'must not be empty');
        for (const [n, part] of (value as Filter[]).entries()) checkPart(part, `${here}.${n}`, depth + 1, related);
      } else if (name === 'not') checkPart(value as Filter, here, depth + 1, related);
      else if (!isObject(value)) conditions += 1;
      else if (Object.keys(value).some(isOperator) || Object.keys(value).length === 0) checkOperators(value, here);
      else checkRelation(value, here, depth, related);
    }
  };

  const checkPart = (part: Filter, path: string, depth: number, related: boolean): void => {
    if (Object.keys(part).length === 0) complain(path, 'REQUIRED', 'must not be empty');
    checkConditions(part, path, depth, related);
  };

  const checkOperators = (operands: Filter, path: string): void => {
    if (Object.keys(operands).length === 0) complain(path, 'REQUIRED', 'needs at least one operator');
    const { from, to } = operands;
    // Days as texts compare like days.
    if (from && to && String(from) > String(to)) complain(`${path}.to`, 'OUT_OF_RANGE', 'must not be before `from`');
    for (const [operator, operand] of Object.entries(operands)) {
      conditions += 1;
      if (operand === null) complain(`${path}.${operator}`, 'REQUIRED', 'must not be null');
      else if (Array.isArray(operand) && operand.length > mostValues)
        complain(`${path}.${operator}`, 'TOO_LONG', `may have at most ${mostValues} values`);
    }
  };

  const checkRelation = (value: Filter, path: string, depth: number, related: boolean): void => {
    if (related) complain(path, 'NOT_ALLOWED', 'a relation inside a relation cannot be filtered; use its id');
    const lists = Object.entries(value).filter(([name]) => isQuantifier(name));
    if (lists.length === 0) checkConditions(value, path, depth + 1, true);
    for (const [name, content] of lists) {
      conditions += 1;
      if (content === null) complain(`${path}.${name}`, 'REQUIRED', 'must not be null');
      else checkConditions(content as Filter, `${path}.${name}`, depth + 1, true);
    }
  };

  checkConditions(filter, 'filter', 1, false);
  if (tooDeep) complain('filter', 'TOO_LONG', `may nest at most ${deepest} levels deep`);
  if (conditions > mostConditions) complain('filter', 'TOO_LONG', `may have at most ${mostConditions} conditions`);
}
