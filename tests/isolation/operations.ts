import fc, { type GeneratorValue } from 'fast-check';
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  GraphQLNonNull,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { textFor } from './texts.js';
import type { Ids, Words } from './world.js';

export interface Operation {
  root: 'Query' | 'Mutation';
  field: string;
  query: string;
  variables: Record<string, unknown>;
  /** Whether it changes many records, each by a row of its own. */
  isBulk: boolean;
}

/** Values that arguments may have: ids and texts of both organizations, and some that nobody has. */
export interface Values {
  own: Ids;
  foreign: Ids;
  nowhere: string[];
  words: Words;
}

/** Any account may be added to an organization by its id. */
const addAccounts = ['addOrganizationMember', 'addOrganizationMembers'];

/**
 * These tell by design whether a name is taken, since names of accounts are unique on the whole server, or send a
 * message to whoever has an account.
 */
const knowAccounts = [...addAccounts, 'register', 'login', 'updateProfile', 'updateUser', 'requestPasswordReset'];

const scalars: Record<string, unknown[]> = {
  Int: [0, 1, 2, 3, 10],
  Float: [1.5],
  Boolean: [true, false],
  Decimal: ['10.5', '0', '713713.13'],
  Date: ['2026-01-31', '2027-05-01'],
  DateTime: ['2026-01-05T10:00:00Z', '2027-05-01T08:30:00+02:00'],
  TimeZone: ['UTC', 'Europe/Berlin'],
  JSON: [{}, { theme: 'dark' }],
};

