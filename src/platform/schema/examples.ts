import { type GraphQLSchema, isObjectType } from 'graphql';

/** Adds example documents to the descriptions of fields, which are named `Type.field`. */
export function addExamples(schema: GraphQLSchema, examples: Record<string, string>): void {
  for (const [place, document] of Object.entries(examples)) {
    const [typeName, name] = place.split('.') as [string, string];
    const type = schema.getType(typeName);
    const field = isObjectType(type) ? type.getFields()[name] : undefined;
    if (!field) throw new Error(`There is no field ${place} for the example`);
    field.description = `${field.description} Example: \`${document}\`.`;
  }
}
