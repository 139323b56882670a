import { coerceInputValue, type GraphQLSchema, isInputType, type OperationDefinitionNode, typeFromAST } from 'graphql';
import { BadInput, type Fault } from '../errors.js';
import { limits, tooComplex } from './limits.js';

/** Throws if the variables nest so deeply that a recursive walk would overflow the stack. */
export function limitVariables(variables: unknown): void {
  let level = [variables];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limits.variableDepth)
      throw tooComplex(`The variables nest more than ${limits.variableDepth} levels deep`);
    level = level.flatMap((value) => (value && typeof value === 'object' ? Object.values(value) : []));
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
  for (const { variable, type: node } of variableDefinitions) {
    const name = variable.name.value;
    const type = typeFromAST(schema, node);
    if (variables?.[name] == null || except.has(name) || !isInputType(type)) continue;
    const complain = (path: readonly (string | number)[], _value: unknown, { message }: Error) =>
      faults.push(faultOf([name, ...path], message));
    coerceInputValue(variables[name], type, complain, true);
  }
  if (faults.length) throw new BadInput(faults);
}

/** A message of graphql-js as a fault, without the value that it repeats. */
export function faultOf(place: readonly (string | number)[], message: string): Fault {
  const [, field, problem] = /^Field "(.*?)" (of required|is not defined)/s.exec(message) ?? [];
  const path = [...place, ...(problem ? [field] : [])].join('.');
  if (!problem) return { path, code: 'INVALID', message: message.replace(/(cannot represent [^:]*):.*/s, '$1') };
  return problem === 'of required'
    ? { path, code: 'REQUIRED', message: 'must be given' }
    : { path, code: 'INVALID', message: 'is not a field of this input' };
}
