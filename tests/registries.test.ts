import { afterAll, describe, expect, test } from '@jest/globals';
import { MikroORM } from '@mikro-orm/postgresql';
import { getNamedType, isInputObjectType, isObjectType } from 'graphql';
import { deny } from 'graphql-shield';
import { Args, buildSchemaSync, Query, Resolver } from 'type-graphql';
import config from '../mikro-orm.config.js';
import { Activity } from '../src/crm/activities/activity.js';
import { Lead } from '../src/crm/leads/lead.js';
import { Membership } from '../src/crm/organizations/membership.js';
import { describeNeeds } from '../src/platform/permissions/describe.js';
import { guard } from '../src/platform/permissions/rules.js';
import { checkNames } from '../src/platform/records/check-names.js';
import { Id, Int } from '../src/platform/records/decorators.js';
import { Arguments, demandUse, Input } from '../src/platform/records/inputs.js';
import { demandLaterRecords, Later } from '../src/platform/records/later.js';
import { allRecords, recordOf } from '../src/platform/records/record.js';
import { repeatReasons, resolveRepeatedReasons } from '../src/platform/schema/error-reasons.js';
import { findConstraints, uniqueKey } from '../src/platform/tenancy/duplicates.js';
import { makeSchema, rules } from '../src/schema.js';
import { urls } from './support/database.js';

describe('checks of arguments', () => {
  const schema = guard(makeSchema(), rules);
  const types = Object.values(schema.getTypeMap());
  const fields = types.filter(isObjectType).flatMap((type) => Object.values(type.getFields()));

  /** Compared with what is stored, opened as a cursor, or, in `xAnalytics`, checked together with the groups. */
  const checkedLater =
    /\((expectedVersion|expectedCount|refreshToken|token|order)\)|Analytics\(search\)|^replayWebhook\(after\)/;

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

  test('a schema that uses all declared checks is accepted, and refused if it leaves some out', () => {
    expect(() => demandUse(schema)).not.toThrow();
    const declare = Arguments();
    class ForgottenArgs {
      @Id({ description: 'An id.' })
      id?: string;
    }
    declare(ForgottenArgs);
    expect(() => demandUse(schema)).toThrow('No field takes ForgottenArgs, whose checks were declared');
  });

  test('arguments that a field takes lead to the checks of their class', () => {
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
  });

  test('arguments without properties are refused where they are declared', () => {
    expect(() => Arguments()(class Empty {})).toThrow('Empty');
  });

  test('an input type may be declared without properties', () => {
    expect(() => Input('An input.')(class Fine {})).not.toThrow();
  });
});

describe('unique constraints', () => {
  const orm = MikroORM.init({ ...config(urls.migrationDatabaseUrl), debug: false });
  afterAll(async () => (await orm).close());

  test('every unique key that an action names is declared by its entity', async () => {
    const declared = await orm;
    expect(() => findConstraints(declared)).not.toThrow();
  });

  test('a key over properties that no unique constraint covers is refused at the start', async () => {
    const declared = await orm;
    uniqueKey(Lead, 'email', 'name');
    expect(() => findConstraints(declared)).toThrow('Lead declares no unique constraint over email and name');
  });
});

describe('records of later features', () => {
  class Here {
    id = '';
  }

  test('a record that no feature declares is missed when the schema is made', () => {
    makeSchema();
    const lead = new Later<Here>('laed');
    expect(() => lead.type).toThrow('laed');
    expect(demandLaterRecords).toThrow('laed');
    lead.is(Here);
    expect(demandLaterRecords).not.toThrow();
  });

  test('a record is one class', () => {
    const record = new Later<Here>('here');
    record.is(Here);
    expect(record.type).toBe(Here);
    expect(() => record.is(class There extends Here {})).toThrow('There');
  });
});

describe('names inside of records', () => {
  test('every record names properties that are there', () => {
    expect(() => checkNames(allRecords())).not.toThrow();
  });

  test.each([
    ['search', { ...recordOf(Membership), search: { via: 'usr' } }, 'Membership has no reference usr'],
    [
      'order',
      { ...recordOf(Activity), defaultOrder: [{ field: 'CREATED_ON', direction: 'ASC' as const }] },
      'CREATED_ON',
    ],
    [
      'list',
      {
        ...recordOf(Membership),
        lists: new Map([['notes', { record: () => Activity, by: 'title', description: '' }]]),
      },
      'Activity has no reference title',
    ],
  ])('a misspelt %s is refused', (_name, record, message) => {
    expect(() => checkNames([record])).toThrow(message);
  });
});

describe('descriptions', () => {
  test('a rule without a sentence for the schema is refused', () => {
    expect(() => describeNeeds(makeSchema(), [{ Query: { me: deny } }])).toThrow('has no sentence for the schema');
  });

  test('only the reasons of mutations that exist can be repeated', () => {
    expect(() => resolveRepeatedReasons(makeSchema())).not.toThrow();
    repeatReasons('createCustomers', 'makeCustomer');
    expect(() => resolveRepeatedReasons(makeSchema())).toThrow(
      'There is no mutation makeCustomer whose reasons createCustomers could repeat',
    );
  });
});
