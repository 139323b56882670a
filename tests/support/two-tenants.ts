import { v7 } from 'uuid';
import { wholeAnswer } from './answers.js';
import { newCustomer } from './customers.js';
import { idOf, sql } from './database.js';
import { storedInvitation } from './stored-invitations.js';
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
  invitation: string;
}

/** A text that stands in every row of the foreign organization and nowhere else. */
export const secret = `zanzibar${v7().slice(-8)}`;

export const ownKinds = ['role', 'permission', 'vendor', 'lead', 'pipeline', 'stage', 'deal', 'activity'] as const;

export interface TwoTenants {
  /** The organization whose people ask. */
  tenant: Tenant;
  /** The organization of which they must not learn anything. */
  foreign: Tenant;
  /** The owner of the first organization, its members by their role, and one without any. */
  people: Record<string, Person>;
  /** A person in neither of the two. */
  stranger: Person;
  /** Ids of the first organization's records. */
  own: Record<'customer' | 'employee' | 'membership' | (typeof ownKinds)[number], string>;
  /** Ids of the other organization's records. */
  theirs: Foreign;
}

/** Id of what a mutation made. */
async function made(tenant: Tenant, field: string): Promise<string> {
  const { data } = await wholeAnswer(tenant.owner, `mutation { made: ${field} }`);
  return (data!.made as { id: string }).id;
}

/** Two organizations with one record of each kind, those of the foreign one marked by the secret. */
export async function twoTenants(): Promise<TwoTenants> {
  const tenant = await newTenant('Alpha');
  const foreign = await newTenant(`${secret} Ltd`);
  const viewer = await tenant.member('Viewer');
  const people = {
    owner: tenant.owner,
    Admin: await tenant.member('Admin'),
    Viewer: viewer,
    'no role': await tenant.member(),
  };
  const member = await foreign.member('Admin');
  await sql('update users set first_name = $2, last_name = $2 where id = any($1)', [
    [foreign.owner.id, member.id],
    secret,
  ]);
  const employee = await foreign.employee({ userId: member.id, firstName: secret, roleName: 'Viewer' });
  const { id: customer } = await newCustomer(foreign.owner, {
    name: secret,
    assignedToId: employee,
    userId: member.id,
    city: secret,
  });
  const { data } = await wholeAnswer(
    foreign.owner,
    'mutation ($id: ID!, $text: String!) { addCustomerNote(customerId: $id, input: { text: $text }) { id } }',
    { id: customer, text: secret },
  );
  const theirs = {
    organization: foreign.id,
    owner: foreign.owner.id,
    member: member.id,
    membership: member.membershipId,
    profile: await idOf('select id from user_profiles where user_id = $1', [member.id]),
    role: await idOf(`select id from roles where organization_id = $1 and name = 'Admin'`, [foreign.id]),
    employee,
    customer,
    activity: (data!.addCustomerNote as { id: string }).id,
    permission: await idOf('select id from permissions where organization_id = $1 limit 1', [foreign.id]),
    vendor: await made(foreign, `createVendor(input: { name: "${secret}", email: "v@v.example" }) { id }`),
    lead: await made(foreign, `createLead(input: { name: "${secret}", email: "l@l.example" }) { id }`),
    pipeline: await idOf('select id from pipelines where organization_id = $1', [foreign.id]),
    stage: await idOf('select id from pipeline_stages where organization_id = $1 order by "order" limit 1', [
      foreign.id,
    ]),
    invitation: await storedInvitation(foreign, `${secret}@invited.example`),
    deal: await made(foreign, `createDeal(input: { title: "${secret}", customerId: "${customer}" }) { id }`),
  };
  const own = {
    customer: (await newCustomer(tenant.owner, { name: 'Ours' })).id,
    employee: await tenant.employee(),
    role: await made(tenant, 'createRole(input: { name: "Ours" }) { id }'),
    permission: await idOf('select id from permissions where organization_id = $1 limit 1', [tenant.id]),
    vendor: await made(tenant, 'createVendor(input: { name: "Ours", email: "v@v.example" }) { id }'),
    lead: await made(tenant, 'createLead(input: { name: "Ours", email: "l@l.example" }) { id }'),
    pipeline: await idOf('select id from pipelines where organization_id = $1', [tenant.id]),
    stage: await idOf('select id from pipeline_stages where organization_id = $1 order by "order" limit 1', [
      tenant.id,
    ]),
    deal: '',
    activity: await made(tenant, 'createActivity(input: { activityType: NOTE, title: "Ours" }) { id }'),
    membership: viewer.membershipId,
  };
  own.deal = await made(tenant, `createDeal(input: { title: "Ours", customerId: "${own.customer}" }) { id }`);
  return { tenant, foreign, people, stranger: await newPerson(), own, theirs };
}
