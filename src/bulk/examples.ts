import {
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLSchema,
  getNamedType,
  isNonNullType,
} from 'graphql';
import { takesRows } from '../platform/records/check.js';

/** Values for the fields `by` and `input` of rows, by the name of their type. */
const samples: Record<string, string> = {
  CreateCustomerInput: '{ name: "Ada Lovelace", email: "ada@example.com" }',
  CreateLeadInput: '{ name: "Alan Turing", email: "alan@example.com", source: REFERRAL }',
  CreateDealInput: '{ title: "Ten licences", customerId: $customerId, value: "1200.00" }',
  CreateActivityInput: '{ activityType: CALL, title: "Call back", scheduledAt: "2030-01-15T09:00:00Z" }',
  CreateEmployeeInput: '{ firstName: "Grace", lastName: "Hopper", email: "grace@example.com" }',
  CreateVendorInput: '{ name: "Paper & Co", email: "office@example.com" }',
  AddOrganizationMemberInput: '{ userId: $userId }',
  InviteMemberInput: '{ email: "ada@example.com" }',
  UpdateCustomerInput: '{ addTags: ["vip"] }',
  UpdateLeadInput: '{ leadScore: 80 }',
  UpdateDealInput: '{ priority: HIGH }',
  UpdateActivityInput: '{ isPinned: true }',
  UpdateEmployeeInput: '{ jobTitle: "Sales lead" }',
  UpdateVendorInput: '{ rating: 4.5 }',
};

/** Fields of rows that are not required by their type, but belong in an example. */
const shown = new Set(['employeeId']);

const answer = 'summary { total failed } results(status: [FAILED]) { index errors { path message } }';

interface Parts {
  variables: string[];
  args: string;
}

/** An example document for each bulk mutation, from the types of its arguments. */
export function bulkExamples(schema: GraphQLSchema): Record<string, string> {
  const fields = Object.values(schema.getMutationType()!.getFields());
  return Object.fromEntries(
    fields.flatMap((field) => {
      const parts = partsOf(field);
      return parts ? [[`Mutation.${field.name}`, documentOf(field.name, parts)]] : [];
    }),
  );
}

function partsOf({ args }: GraphQLField<unknown, unknown>): Parts | null {
  const rows = args.find(takesRows);
  if (rows) return rowParts(getNamedType(rows.type) as GraphQLInputObjectType);
  if (!args.some(({ name }) => name === 'expectedCount')) return null;
  const further = args.flatMap(({ name, type }) =>
    ['filter', 'mode', 'expectedCount'].includes(name) ? [] : [entryOf(name, String(type), getNamedType(type).name)],
  );
  return {
    variables: ['$expectedCount: Int!', ...further.flatMap(({ variables }) => variables)],
    args: [
      'filter: { externalId: { startsWith: "trial-" } }',
      ...further.map(({ args }) => args),
      'expectedCount: $expectedCount',
    ].join(', '),
  };
}

function rowParts(row: GraphQLInputObjectType): Parts {
  const entries = Object.values(row.getFields())
    .filter(({ name, type }) => isNonNullType(type) || shown.has(name))
    .map(({ name, type }) => entryOf(name, String(type), getNamedType(type).name));
  return {
    variables: entries.flatMap(({ variables }) => variables),
    args: `rows: [{ ${entries.map(({ args }) => args).join(', ')} }]`,
  };
}

/** A value for an argument or field: a sample if its type has one, otherwise a variable. */
function entryOf(name: string, type: string, typeName: string): Parts {
  if (name === 'by') return { variables: [], args: 'by: { externalId: "erp-17" }' };
  const sample = samples[typeName] ?? upsertSample(typeName);
  if (!sample) return { variables: [`$${name}: ${type}`], args: `${name}: $${name}` };
  return {
    variables: [...sample.matchAll(/\$\w+/g)].map(([variable]) => `${variable}: ID!`),
    args: `${name}: ${sample}`,
  };
}

const upsertSample = (typeName: string) =>
  samples[typeName.replace(/^Upsert/, 'Create')]?.replace('@example.com', '@example.org');

function documentOf(name: string, { variables, args }: Parts): string {
  const declared = variables.length ? ` (${variables.join(', ')})` : '';
  return `mutation${declared} { ${name}(${args}) { ${answer} } }`;
}
