import { beforeAll, expect, test } from '@jest/globals';
import {
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  parseValue,
  valueFromAST,
} from 'graphql';
import { GraphQLClient } from 'graphql-request';
import { findDeprecatedUses } from '../src/platform/graphql/deprecated-uses.js';
import { activityRow, type Fields, insertRows, newCustomer } from './support/customers.js';
import { idsByName, newDeal, newLead, pipelineById, send } from './support/sales.js';
import { schema } from './support/schema.js';
import { anotherServer } from './support/server.js';
import { newPerson, newTenant, type Tenant } from './support/tenant.js';

const deprecatedUses = findDeprecatedUses(schema);

const fenced = /```graphql\n([^`]*)```/g;
const inline = /`((?:query|mutation)\b[^`]*\{[^`]*\}|\{ \w+ ?[({][^`]*\})`/g;

/** The documents in a description; other code in it is a name or a value. */
const documentsIn = (description: string | null | undefined): string[] =>
  [fenced, inline].flatMap((form) => [...(description ?? '').matchAll(form)].map(([, document]) => document!));

const examples = Object.values(schema.getTypeMap()).flatMap((type) => {
  const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
  return [
    ...documentsIn(type.description).map((document) => [type.name, document] as const),
    ...fields.flatMap((field) => [
      ...documentsIn(field.description).map((document) => [`${type.name}.${field.name}`, document] as const),
      ...field.args.flatMap(({ name, description }) =>
        documentsIn(description).map((document) => [`${type.name}.${field.name}(${name})`, document] as const),
      ),
    ]),
  ];
});

/** Input objects in the descriptions of arguments, with the argument. */
const objects = Object.values(schema.getQueryType()!.getFields()).flatMap((field) =>
  field.args.flatMap(({ name, type, description }) =>
    [...(description ?? '').matchAll(/`(\{ \w+: [^`]*\})`/g)].map(
      ([, value]) => [`${field.name}(${name})`, value!, type] as const,
    ),
  ),
);

let tenant: Tenant;
/** The owner at a server that may send mail, though nobody takes it. */
let mailing: GraphQLClient;
let stages: Record<string, string>;

beforeAll(async () => {
  tenant = await newTenant('Examples Ltd');
  const url = await anotherServer({ MAIL_URL: 'smtp://127.0.0.1:9', APP_URL: 'https://app.example.com' });
  mailing = new GraphQLClient(`${url}/graphql`, { headers: { authorization: `Bearer ${tenant.owner.token}` } });
  stages = idsByName(await pipelineById(tenant.owner));
});

/** A new record of a type for an example to work on. */
const recordFor: Record<string, () => Promise<{ id: string }>> = {
  Customer: () => newCustomer(tenant.owner, { name: 'Some Customer' }),
  Lead: () => newLead(tenant.owner),
  Deal: async () => newDeal(tenant.owner, { customerId: (await recordFor.Customer!()).id }),
  Activity: async () => {
    const row = activityRow(tenant.id);
    await insertRows('activities', [row]);
    return row;
  },
  Employee: async () => ({ id: await tenant.employee() }),
  Vendor: async () => {
    const { createVendor } = await tenant.owner.request<{ createVendor: { id: string } }>(
      'mutation ($input: CreateVendorInput!) { createVendor(input: $input) { id } }',
      { input: { name: 'Some Vendor', email: 'some@vendors.example' } },
    );
    return createVendor;
  },
};

/** Records for the mutations that need one in another state. */
const recordOf: Record<string, () => Promise<{ id: string }>> = {
  async reopenDeals() {
    const { id } = await recordFor.Deal!();
    return send(tenant.owner, 'markWon', { id });
  },
};

/** Values for the variables of examples, by their names. */
const values: Record<string, (record: string, mutation: string) => unknown> = {
  id: async (record, mutation) => (await (recordOf[mutation] ?? recordFor[record]!)()).id,
  userId: async (_, mutation) =>
    (mutation === 'addOrganizationMembers' ? await newPerson() : await tenant.member('Manager')).id,
  roleId: async () =>
    (await tenant.owner.request<{ roles: { nodes: { id: string }[] } }>('{ roles { nodes { id } } }')).roles.nodes[0]!
      .id,
  customerId: async () => (await recordFor.Customer!()).id,
  employeeId: () => tenant.employee(),
  stageId: () => Object.values(stages)[1],
  lostReason: () => 'Too dear',
  reason: () => 'No answer',
  score: () => 50,
  expectedCount: () => 0,
};

async function variablesOf(document: string): Promise<Fields> {
  const operation = parse(document).definitions[0] as OperationDefinitionNode;
  const [selection] = operation.selectionSet.selections;
  const called = selection?.kind === Kind.FIELD ? selection.name.value : '';
  const field = schema.getMutationType()!.getFields()[called];
  const record = /(\w+)BulkResult/.exec(String(field?.type))?.[1] ?? '';
  const names = (operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value);
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await values[name]!(record, called)] as const)),
  );
}

test('there are examples of each report and each bulk mutation', () => {
  const shown = new Set(examples.map(([place]) => place));
  const reports = Object.keys(schema.getQueryType()!.getFields())
    .filter((name) => /(stats|analytics)$/i.test(name))
    .map((name) => `Query.${name}`);
  const figures = schema.getType('Analytics');
  const named = isObjectType(figures) ? Object.keys(figures.getFields()).map((name) => `Analytics.${name}`) : [];
  const bulk = Object.values(schema.getMutationType()!.getFields())
    .filter(({ type }) => /BulkResult$/.test(String(type)))
    .map(({ name }) => `Mutation.${name}`);
  expect([...reports, ...named, ...bulk].filter((place) => !shown.has(place))).toEqual([]);
});

test.each(examples)('the example of %s runs without errors', async (_, document) => {
  const sender = document.includes('inviteMembers') ? mailing : tenant.owner;
  const answer = await sender.request<Record<string, { summary?: { failed: number } } | null>>(
    document,
    await variablesOf(document),
  );
  for (const result of Object.values(answer)) {
    expect(result).not.toBeNull();
    expect(result!.summary?.failed ?? 0).toBe(0);
  }
});

test.each(examples)('the example of %s uses nothing deprecated', (_, document) => {
  expect(deprecatedUses({ request: {}, document: parse(document) })).toEqual([]);
});

/** A document that sends the input object. */
const documentWith = (place: string, value: string) => {
  const [, field, argument] = /(\w+)\((\w+)\)/.exec(place)!;
  return `{ ${field}(${argument}: ${value}) { __typename } }`;
};

test.each(objects)('the example of %s uses nothing deprecated: %s', (place, value) => {
  expect(deprecatedUses({ request: {}, document: parse(documentWith(place, value)) })).toEqual([]);
});

test.each(objects)('the example of %s is a value of its type: %s', (_, value, type) => {
  expect(valueFromAST(parseValue(value), type)).toBeDefined();
});
