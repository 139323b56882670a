import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
} from 'graphql';
import { v7 } from 'uuid';
import type { Fields, Sender } from './support/customers.js';
import { servers } from './support/product.js';
import { type ChecksWorld, newChecksWorld, stateCases } from './support/refusal-cases.js';
import { schema } from './support/schema.js';
import { client, notice, refusal } from './support/server.js';
import { makeSuperusers } from './support/superusers.js';

const mutations = schema.getMutationType()!.getFields();
const isBulk = (name: string) => mutations[name]!.args.some((argument) => argument.name === 'mode');
const singles = Object.keys(mutations).filter((name) => !isBulk(name) && !servers.tables.alone.has(name));

/** Mutations in bulk whose rows are the arguments of a single one; here those with another name than its plural. */
const bulkOf: Record<string, string> = {
  moveDealsToStage: 'moveDealStage',
  markDealsWon: 'markWon',
  markDealsLost: 'markLost',
  scoreLeads: 'updateLeadScore',
};
for (const name of Object.keys(mutations).filter(isBulk)) {
  const single = name.replace(/ies$/, 'y').replace(/s$/, '');
  if (singles.includes(single)) bulkOf[name] ??= single;
}

let world: ChecksWorld;
let cases: ReturnType<typeof stateCases>;
let stranger: Sender;
let nobody: Sender;

beforeAll(async () => {
  world = await newChecksWorld();
  // A superuser, so that no account is out of reach.
  await makeSuperusers(world.owner);
  await notice();
  cases = stateCases(world);
  stranger = client();
  nobody = client({ token: world.nobody.token, organizationId: world.tenant.id });
});

/** Anybody signed in may do these for themselves, and their own record decides about the others: after it was found. */
const ownOnly = new Set(['createOrganization', 'updateMyAccount', 'updateProfile', 'switchProfile']);
const byRecord = new Set(['deactivateMembership']);

type Overlay = (type: string) => unknown;

const wrong: Overlay = (type) =>
  ({
    String: 'a\u0000b',
    ID: 'x',
    Decimal: '1.234',
    Date: '1800-01-01',
    DateTime: '1800-01-01T00:00:00Z',
  })[type];

const unknown: Overlay = (type) => (type === 'ID' ? v7() : undefined);

/** Puts a value over every field of its type, and lists the paths. */
function overlaid(
  fields: readonly (GraphQLArgument | GraphQLInputField)[],
  values: Fields,
  overlay: Overlay,
  keep: (name: string) => boolean,
  under = '',
): { values: Fields; paths: string[] } {
  const result = { ...values };
  const paths: string[] = [];
  const put = (type: GraphQLInputType, value: unknown, path: string): unknown => {
    const nullable = getNullableType(type);
    if (isListType(nullable)) {
      const [item] = (value as unknown[] | undefined) ?? [undefined];
      const over = put(nullable.ofType, item, `${path}.0`);
      return over === undefined ? value : [over];
    }
    const named = getNamedType(nullable);
    if (isInputObjectType(named)) {
      const inner = overlaid(Object.values(named.getFields()), (value as Fields) ?? {}, overlay, keep, path);
      paths.push(...inner.paths);
      return inner.paths.length || value !== undefined ? inner.values : undefined;
    }
    const over = overlay(named.name);
    if (over !== undefined) paths.push(path);
    return over ?? value;
  };
  for (const { name, type } of fields) {
    if (keep(name)) continue;
    const value = put(type, values[name], under ? `${under}.${name}` : name);
    if (value !== undefined) result[name] = value;
  }
  return { values: result, paths };
}

/** Exactly one of two fields names the user. */
const keeps = (name: string) => (field: string) => name === 'addOrganizationMember' && field === 'email';

function documentOf(name: string): string {
  const { args, type } = mutations[name]!;
  const declared = args.map((argument) => `$${argument.name}: ${argument.type}`).join(', ');
  const passed = args.map((argument) => `${argument.name}: $${argument.name}`).join(', ');
  const selection = getNamedType(type).name.endsWith('BulkResult')
    ? '{ results { status errors { code reason path } } }'
    : '{ __typename }';
  return `mutation (${declared}) { ${name}(${passed}) ${selection} }`;
}

const pathsOf = (fields: unknown): string[] => ((fields ?? []) as { path: string }[]).map(({ path }) => path);
const missingFrom = (wanted: string[], told: string[]) =>
  wanted.filter(
    (path) => !told.some((one) => one === path || path.startsWith(`${one}.`) || one.startsWith(`${path}.`)),
  );

interface Refused {
  code: unknown;
  reason: unknown;
  paths: string[];
}

type Ask = (sender: Sender, variables: Fields) => Promise<Refused>;

async function walk(name: string, ask: Ask, isWhole: boolean): Promise<void> {
  const { args } = mutations[name]!;
  const { variables, reason } = cases[name]!;
  const versioned = args.some((argument) => argument.name === 'expectedVersion');
  const stale = versioned ? { ...variables, expectedVersion: 99 } : variables;
  const missing = overlaid(args, stale, unknown, keeps(name));
  // The record itself is there, in another version, and what it is to point to is not.
  const astray = overlaid(args, stale, unknown, (field) => field === 'id' || keeps(name)(field));
  const all = overlaid(args, missing.values, wrong, keeps(name));
  if (isWhole) expect(await ask(stranger, all.values)).toMatchObject({ code: 'UNAUTHENTICATED' });
  if (isWhole && !ownOnly.has(name) && !byRecord.has(name) && !name.endsWith('Profile'))
    expect(await ask(nobody, all.values)).toMatchObject({ code: 'FORBIDDEN' });
  if (all.paths.length) {
    const refused = await ask(world.owner, all.values);
    expect(refused).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(missingFrom(all.paths, refused.paths)).toEqual([]);
  }
  for (const { values, paths } of [missing, astray].filter((one) => one.paths.length > 0)) {
    const refused = await ask(world.owner, values);
    expect(refused).toMatchObject({ code: 'NOT_FOUND' });
    expect(missingFrom(paths, refused.paths)).toEqual([]);
  }
  if (isWhole && byRecord.has(name)) expect(await ask(nobody, stale)).toMatchObject({ code: 'FORBIDDEN' });
  if (versioned) expect(await ask(world.owner, stale)).toMatchObject({ code: 'VERSION_CONFLICT' });
  if (reason) expect(await ask(world.owner, variables)).toMatchObject({ reason });
}

test('every mutation has a case', () => {
  expect(Object.keys(cases).sort()).toEqual([...singles].sort());
});

describe('a mutation with a fault of every class is told one class after the other, each class together', () => {
  test.each(singles)('%s', async (name) => {
    const ask: Ask = async (sender, variables) => {
      const { code, reason, fields } = await refusal(sender.request(documentOf(name), variables));
      return { code, reason, paths: pathsOf(fields) };
    };
    await walk(name, ask, true);
  });
});

describe('a row of a bulk call is told the same', () => {
  test.each(Object.entries(bulkOf))('%s', async (bulk, single) => {
    const ask: Ask = async (sender, row) => {
      const answer = await sender.request<Record<string, { results: { errors: (Refused & { path: string })[] }[] }>>(
        documentOf(bulk),
        { rows: [row], mode: 'ATOMIC' },
      );
      const { errors } = answer[bulk]!.results[0]!;
      return { code: errors[0]?.code, reason: errors[0]?.reason, paths: errors.map(({ path }) => path) };
    };
    await walk(single, ask, false);
  });
});
