import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isCompositeType,
  isListType,
  isNonNullType,
} from 'graphql';
import { type Fields, newCustomer } from './customers.js';
import { sql } from './database.js';
import { newDeal } from './sales.js';
import { notice } from './server.js';
import { makeSuperusers } from './superusers.js';
import { newTenant, type Person, type Tenant } from './tenant.js';

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));

const fieldsOf = (type: 'User' | 'Organization') =>
  Object.values((schema.getType(type) as GraphQLObjectType).getFields());

/** A selection of every field of a type, of which those with fields of their own tell their type only. */
const everyField = (type: 'User' | 'Organization') =>
  fieldsOf(type)
    .map(({ name, type: answer }) => (isCompositeType(getNamedType(answer)) ? `${name} { __typename }` : name))
    .join(' ');

export const account = `{ ${everyField('User')} }`;
export const organization = `{ ${everyField('Organization')} }`;

/** An answer with these values and no others: every other field is null or, where it may not be, an empty list. */
export function onlyWith(type: 'User' | 'Organization', values: Fields): Fields {
  const empty = ({ type: answer }: GraphQLField<unknown, unknown>) =>
    isNonNullType(answer) && isListType(answer.ofType) ? [] : null;
  return { ...Object.fromEntries(fieldsOf(type).map((field) => [field.name, empty(field)])), ...values };
}

export interface Past {
  tenant: Tenant;
  /** Did a bit of everything in the organization. */
  leaver: Person & { membershipId: string };
  ids: { profile: string; employee: string; customer: string };
}

/** An organization in which somebody made, changed and was linked to records, and let others in. */
export async function withPast(): Promise<Past> {
  const tenant = await newTenant('Old & Sons');
  const { owner } = tenant;
  const leaver = await tenant.member('Admin');
  await owner.request('mutation ($id: ID!) { updateMembership(id: $id, input: { isOwner: true }) { id } }', {
    id: leaver.membershipId,
  });
  await sql('update users set phone = $2, bio = $2, last_login_at = now() where id = $1', [leaver.id, '+49 30 123456']);
  const employee = await tenant.employee({ userId: leaver.id, roleName: 'Viewer' });
  const { id: customer } = await newCustomer(owner, { userId: leaver.id, name: 'A customer' });
  await owner.request('mutation ($input: CreateVendorInput!) { createVendor(input: $input) { id } }', {
    input: { name: 'A vendor', email: 'v@vendors.example', userId: leaver.id },
  });
  await newDeal(leaver, { customerId: customer });
  await leaver.request('mutation ($input: CreateActivityInput!) { createActivity(input: $input) { id } }', {
    input: { activityType: 'CALL', title: 'Called', customerId: customer },
  });
  const invited = await newTenant();
  const roles = await sql<{ id: string }>(`select id from roles where organization_id = $1 and name = 'Viewer'`, [
    tenant.id,
  ]);
  await leaver.request(
    'mutation ($input: AddOrganizationMemberInput!) { addOrganizationMember(input: $input) { id } }',
    { input: { userId: invited.owner.id, roleIds: roles.map(({ id }) => id) } },
  );
  const [profile] = await sql<{ id: string }>(
    `select id from user_profiles where user_id = $1 and profile_type = 'EMPLOYEE'`,
    [leaver.id],
  );
  return { tenant, leaver, ids: { profile: profile!.id, employee, customer } };
}

export const end = ({ tenant, leaver }: Past) =>
  tenant.owner.request('mutation ($id: ID!) { deactivateMembership(id: $id) { id } }', { id: leaver.membershipId });

/** Fills every text and time of an account with something new. */
export async function changeAccount(id: string): Promise<void> {
  await sql(
    `update users set username = 'changed-' || left(id::text, 13), email = id || '@changed.example',
       first_name = 'Changed', last_name = 'Changed', profile_image = 'https://changed.example',
       phone = '+1 999 9999999',
       title = 'Changed', department = 'Changed', bio = 'Changed', location = 'Changed', timezone = 'Asia/Tokyo',
       language = 'ja', last_login_at = now(), password_changed_at = now(), updated_at = now(),
       version = version + 1
     where id = $1`,
    [id],
  );
  await makeSuperusers({ id });
  await notice();
}

