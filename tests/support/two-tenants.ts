import { beforeAll } from '@jest/globals';
import { v7 } from 'uuid';
import { sql } from './database.js';
import { origin } from './server.js';
import { newPerson, newTenant, type Person, type Tenant } from './tenant.js';

export interface Foreign {
  organization: string;
  owner: string;
  member: string;
  membership: string;
  profile: string;
  role: string;
  employee: string;
  customer: string;
  activity: string;
  permission: string;
  vendor: string;
  lead: string;
  pipeline: string;
  stage: string;
  deal: string;
}

export interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; path?: unknown[]; locations?: unknown; extensions: Record<string, unknown> }[];
}

/** A text that stands in every row of organization B and nowhere else. */
export const secret = `zanzibar${v7().slice(-8)}`;

export let a: Tenant;
export let b: Tenant;
export let theirs: Foreign;
export let own: Record<'customer' | 'employee' | 'membership' | (typeof ownKinds)[number], string>;
export const ownKinds = ['role', 'permission', 'vendor', 'lead', 'pipeline', 'stage', 'deal', 'activity'] as const;
export const people: Record<string, Person> = {};

export async function ask(
  person: Person,
  query: string,
  variables: object = {},
  organizationId?: string,
): Promise<Answer> {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${person.token}`,
      ...(organizationId && { 'x-organization-id': organizationId }),
    },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
}

const idOf = async (text: string, values: unknown[]) => (await sql<{ id: string }>(text, values))[0]!.id;

async function newCustomer(tenant: Tenant, fields: object): Promise<string> {
  const { data } = await ask(
    tenant.owner,
    'mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id } }',
    { input: { email: `${v7()}@customers.example`, ...fields } },
  );
  return (data!.createCustomer as { id: string }).id;
}

/** Id of what a mutation made. */
async function made(tenant: Tenant, field: string): Promise<string> {
  const { data } = await ask(tenant.owner, `mutation { made: ${field} }`);
  return (data!.made as { id: string }).id;
}

beforeAll(async () => {
  a = await newTenant('Alpha');
  b = await newTenant(`${secret} Ltd`);
  people.owner = a.owner;
  people.Admin = await a.member('Admin');
  people.Viewer = await a.member('Viewer');
  people['no role'] = await a.member();
  const member = await b.member('Admin');
  await sql('update users set first_name = $2, last_name = $2 where id = any($1)', [[b.owner.id, member.id], secret]);
  const employee = await b.employee({ userId: member.id, firstName: secret, roleName: 'Viewer' });
  const customer = await newCustomer(b, { name: secret, assignedToId: employee, userId: member.id, city: secret });
  const { data } = await ask(
    b.owner,
    'mutation ($id: ID!, $text: String!) { addCustomerNote(customerId: $id, input: { text: $text }) { id } }',
    { id: customer, text: secret },
  );
  theirs = {
    organization: b.id,
    owner: b.owner.id,
    member: member.id,
    membership: member.membershipId,
    profile: await idOf('select id from user_profiles where user_id = $1', [member.id]),
    role: await idOf(`select id from roles where organization_id = $1 and name = 'Admin'`, [b.id]),
    employee,
    customer,
    activity: (data!.addCustomerNote as { id: string }).id,
    permission: await idOf('select id from permissions where organization_id = $1 limit 1', [b.id]),
    vendor: await made(b, `createVendor(input: { name: "${secret}", email: "v@v.example" }) { id }`),
    lead: await made(b, `createLead(input: { name: "${secret}", email: "l@l.example" }) { id }`),
    pipeline: await idOf('select id from pipelines where organization_id = $1', [b.id]),
    stage: await idOf('select id from pipeline_stages where organization_id = $1 order by "order" limit 1', [b.id]),
    deal: await made(b, `createDeal(input: { title: "${secret}", customerId: "${customer}" }) { id }`),
  };
  own = {
    customer: await newCustomer(a, { name: 'Ours' }),
    employee: await a.employee(),
    role: await made(a, 'createRole(input: { name: "Ours" }) { id }'),
    permission: await idOf('select id from permissions where organization_id = $1 limit 1', [a.id]),
    vendor: await made(a, 'createVendor(input: { name: "Ours", email: "v@v.example" }) { id }'),
    lead: await made(a, 'createLead(input: { name: "Ours", email: "l@l.example" }) { id }'),
    pipeline: await idOf('select id from pipelines where organization_id = $1', [a.id]),
    stage: await idOf('select id from pipeline_stages where organization_id = $1 order by "order" limit 1', [a.id]),
    deal: '',
    activity: await made(a, 'createActivity(input: { activityType: NOTE, title: "Ours" }) { id }'),
    membership: (people.Viewer as Person & { membershipId: string }).membershipId,
  };
  own.deal = await made(a, `createDeal(input: { title: "Ours", customerId: "${own.customer}" }) { id }`);
}, 60_000);

export let stranger: Person;
beforeAll(async () => {
  stranger = await newPerson();
});
