import { type GraphQLSchema, isObjectType } from 'graphql';
import { needsOf, type RuleMap } from './rules.js';

/** Ends the description of each field that has a rule with what the rule demands, so that they cannot disagree. */
export function describeNeeds(schema: GraphQLSchema, features: RuleMap[]): void {
  for (const [typeName, rules] of features.flatMap((feature) => Object.entries(feature))) {
    const type = schema.getType(typeName);
    const fields = isObjectType(type) ? type.getFields() : {};
    for (const [name, rule] of Object.entries(rules)) {
      const field = fields[name];
      if (field) field.description = `${field.description} ${needsOf(rule, typeName)}`;
    }
  }
}
