import { type GraphQLInputObjectType, type GraphQLSchema, getNamedType, isInputObjectType } from 'graphql';
import { declarationOf } from '../schema/enums.js';
import type { PropertySpec } from './property.js';

/**
 * TypeScript types of the inputs of records, as actions get them. The schema does not say which fields accept null, or
 * that dates, instants and decimals arrive as text.
 */
export function printInputTypes(schema: GraphQLSchema): string {
  const ofRecords = Object.values(schema.getTypeMap())
    .filter(isInputObjectType)
    .filter(({ extensions }) => extensions.spec?.isOfRecord);
  const types = [...ofRecords, ...ofRecords.flatMap(nestedIn)]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((input) => {
      const shapes = input.getFields();
      // Values under the regular name of a field arrive under its former name.
      const arriving = [...input.extensions.spec!.fields.values()].filter(({ replaces }) => !replaces);
      const fields = arriving.map((spec) => `  ${field(spec, getNamedType(shapes[spec.name]!.type).name)}\n`);
      const shown = input.extensions.spec!.isOfRecord ? 'export ' : '';
      return `${shown}interface ${input.name} {\n${fields.join('')}}\n`;
    });
  return `// \`npm run schema\` writes this file from the declared inputs.\n\n${types.join('\n')}`;
}

const nestedIn = (input: GraphQLInputObjectType): GraphQLInputObjectType[] =>
  Object.values(input.getFields())
    .map(({ type }) => getNamedType(type))
    .filter(isInputObjectType);

function field(spec: PropertySpec, named: string): string {
  const item = valueType(spec, named);
  const name = `${spec.name}${spec.required ? '' : '?'}`;
  // Biome breaks lines of more than 120 characters in this way.
  if (spec.list && item.length > 100) return `${name}: (\n    | ${item.replaceAll(' | ', '\n    | ')}\n  )[];`;
  const value = spec.list ? `${item.includes('|') ? `(${item})` : item}[]` : item;
  return `${name}: ${value}${spec.nullable ? ' | null' : ''};`;
}

function valueType(spec: PropertySpec, named: string): string {
  switch (spec.kind) {
    case 'int':
    case 'float':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'enum':
      return declarationOf(spec.enum!)
        .values.map((value) => `'${value}'`)
        .join(' | ');
    case 'tags':
      return 'string[]';
    case 'json':
      return 'object';
    case 'nested':
      return named;
    default:
      return 'string';
  }
}
