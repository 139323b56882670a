import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { MikroORM } from '@mikro-orm/postgresql';
import {
  assertValidSchema,
  buildSchema,
  GraphQLInt,
  GraphQLObjectType,
  GraphQLSchema,
  graphql,
  introspectionFromSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  lexicographicSortSchema,
  printSchema,
  specifiedScalarTypes,
} from 'graphql';
import config from '../mikro-orm.config.js';
import { everybody, guard, type RuleMap } from '../src/platform/permissions/rules.js';
import { printInputTypes } from '../src/platform/records/input-types.js';
import { makeSchema, rules } from '../src/schema.js';
import { sql, urls } from './support/database.js';

const schema = makeSchema();
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !specifiedScalarTypes.some(({ name }) => name === type.name),
);
const roots = [schema.getQueryType()!, schema.getMutationType()!, schema.getSubscriptionType()!];

test('schema.graphql is what the code makes; `npm run schema` writes it', () => {
  expect(readFileSync('schema.graphql', 'utf8')).toBe(`${printSchema(schema)}\n`);
});

test('the types of inputs are what the code makes; `npm run schema` writes them', () => {
  expect(readFileSync('src/crm/inputs.generated.ts', 'utf8')).toBe(printInputTypes(schema));
});

test('schema.graphql alone is the whole schema', () => {
  const read = buildSchema(readFileSync('schema.graphql', 'utf8'));
  assertValidSchema(read);
  expect(introspectionFromSchema(lexicographicSortSchema(read))).toEqual(
    introspectionFromSchema(lexicographicSortSchema(schema)),
  );
});

describe('scalars', () => {
  const scalars = types.filter(isScalarType);

  test('are each specified somewhere', () => {
    expect(scalars.filter(({ specifiedByURL }) => !URL.canParse(specifiedByURL ?? ''))).toEqual([]);
  });

  test('are each mapped to a type by codegen.ts, and by graphql.config.json in the same way', async () => {
    // By a name that the compiler does not follow: the types that it imports come with the front end.
    const file: string = '../codegen.js';
    const { default: codegen } = await import(file);
    const { schema: place, documents, extensions } = JSON.parse(readFileSync('graphql.config.json', 'utf8'));
    expect({ schema: place, documents, ...extensions.codegen }).toEqual(codegen);
    const { config } = codegen.generates['src/gql/'];
    expect(Object.keys(config.scalars).sort()).toEqual(scalars.map(({ name }) => name).sort());
  });
});

test('every type, field, argument, input field and enum value has a description', () => {
  const silent: string[] = [];
  const hear = (place: string, { description }: { description?: string | null }) => {
    if (!description?.trim()) silent.push(place);
  };
  for (const type of types) {
    hear(type.name, type);
    if (isEnumType(type)) for (const value of type.getValues()) hear(`${type.name}.${value.name}`, value);
    if (isInputObjectType(type))
      for (const field of Object.values(type.getFields())) hear(`${type.name}.${field.name}`, field);
    if (isObjectType(type) || isInterfaceType(type))
      for (const field of Object.values(type.getFields())) {
        hear(`${type.name}.${field.name}`, field);
        for (const argument of field.args) hear(`${type.name}.${field.name}(${argument.name})`, argument);
      }
  }
  expect(silent).toEqual([]);
});

describe('rules', () => {
  const ruled = (type: string) => rules.flatMap((feature) => Object.keys((feature as RuleMap)[type] ?? {}));

  test.each(roots.map((root) => [root.name, root] as const))('every field of %s has exactly one', (name, root) => {
    expect(ruled(name).sort()).toEqual(Object.keys(root.getFields()).sort());
  });

  test('every figure of Analytics has one, unless it is about the caller', () => {
    const { Analytics } = schema.getTypeMap() as { Analytics: GraphQLObjectType };
    const unruled = Object.values(Analytics.getFields()).filter(({ name }) => !ruled('Analytics').includes(name));
    for (const { description } of unruled) expect(description).toMatch(/own figures.*Needs membership only/);
    for (const name of ruled('Analytics'))
      expect(Analytics.getFields()[name]!.description).toMatch(/Needs [a-z]+:read/);
  });

  test('rules stand on fields that exist', () => {
    const unknown = rules.flatMap((feature) =>
      Object.entries(feature as RuleMap).flatMap(([type, fields]) => {
        const known = schema.getType(type);
        const names = isObjectType(known) ? known.getFields() : {};
        return Object.keys(fields).filter((field) => !(field in names));
      }),
    );
    expect(unknown).toEqual([]);
  });

  test('only these need no token', () => {
    const open = rules.flatMap((feature) =>
      Object.values(feature as RuleMap).flatMap((fields) =>
        Object.keys(fields).filter((field) => fields[field] === everybody),
      ),
    );
    expect(open.sort()).toEqual([
      ...['beginLogin', 'completeLogin', 'confirmEmailChange', 'declineInvitation', 'errorCodes', 'invitation'],
      ...['login', 'refreshSession', 'register', 'requestPasswordReset', 'resetPassword', 'verifyEmail'],
    ]);
  });

  test('root fields are nullable: one that fails does not blank its siblings', () => {
    // A subscription has one root field, and its type says that an event is never null.
    const blanking = roots
      .filter(({ name }) => name !== 'Subscription')
      .flatMap((root) =>
        Object.values(root.getFields())
          .filter(({ type }) => String(type).endsWith('!'))
          .map(({ name }) => name),
      );
    expect(blanking).toEqual([]);
  });

  test('a root field without a rule is denied, and its resolver never runs', async () => {
    const ran: string[] = [];
    const field = (name: string) => ({ [name]: { type: GraphQLInt, resolve: () => ran.push(name) } });
    const small = new GraphQLSchema({
      query: new GraphQLObjectType({ name: 'Query', fields: { ...field('open'), ...field('forgotten') } }),
      mutation: new GraphQLObjectType({ name: 'Mutation', fields: { ...field('change'), ...field('overlooked') } }),
    });
    const guarded = guard(small, [{ Query: { open: everybody } }, { Mutation: { change: everybody } }]);
    const query = await graphql({ schema: guarded, source: '{ open forgotten again: forgotten }', contextValue: {} });
    const mutation = await graphql({ schema: guarded, source: 'mutation { change overlooked }', contextValue: {} });
    expect(query.data).toEqual({ open: 1, forgotten: null, again: null });
    expect(mutation.data).toEqual({ change: 2, overlooked: null });
    expect(ran).toEqual(['open', 'change']);
    for (const error of [...query.errors!, ...mutation.errors!])
      expect(error.extensions).toMatchObject({ code: 'FORBIDDEN', reason: 'MISSING_PERMISSION' });
  });
});

describe('the migrated database', () => {
  const orm = MikroORM.init({ ...config(urls.migrationDatabaseUrl), debug: false });
  afterAll(async () => (await orm).close());

  test('is what the entities declare', async () => {
    expect(await (await orm).schema.getUpdateSchemaSQL()).toBe('');
  });

  test('would be seen to differ', async () => {
    await sql('alter table customers add column forgotten text');
    try {
      expect(await (await orm).schema.getUpdateSchemaSQL()).toContain('forgotten');
    } finally {
      await sql('alter table customers drop column forgotten');
    }
  });

  test('has run every migration', async () => {
    const migrator = (await orm).migrator;
    expect(await migrator.getPending()).toEqual([]);
    expect((await migrator.getExecuted()).length).toBeGreaterThan(0);
  });
});
