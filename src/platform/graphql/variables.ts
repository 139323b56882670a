import { coerceInputValue, type GraphQLSchema, isInputType, type OperationDefinitionNode, typeFromAST } from 'graphql';
import { BadInput, type Fault } from '../errors.js';

/** Throws for variables that do not fit their types. GraphQL's own message would repeat them, passwords included. */
export function checkVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Record<string, unknown> = {},
): void {
  const faults: Fault[] = [];
  for (const { variable, type: node } of variableDefinitions) {
    const name = variable.name.value;
    const type = typeFromAST(schema, node as never);
    if (variables?.[name] == null || !isInputType(type)) continue;
    const complain = (path: readonly (string | number)[], _value: unknown, { message }: Error) =>
      faults.push(faultOf([name, ...path].join('.'), message));
    coerceInputValue(variables[name], type, complain, true);
  }
  if (faults.length) throw new BadInput(faults);
}

function faultOf(path: string, message: string): Fault {
  const [, field, problem] = /^Field "(\w+)" (of required|is not defined)/.exec(message) ?? [];
  if (!field) return { path, code: 'INVALID', message: message.replace(/(cannot represent [^:]*):.*/s, '$1') };
  return problem === 'of required'
    ? { path: `${path}.${field}`, code: 'REQUIRED', message: 'must be given' }
    : { path: `${path}.${field}`, code: 'NOT_ALLOWED', message: 'is not a field of this input' };
}
