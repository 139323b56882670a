import {
  coerceInputValue,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql';
import { BadInput, type Fault } from '../errors.js';
import { limits, tooComplex } from './limits.js';

/** Throws if the variables nest so deeply that a recursive walk would overflow the stack, or are too many to check. */
export function limitVariables(variables: unknown): void {
  let values = 0;
  let level = [variables];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limits.variableDepth)
      throw tooComplex(`The variables nest more than ${limits.variableDepth} levels deep`);
    const next: unknown[] = [];
    for (const value of level) {
      if (!value || typeof value !== 'object') continue;
      const items = Object.values(value);
      if (items.length > limits.variableItems)
        throw tooComplex(`A list or object in the variables has more than ${limits.variableItems} items`);
      values += items.length;
      if (values > limits.variableValues)
        throw tooComplex(`The variables have more than ${limits.variableValues} values`);
      next.push(...items);
    }
    level = next;
  }
}

/** Faults that are told of one value; more would only make the answer long. */
const mostFaults = 100;

const [missing, empty] = ['must be given', 'must not be null'];

type Complain = (path: readonly (string | number)[], message: string) => void;

/** Thrown to end the coercion of a value that has enough faults already. */
const enough = new Error('Enough faults');

/** Coerces a value to its type. Undefined if it has more than `most` faults. */
export function coerce(value: unknown, type: GraphQLInputType, complain: Complain, most = mostFaults): unknown {
  let found = 0;
  // graphql-js makes an error for each fault, whose stack would take most of the time.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return coerceInputValue(
      value,
      type,
      (path, _value, { message }) => {
        found += 1;
        if (found > most) throw enough;
        complain(path, message);
      },
      true,
    );
  } catch (error) {
    if (error !== enough) throw error;
    return undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/**
 * Throws if variables do not fit their types, except for those that are coerced elsewhere. GraphQL's own message is not
 * used because it repeats the values, passwords included.
 */
export function checkVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Record<string, unknown> = {},
  except: Pick<ReadonlySet<string>, 'has'> = new Set(),
): void {
  const faults: Fault[] = [];
  for (const { variable, type: node, defaultValue } of variableDefinitions) {
    const name = variable.name.value;
    const type = typeFromAST(schema, node);
    if (except.has(name) || !isInputType(type)) continue;
    if (faults.length >= mostFaults) break;
    if (variables?.[name] == null) {
      const isMissing = variables?.[name] === undefined;
      if (isNonNullType(type) && !(isMissing && defaultValue))
        faults.push({ path: name, code: 'REQUIRED', message: isMissing ? missing : empty });
      continue;
    }
    coerce(variables[name], type, (path, message) => faults.push(faultOf([name, ...path], message)));
  }
  if (faults.length) throw new BadInput(faults);
}

/** A message of graphql-js as a fault, without the value that it repeats. */
export function faultOf(place: readonly (string | number)[], message: string): Fault {
  const [, field, problem] = /^Field "(.*?)" (of required|is not defined)/s.exec(message) ?? [];
  const path = [...place, ...(problem ? [field] : [])].join('.');
  if (/^Field ".*?" must be non-null/s.test(message)) return { path, code: 'REQUIRED', message: empty };
  if (message.startsWith('Exactly one key')) return { path, code: 'INVALID', message: 'must name exactly one key' };
  if (!problem) return { path, code: 'INVALID', message: message.replace(/(cannot represent [^:]*):.*/s, '$1') };
  return problem === 'of required'
    ? { path, code: 'REQUIRED', message: missing }
    : { path, code: 'INVALID', message: 'is not a field of this input' };
}

/**
 * An error of graphql-js about an argument that a variable made null, left out or put in the wrong place, as bad input.
 * Undefined for other errors.
 */
export function argumentRefused({ message }: GraphQLError, path: GraphQLError['path']): BadInput | undefined {
  const [, name, problem] = /^Argument "(\w+)" (of non-null|of required|has invalid)/.exec(message) ?? [];
  if (!name) return undefined;
  // The argument of a nested list is named with its field, as by the checks of input.
  const place = path && path.length > 1 ? `${path.at(-1)}.${name}` : name;
  if (problem === 'has invalid')
    return new BadInput([{ path: place, code: 'INVALID', message: 'contains a variable that is null or missing' }]);
  const fault = problem === 'of required' ? missing : `${empty}; leave it out for its default`;
  return new BadInput([{ path: place, code: 'REQUIRED', message: fault }]);
}
