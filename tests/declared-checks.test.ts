import { expect, test } from '@jest/globals';
import { getNamedType, isInputObjectType, isObjectType } from 'graphql';
import { Args, buildSchemaSync, Query, Resolver } from 'type-graphql';
import { makeSchema, rules } from '../src/app.js';
import { guard } from '../src/platform/permissions/rules.js';
import { Id, Int } from '../src/platform/records/decorators.js';
import { Arguments, demandUse, Input } from '../src/platform/records/inputs.js';

const schema = guard(makeSchema(), rules);
const types = Object.values(schema.getTypeMap());
const fields = types.filter(isObjectType).flatMap((type) => Object.values(type.getFields()));

/** Compared with what is stored, or, in `xAnalytics`, checked together with the groups. */
const checkedLater = /\((expectedVersion|expectedCount|refreshToken|order)\)|Analytics\(search\)/;

test('every number and text that a field takes leads to its check', () => {
  const unchecked = fields.flatMap(({ name: field, args }) => {
    const hasRules = args.some(({ extensions: { spec } }) => spec?.rules.length);
    return args
      .filter(({ type }) => ['Int', 'String'].includes(getNamedType(type).name))
      .filter(({ name, extensions: { spec } }) => !hasRules && !spec?.fields.has(name))
      .map(({ name }) => `${field}(${name})`);
  });
  expect(unchecked.filter((argument) => !checkedLater.test(argument))).toEqual([]);
});

test('every input type but filters and sort keys leads to the checks of its fields', () => {
  const unchecked = types
    .filter(isInputObjectType)
    .filter((type) => Object.keys(type.getFields()).some((name) => !type.extensions.spec?.fields.has(name)))
    .filter(({ name }) => !/(Filter|Order)$/.test(name));
  expect(unchecked.map(({ name }) => name)).toEqual([]);
});

test('every list has its arguments checked once, as those of a list', () => {
  const lists = fields.filter(({ args }) => args.some(({ name }) => name === 'first'));
  expect(lists.length).toBeGreaterThan(20);
  for (const { args } of lists)
    expect(new Set(args.flatMap(({ extensions: { spec } }) => spec?.rules ?? [])).size).toBe(1);
});

test('no schema is made without the checks that were declared', () => {
  @Arguments()
  class TakenArgs {
    @Int({ description: 'A number.', max: 3 })
    number?: number | null;
  }

  @Resolver()
  class Fields {
    @Query(() => Boolean)
    isTaken(@Args(() => TakenArgs) _args: TakenArgs): boolean {
      return true;
    }
  }
  const made = buildSchemaSync({ resolvers: [Fields], validate: false });
  expect(made.getQueryType()!.getFields().isTaken!.args[0]!.extensions.spec!.fields.get('number')!.max).toBe(3);

  @Arguments()
  class ForgottenArgs {
    @Id({ description: 'An id.' })
    id?: string;
  }
  expect(() => demandUse(schema)).toThrow('TakenArgs');
  expect(ForgottenArgs.name).toBe('ForgottenArgs');
});

test('arguments without a property to stand at are refused where they are declared', () => {
  expect(() => Arguments()(class Empty {})).toThrow('Empty');
  expect(() => Input('An input.')(class Fine {})).not.toThrow();
});
