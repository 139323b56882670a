import {
  DirectiveLocation,
  GraphQLDirective,
  GraphQLNonNull,
  type GraphQLSchema,
  GraphQLString,
  getDirectiveValues,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  specifiedDirectives,
} from 'graphql';
import { BadInput } from '../errors.js';
import type { RequestFacts } from './request-facts.js';

const dryRun = new GraphQLDirective({
  name: 'dryRun',
  description:
    'Runs the mutation, checks and answers everything, but stores nothing: the same as the header `X-Dry-Run: true`. ' +
    'Example: `mutation @dryRun { updateMyAccount(input: { language: "de" }) { language } }`.',
  locations: [DirectiveLocation.MUTATION],
});

const idempotent = new GraphQLDirective({
  name: 'idempotent',
  description:
    'Makes retries safe: the mutation runs once, and its answer is replayed for 24 hours: the same as the header ' +
    '`Idempotency-Key`. Send the same document and variables with the same key, and a new key for other work ' +
    '(IDEMPOTENCY_KEY_REUSED). With `@dryRun` the key is not used.',
  locations: [DirectiveLocation.MUTATION],
  args: {
    key: { type: new GraphQLNonNull(GraphQLString), description: 'Key of the work, 1–255 characters, e.g. a UUID.' },
  },
});

/** All directives of the schema. */
export const directives: readonly GraphQLDirective[] = [...specifiedDirectives, dryRun, idempotent];

/** A setting of a mutation, and the header or directive that gave it. */
interface Setting<Value> {
  value: Value;
  from: string;
}

export interface MutationSettings {
  dryRun: Setting<boolean>;
  /** Null without a key. */
  key: Setting<string> | null;
}

/** The settings of a mutation; throws if its headers and its directives contradict each other. */
export function settingsOf(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown> | undefined,
  { dryRunHeader, idempotencyKey }: Pick<RequestFacts, 'dryRunHeader' | 'idempotencyKey'>,
): MutationSettings {
  const headers = {
    dryRun: dryRunHeader === undefined ? null : { value: asBoolean(dryRunHeader), from: 'X-Dry-Run' },
    key: idempotencyKey === undefined ? null : { value: idempotencyKey, from: 'Idempotency-Key' },
  };
  const none = { value: false, from: 'X-Dry-Run' };
  if (!operation.directives?.length) return { dryRun: headers.dryRun ?? none, key: headers.key };
  const isDryRun = getDirectiveValues(dryRun, operation) !== undefined;
  const key = keyOf(schema, operation, variables);
  return {
    dryRun: agreed(headers.dryRun, isDryRun ? { value: true, from: '@dryRun' } : null) ?? none,
    key: agreed(headers.key, key === undefined ? null : { value: key, from: '@idempotent' }),
  };
}

function asBoolean(header: string): boolean {
  if (['true', 'false'].includes(header)) return header === 'true';
  throw new BadInput([{ path: 'X-Dry-Run', code: 'INVALID', message: 'must be true or false' }]);
}

/** The key of `@idempotent`; undefined without the directive. */
function keyOf(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown> = {},
): string | undefined {
  const node = operation.directives?.find(({ name }) => name.value === idempotent.name);
  const value = node?.arguments?.[0]?.value;
  // Only the variable of the key is coerced here, for its default.
  const named = value?.kind === Kind.VARIABLE ? value.name.value : null;
  const definitions = operation.variableDefinitions?.filter(({ variable }) => variable.name.value === named) ?? [];
  const { coerced = {} } = getVariableValues(schema, definitions, variables);
  if (named && coerced[named] == null)
    throw new BadInput([{ path: named, code: 'REQUIRED', message: 'must not be null' }]);
  return getDirectiveValues(idempotent, operation, coerced)?.key as string | undefined;
}

/** The setting that header and directive agree on; null without either. Throws if they differ. */
function agreed<Value>(header: Setting<Value> | null, directive: Setting<Value> | null): Setting<Value> | null {
  if (header && directive && header.value !== directive.value)
    throw new BadInput([{ path: directive.from, code: 'INVALID', message: `differs from the header ${header.from}` }]);
  return directive ?? header;
}
