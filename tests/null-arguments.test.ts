import { beforeAll, describe, expect, test } from '@jest/globals';
import { type GraphQLArgument, type GraphQLField, getNamedType, isCompositeType, isNonNullType } from 'graphql';
import { type Answer, wholeAnswer } from './support/answers.js';
import { servers } from './support/product.js';
import { schema } from './support/schema.js';
import { newPerson, newTenant, type Tenant } from './support/tenant.js';

const operations = { query: schema.getQueryType()!, mutation: schema.getMutationType()! };
type Operation = keyof typeof operations;
type RootField = GraphQLField<unknown, unknown>;

const hasDefault = ({ defaultValue }: GraphQLArgument) => defaultValue !== undefined;
const isRequired = (argument: GraphQLArgument) => isNonNullType(argument.type) && !hasDefault(argument);

const everyArgument = Object.entries(operations).flatMap(([operation, type]) =>
  Object.values(type.getFields()).flatMap((field) =>
    field.args.map((argument): [string, Operation, RootField, GraphQLArgument] => [
      `${field.name}(${argument.name}: ${argument.type})`,
      operation as Operation,
      field,
      argument,
    ]),
  ),
);

/** A value that fits its type, though no record may have it. */
function fitting({ type }: GraphQLArgument): unknown {
  const text = String(type);
  if (text.startsWith('[')) return [];
  if (text === 'Int!') return 1;
  return isCompositeType(getNamedType(type)) || /Input|Key|Filter/.test(text)
    ? {}
    : '0198f0de-0000-7000-8000-000000000000';
}

let tenant: Tenant;
beforeAll(async () => {
  tenant = await newTenant();
});

/** Sends an argument as a variable; the operation changes nothing that the others need. */
async function sent(operation: Operation, field: RootField, argument: GraphQLArgument, value?: null): Promise<Answer> {
  const others = field.args.filter((other) => other !== argument && isRequired(other));
  // A variable of the type without `!` may go wherever the argument has a default.
  const type = hasDefault(argument) ? String(argument.type).replace(/!$/, '') : String(argument.type);
  const declared = [`$it: ${type}`, ...others.map(({ name, type }) => `$${name}: ${type}`)];
  const passed = [`${argument.name}: $it`, ...others.map(({ name }) => `${name}: $${name}`)];
  const selected = isCompositeType(getNamedType(field.type)) ? '{ __typename }' : '';
  const isAlone = servers.tables.alone.has(field.name);
  const dryRun = operation === 'mutation' && !isAlone ? ' @dryRun' : '';
  const variables = { ...Object.fromEntries(others.map((other) => [other.name, fitting(other)])), it: value };
  return wholeAnswer(
    isAlone ? await newPerson() : tenant.owner,
    `${operation} (${declared.join(', ')})${dryRun} { ${field.name}(${passed.join(', ')}) ${selected} }`,
    variables,
  );
}

/** The arguments whose refusals do not name them. */
async function unnamed(value?: null): Promise<string[]> {
  const found: string[] = [];
  for (const [name, operation, field, argument] of everyArgument) {
    const { errors = [], text } = await sent(operation, field, argument, value);
    const [error] = errors;
    const mustRefuse = value === null ? isNonNullType(argument.type) : isRequired(argument);
    const { code, reason, fields } = error?.extensions ?? {};
    const [fault] = (fields ?? []) as { path: string }[];
    const isNamed = code === 'BAD_USER_INPUT' && reason && fault;
    const namesIt = isNamed && [argument.name, 'it'].includes(fault.path);
    if (mustRefuse ? !namesIt : code === 'BAD_USER_INPUT' && !isNamed) found.push(`${name}: ${text.slice(0, 200)}`);
  }
  return found;
}

describe('an argument of a root field by variable', () => {
  test('is accepted or refused with a reason that names it if it is null', async () => {
    expect(await unnamed(null)).toEqual([]);
  });

  test('is accepted or refused with a reason that names it if it is left out', async () => {
    expect(await unnamed()).toEqual([]);
  });
});

test.each<[string, string, object, string]>([
  ['the whole key', 'query ($it: CustomerKey!) { customerBy(key: $it) { id } }', { it: null }, 'it'],
  [
    'the field of a key',
    'query ($it: CustomerKey!) { customerBy(key: $it) { id } }',
    { it: { email: null } },
    'it.email',
  ],
  ['what a key needs', 'query ($it: String!) { customerBy(key: { email: $it }) { id } }', { it: null }, 'it'],
  [
    'a field with a default of its variable',
    'mutation ($it: String = "x") { createCustomer(input: { email: $it }) { id } }',
    { it: null },
    'input',
  ],
  [
    'an argument of a nested list',
    'query ($it: Boolean) { organization { members(includeInactive: $it) { totalCount } } }',
    { it: null },
    'members.includeInactive',
  ],
])('null for %s is refused with a reason and the place', async (_, document, variables, path) => {
  const { errors } = await wholeAnswer(tenant.owner, document, variables);
  expect(errors).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT', reason: 'VALIDATION_FAILED', fields: [{ path }] } },
  ]);
});