export async function changeOrganization({ id }: Tenant): Promise<void> {
  await sql(
    `update organizations set name = 'Changed', slug = id || '-changed', description = 'Changed', industry = 'Changed',
       website = 'https://changed.example', phone = '+1 999 9999999', email = 'x@changed.example', street = 'Changed',
       city = 'Changed', state = 'Changed', postal_code = 'Changed', country = 'Changed', currency = 'JPY',
       timezone = 'Asia/Tokyo', settings = '{"changed": true}', updated_at = now(), version = version + 1
     where id = $1`,
    [id],
  );
  await sql(`update roles set name = 'Changed ' || slug, description = 'Changed' where organization_id = $1`, [id]);
  await notice();
}

/** The organization's ways to somebody, by name. */
export const waysToAccount = ({ leaver, ids }: Past): Record<string, string> => {
  const { id, membershipId } = leaver;
  const nodes = `nodes(ids: ["${id}", "${membershipId}", "${ids.profile}", "${ids.employee}", "${ids.customer}"])`;
  const page = (fields: string) => `(first: 20) { totalCount nodes { ${fields} } }`;
  return {
    members: `
      {
        organizationMembers(first: 20, includeInactive: true) {
          nodes { user ${account} invitedBy ${account} roles { name } }
        }
      }
    `,
    membersByName: `
      {
        organizationMembers(includeInactive: true, orderBy: [{ field: LAST_NAME }]) { nodes { user ${account} } }
      }
    `,
    active: `{ organization { memberCount members${page(`user ${account} invitedBy ${account}`)} } }`,
    profiles: `{ userProfiles${page(`profileType status isOwner roles { name } user ${account}`)} }`,
    node: `{ node(id: "${membershipId}") { ... on Membership { user ${account} } } }`,
    nodes: `{ ${nodes} { id ... on User ${account} ... on Membership { user ${account} roles { name } }
      ... on UserProfile { user ${account} } ... on Employee { linked: user ${account} }
      ... on Customer { linked: user ${account} } } }`,
    users: `{ users${page('id')} user(id: "${id}") ${account} }`,
    employees: `{ employees${page(`user ${account}`)} }`,
    customers: `{ customers${page(`user ${account} activities(first: 5) { nodes { createdBy ${account} } }`)} }`,
    vendors: `{ vendors${page(`user ${account}`)} }`,
    activities: `{ activities${page(`createdBy ${account}`)} }`,
    history: `{ deals${page(`stageHistory(first: 5) { nodes { changedBy ${account} } }`)} }`,
    holders: `{ roles${page(`userCount users(first: 5) { edges { node ${account} assignedBy ${account} } }`)} }`,
    searches: `{ a: organizationMembers(includeInactive: true, search: "changed") { totalCount }
      b: organizationMembers(includeInactive: true, search: "9999999") { totalCount }
      c: userProfiles(search: "changed") { totalCount }
      d: organizationMembers(includeInactive: true, filter: { user: { isActive: { eq: true } } }) { totalCount }
      e: activities(filter: { createdBy: { username: { startsWith: "changed" } } }) { totalCount }
      f: employees(filter: { userId: { eq: "${id}" }, user: { lastLoginAt: { isNull: false } } }) { totalCount }
      g: activities(filter: { not: { createdBy: { lastName: { eq: "Changed" } } } }) { totalCount } }`,
  };
};

/** Somebody's ways to an organization. */
export const waysToOrganization = ({ tenant, leaver, ids }: Past): Record<string, string> => {
  const roles = 'roles { name description permissions { action } users { totalCount } }';
  const profile = `status isOwner organization ${organization} ${roles}`;
  return {
    myProfiles: `{ myProfiles { ${profile} } }`,
    me: `{ me { profiles { ${profile} } memberships { organization ${organization} ${roles} } ${roles} } }`,
    node: `{ node(id: "${ids.profile}") { ... on UserProfile { ${profile} } } }`,
    nodes: `{ nodes(ids: ["${tenant.id}", "${leaver.membershipId}", "${ids.profile}", "${ids.customer}"]) {
      id ... on Organization ${organization} ... on Membership { organization ${organization} }
      ... on UserProfile { ${profile} } } }`,
    lists: `{ myOrganizations ${organization} organizations { nodes ${organization} } }`,
    one: `{ organization(id: "${tenant.id}") ${organization} }`,
    rights: '{ myRoles { name } myPermissions { resource } }',
  };
};
