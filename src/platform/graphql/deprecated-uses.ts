import type { GraphQLRequestContext } from '@apollo/server';
import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInputType,
  type OperationDefinitionNode,
  TypeInfo,
  typeFromAST,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Context } from './context.js';

type Request = Pick<GraphQLRequestContext<Context>, 'request'> & {
  document: DocumentNode;
  operation?: OperationDefinitionNode;
};

interface Variable {
  name: string;
  type: GraphQLInputType;
}

/**
 * Finds the deprecated parts of the schema that a request uses, by their coordinates, such as `User.timezone`. Each
 * document is searched once, and of the variables only those whose type has deprecated parts.
 */
export function findDeprecatedUses(schema: GraphQLSchema): (request: Request) => string[] {
  const known = new WeakMap<DocumentNode, string[]>();
  const outdated = typesWithDeprecatedParts(schema);

  const variables = new WeakMap<OperationDefinitionNode, Variable[]>();

  /** The variables of an operation whose type has deprecated parts. */
  const outdatedVariables = (operation: OperationDefinitionNode): Variable[] =>
    (operation.variableDefinitions ?? []).flatMap(({ variable, type: node }) => {
      const type = typeFromAST(schema, node);
      return isInputType(type) && outdated.has(getNamedType(type)) ? [{ name: variable.name.value, type }] : [];
    });

  const inVariables = ({ request, operation }: Request, found: Set<string>): void => {
    if (!operation) return;
    const searched = variables.get(operation) ?? outdatedVariables(operation);
    variables.set(operation, searched);
    for (const { name, type } of searched) walk(type, request.variables?.[name], outdated, found);
  };

  return (request) => {
    const { document } = request;
    const inDocument = known.get(document) ?? usesIn(schema, document);
    known.set(document, inDocument);
    const found = new Set(inDocument);
    inVariables(request, found);
    return [...found];
  };
}

function usesIn(schema: GraphQLSchema, document: DocumentNode): string[] {
  const found = new Set<string>();
  const info = new TypeInfo(schema);
  const note = (part: { deprecationReason?: string | null } | null | undefined, coordinate: string) => {
    if (part?.deprecationReason) found.add(coordinate);
  };
  visit(
    document,
    visitWithTypeInfo(info, {
      Field: ({ name }) => note(info.getFieldDef(), `${info.getParentType()}.${name.value}`),
      Argument: ({ name }) =>
        note(info.getArgument(), `${info.getParentType()}.${info.getFieldDef()?.name}(${name.value}:)`),
      ObjectField: ({ name }) => {
        const parent = getNamedType(info.getParentInputType());
        if (isInputObjectType(parent)) note(parent.getFields()[name.value], `${parent.name}.${name.value}`);
      },
      EnumValue: ({ value }) => note(info.getEnumValue(), `${getNamedType(info.getInputType())}.${value}`),
    }),
  );
  return [...found];
}

/** Input types with a deprecated field or value, at any depth. */
function typesWithDeprecatedParts(schema: GraphQLSchema): ReadonlySet<unknown> {
  const types = Object.values(schema.getTypeMap());
  const found = new Set<unknown>(
    types.filter((type) => isEnumType(type) && type.getValues().some(({ deprecationReason }) => deprecationReason)),
  );
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const type of types.filter(isInputObjectType))
      if (
        Object.values(type.getFields()).some((field) => field.deprecationReason || found.has(getNamedType(field.type)))
      )
        found.add(type);
  }
  return found;
}

function walk(type: GraphQLInputType, value: unknown, outdated: ReadonlySet<unknown>, found: Set<string>): void {
  const named = getNamedType(type);
  if (value == null || !outdated.has(named)) return;
  if (Array.isArray(value)) {
    for (const item of value) walk(named, item, outdated, found);
    return;
  }
  if (isEnumType(named)) {
    if (named.getValue(String(value))?.deprecationReason) found.add(`${named.name}.${value}`);
    return;
  }
  if (!isInputObjectType(named) || typeof value !== 'object') return;
  for (const [name, inner] of Object.entries(value)) {
    const field = named.getFields()[name];
    if (!field) continue;
    if (field.deprecationReason) found.add(`${named.name}.${name}`);
    walk(field.type, inner, outdated, found);
  }
}
