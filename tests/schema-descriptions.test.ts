import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  buildSchema,
  type GraphQLObjectType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { chapters } from '../src/crm/chapters.js';
import { chapterOf } from '../src/platform/schema/order.js';

// A plain test, since graphql-eslint would bring a second linter and knows neither lengths nor words to avoid.

interface Described {
  place: string;
  kind: 'type' | 'value' | 'field' | 'argument' | 'input';
  text: string;
}

/** The descriptions of the root types are pages in Markdown, which introduce the whole API. */
const pages = new Set(['Query', 'Mutation']);

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
const roots = [schema.getQueryType()!, schema.getMutationType()!, schema.getSubscriptionType()!];

const all: Described[] = Object.values(schema.getTypeMap())
  .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
  .flatMap((type) => {
    const described = (place: string, kind: Described['kind'], { description }: { description?: string | null }) => ({
      place,
      kind,
      text: description?.trim() ?? '',
    });
    const parts = pages.has(type.name) ? [] : [described(type.name, 'type', type)];
    const at = (name: string) => `${type.name}.${name}`;
    if (isEnumType(type)) for (const value of type.getValues()) parts.push(described(at(value.name), 'value', value));
    if (isInputObjectType(type))
      for (const field of Object.values(type.getFields())) parts.push(described(at(field.name), 'input', field));
    if (isObjectType(type) || isInterfaceType(type))
      for (const field of Object.values(type.getFields())) {
        parts.push(described(at(field.name), 'field', field));
        for (const argument of field.args)
          parts.push(described(`${at(field.name)}(${argument.name})`, 'argument', argument));
      }
    return parts;
  });

const offending = (isBad: (described: Described) => boolean): string[] =>
  all.filter(isBad).map(({ place, text }) => `${place}: ${text}`);

const words = (text: string): number => text.split(/\s+/).filter(Boolean).length;
const withoutCode = (text: string): string => text.replaceAll(/`[^`]*`/g, '`code`');
const own = (text: string): string => text.replace(/ (Needs [a-z]|Null is refused|Errors: ).*$/s, '');

describe('a description', () => {
  test('is there for every type, field, argument, input field and enum value', () => {
    expect(offending(({ text }) => text === '')).toEqual([]);
  });

  test('ends with a full stop and starts with a capital, a digit or code', () => {
    expect(offending(({ text }) => !text.endsWith('.'))).toEqual([]);
    expect(offending(({ text }) => !/^[A-Z\d`]/.test(text))).toEqual([]);
  });

  test('of a field or argument has at least three words of its own', () => {
    expect(
      offending(({ kind, text }) => ['field', 'argument', 'input'].includes(kind) && words(own(text)) < 3),
    ).toEqual([]);
  });

  test('of a type or enum value has at least two', () => {
    expect(offending(({ text }) => words(text) < 2)).toEqual([]);
  });

  test('is at most 400 characters long, without its examples', () => {
    const long = ({ place, text }: Described) => place.includes('.') && withoutCode(text).length > 400;
    expect(offending(long)).toEqual([]);
  });

  test.each([
    ['a sentence that opens like a riddle', /^(What|Who|Whom|Whoever|Where|Which|That) /],
    ['a word that points elsewhere', /\b(that one|whom|this one|of it|of theirs|told)\b/],
    ['an abbreviation', /\b(e-?mail addr|max|min|nr|no|qty|amt|resp)\.(?! [a-z])/i],
    ['a bare pronoun for the record', /^(Its|Their|Of these|By) /],
    ['two blanks or a line break', / {2}|\n/],
    ['an exclamation', /!$/],
  ])('has none of the patterns that readers stumble over: %s', (_, pattern) => {
    expect(offending(({ text }) => pattern.test(withoutCode(text)))).toEqual([]);
  });

  test('names only statuses that a field `status` can have', () => {
    const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) || isInputObjectType(type));
    const enums = types.map((type) => getNamedType(type.getFields().status?.type)).filter(isEnumType);
    const statuses = enums.flatMap((type) => type.getValues().map(({ name }) => name));
    const named = ({ text }: Described) =>
      [...text.matchAll(/\bstatus (?:is )?([A-Z][A-Z_]+)/g)].map(([, name]) => name!);
    expect(statuses).toContain('TERMINATED');
    expect(offending((each) => named(each).some((name) => !statuses.includes(name)))).toEqual([]);
  });

  test('says more than the name', () => {
    const spoken = (text: string) => text.toLowerCase().replaceAll(/\b(the|a|an|of)\b|[^a-z]/g, '');
    const name = (place: string) => /(\w+)\)?$/.exec(place)![1]!;
    const fields = ({ kind }: Described) => kind === 'field' || kind === 'argument' || kind === 'input';
    expect(offending((each) => fields(each) && spoken(each.text) === spoken(name(each.place)))).toEqual([]);
  });
});

describe('a root field', () => {
  const fields = roots.flatMap((root) => Object.values(root.getFields()).map((field) => [root.name, field] as const));

  test('says once what it needs', () => {
    const needs = (text: string) => text.match(/Needs /g)?.length ?? 0;
    const silent = fields.filter(([, { description }]) => needs(description!) !== 1);
    expect(silent.map(([root, { name, description }]) => `${root}.${name}: ${description}`)).toEqual([]);
  });

  test('starts with a verb in the third person, or with what it is', () => {
    const first = {
      Query: /^([A-Z][a-z]+s|An?|One|The|Version) /,
      Mutation: /^[A-Z][a-z]+s /,
      Subscription: /^Sends /,
    };
    const bare = fields.filter(([root, { description }]) => !first[root as keyof typeof first].test(description!));
    expect(bare.map(([root, { name, description }]) => `${root}.${name}: ${description}`)).toEqual([]);
  });

  test('has a place in the order of the entities', () => {
    expect(fields.filter(([, { name }]) => !chapterOf(chapters, name)).map(([, { name }]) => name)).toEqual([]);
  });

  test.each(roots.map((root) => [root.name, root] as const))('of %s stands in that order', (_, root) => {
    const found = chaptersOf(root);
    expect(found).toEqual(chapters.map(([name]) => name).filter((name) => found.includes(name)));
  });
});

/** The chapters of a type's fields as they follow one another. */
function chaptersOf(root: GraphQLObjectType): string[] {
  const names = Object.keys(root.getFields()).map((name) => chapterOf(chapters, name)![0]);
  return names.filter((name, n) => name !== names[n - 1]);
}