/** An operation about a root field. All arguments are variables, as clients send them. */
export function operationAbout(
  schema: GraphQLSchema,
  root: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  { own, foreign, nowhere, words }: Values,
  gen: GeneratorValue,
): Operation {
  const declared: string[] = [];
  const variables: Record<string, unknown> = {};
  const knowsAccounts = knowAccounts.includes(field.name);

  const below = (n: number): number => gen(fc.nat, { max: n - 1 });
  const inPercent = (n: number): boolean => below(100) < n;
  const oneOf = <T>(all: readonly T[]): T => all[below(all.length)]!;

  // Some operations name records of ours alone, so that they succeed.
  const [strangers, others] = [oneOf([0, 4, 12]), oneOf([0, 30, 50])];

  /** The id of a record of the kind that the name means, or of any kind if it means none. */
  function id(name: string): string {
    const whose = below(100);
    if (whose < strangers) return oneOf(nowhere);
    const known = whose < strangers + others ? foreign : own;
    const isTold = addAccounts.includes(field.name) && known === foreign;
    const kinds = Object.keys(known).filter((kind) => kind !== 'user' || !isTold);
    const meant = kindIn(name, kinds) ?? kindIn(field.name, kinds);
    return oneOf(known[meant && inPercent(92) ? meant : oneOf(kinds)]!);
  }

  function value(type: GraphQLInputType, name: string, depth: number): unknown {
    const inner = getNullableType(type);
    if (!isNonNullType(type) && inPercent(2)) return null;
    if (isListType(inner)) return Array.from({ length: 1 + below(2) }, () => value(inner.ofType, name, depth));
    if (isEnumType(inner)) return oneOf(inner.getValues()).name;
    if (isInputObjectType(inner)) {
      const fields = Object.values(inner.getFields());
      if (/Filter$/.test(inner.name)) return filter(fields, name, depth);
      const isChoice = inner.isOneOf || /Key$/.test(inner.name);
      const chosen = isChoice ? [oneOf(fields)] : fields.filter((one) => isChosen(one, depth));
      return Object.fromEntries(chosen.map((one) => [one.name, value(one.type, meaning(one.name) ?? name, depth + 1)]));
    }
    if (inner.name === 'ID') return id(name);
    if (inner.name === 'String')
      return textFor(name, field.name, knowsAccounts ? { ...words, emails: [] } : words, oneOf);
    return oneOf(scalars[inner.name]!);
  }

  /** A condition or two; a filter refuses nulls. */
  function filter(all: GraphQLInputField[], name: string, depth: number): object {
    const operators = all.filter(({ type }) => !isNested(type));
    const reach = depth > 3 && operators.length ? operators : all;
    const chosen = Array.from({ length: 1 + below(2) }, () => oneOf(reach));
    return Object.fromEntries(
      chosen.map((one) => [
        one.name,
        value(new GraphQLNonNull(getNullableType(one.type)), meaning(one.name) ?? name, depth + 1),
      ]),
    );
  }

  function isChosen(one: GraphQLInputField | GraphQLArgument, depth: number): boolean {
    if (isRequired(one)) return true;
    const type = getNamedType(one.type);
    if (one.name === 'expectedVersion' || one.name === 'createdAt') return inPercent(6);
    if (one.name === 'isActive' || one.name === 'isOwner') return inPercent(10);
    if (isInputObjectType(type)) return depth < 4 && inPercent(depth ? 12 : 40);
    return inPercent(type.name === 'ID' ? 45 : 16);
  }

  function args(of: GraphQLField<unknown, unknown>, depth: number): string {
    const paging = ['first', 'after', 'last', 'before', 'page', 'pageSize'];
    const chosen = of.args.filter((one) => isRequired(one) || (!paging.includes(one.name) && isChosen(one, depth)));
    const way = oneOf([...ways, ...ways, ['first', 'after'], ['last', 'before']]);
    chosen.push(...of.args.filter(({ name }) => way.includes(name)));
    const written = chosen.map((one) => {
      const name = `v${declared.length}`;
      declared.push(`$${name}: ${one.type}`);
      variables[name] =
        one.name === 'first' || one.name === 'last' || one.name === 'pageSize'
          ? 1 + below(depth ? 3 : 8)
          : value(one.type, one.name, depth);
      return `${one.name}: $${name}`;
    });
    return written.length ? `(${written.join(', ')})` : '';
  }

  function written(of: GraphQLField<unknown, unknown>, depth: number): string {
    const given = args(of, depth);
    const type = getNamedType(of.type);
    const alias = given && depth ? `a${declared.length}: ` : '';
    const set = isObjectType(type) ? selection(type, depth + 1) : isAbstractType(type) ? anyOf(type) : '';
    return `${alias}${of.name}${given} ${set}`.trim();
  }

  function selection(type: GraphQLObjectType, depth: number): string {
    const fields = Object.values(type.getFields());
    const isWrapper = /(Connection|Edge|Payload|Result|Row)$/.test(type.name);
    const chosen = fields.filter((one) => {
      const target = getNamedType(one.type);
      if (!isObjectType(target) && !isAbstractType(target)) return inPercent(one.args.length ? 15 : 50);
      return depth < (isWrapper ? 6 : 4) && inPercent(isWrapper ? 70 : 18);
    });
    return `{ ${['__typename', ...chosen.map((one) => written(one, depth))].join(' ')} }`;
  }

  function anyOf(type: Parameters<typeof schema.getPossibleTypes>[0]): string {
    const about = schema.getPossibleTypes(type).filter(() => inPercent(20));
    // A field of one name may be of another type elsewhere, so that each type is asked for its leaves under aliases.
    const parts = about.map((one) => {
      const leaves = Object.values(one.getFields()).filter(
        (leaf) => !leaf.args.length && !isObjectType(getNamedType(leaf.type)),
      );
      return `... on ${one.name} { ${oneOf(leaves).name} }`;
    });
    return `{ ${isInterfaceType(type) ? 'id ' : ''}__typename ${[...new Set(parts)].join(' ')} }`;
  }

  const body = written(field, 0);
  const head = root.name === 'Mutation' ? 'mutation' : 'query';
  const parameters = declared.length ? ` (${declared.join(', ')})` : '';
  return {
    root: root.name as Operation['root'],
    field: field.name,
    query: `${head}${parameters} { ${body} }`,
    variables,
    isBulk: getNamedType(field.type).name.endsWith('BulkResult'),
  };
}

/** The kind of record that a name ends with, as `stage` in `moveDealsToStageId`. */
function kindIn(name: string, kinds: string[]): string | undefined {
  if (/assign|manager/i.test(name) && /id$/i.test(name)) return 'employee';
  const at = (kind: string) => name.toLowerCase().replace('activities', 'activity').lastIndexOf(kind);
  return kinds.filter((kind) => at(kind) >= 0).sort((one, other) => at(other) - at(one))[0];
}

/** Whether a filter's field holds conditions on a record, instead of a value's operators. */
function isNested(type: GraphQLInputType): boolean {
  const named = getNamedType(type);
  return isInputObjectType(named) && ['and', 'some'].some((name) => name in named.getFields());
}

const ways = [['first'], ['first'], ['last'], ['page', 'pageSize'], []];

/** Operators of a filter, and what surrounds a row, say nothing about the value. */
const meaning = (name: string): string | null =>
  /^(id|eq|ne|in|notIn|contains|startsWith|endsWith|has|hasAny|hasAll|input|some|none|and|or|not|by|rows)$/.test(name)
    ? null
    : name;

const isRequired = (one: GraphQLInputField | GraphQLArgument): boolean =>
  isNonNullType(one.type) && one.defaultValue === undefined;
