import { hashOfToken, newToken } from '../../src/platform/auth/opaque-tokens.js';
import { newApiKey, permissionIds } from './api-keys.js';
import { sender } from './busy-server.js';
import { idOf, sql } from './database.js';
import type { Answer } from './http.js';
import { confirmedPerson, newAddress } from './invitations.js';
import { beginSecondFactor, codeOf, protectedPerson, ticketOf } from './second-factor.js';
import { anotherServer, notice } from './server.js';
import { newAccount } from './sign-in.js';
import { storedInvitation } from './stored-invitations.js';
import { makeSuperusers } from './superusers.js';
import { newPerson, newTenant, type Person, password, type Tenant } from './tenant.js';
import { newWebhook, storedDelivery } from './webhooks.js';

/** An organization with members, and a server that sends mail. */
export interface AccessWorld {
  tenant: Tenant;
  owner: Person;
  member: Person & { membershipId: string };
  ask: (mutation: string, who?: { token: string }, headers?: Record<string, string>) => Promise<Answer>;
  /** Creates something as the owner; its id. */
  made: (mutation: string) => Promise<string>;
}

export async function newAccessWorld(): Promise<AccessWorld> {
  const url = await anotherServer({ MAIL_URL: 'smtp://127.0.0.1:9', APP_URL: 'https://app.example.com' });
  const tenant = await newTenant();
  const { owner } = tenant;
  const send = sender(url);
  const ask: AccessWorld['ask'] = (mutation, who = owner, headers = {}) =>
    send(who.token ? who : null, `mutation { done: ${mutation} }`, {
      headers: { ...(who === owner && { 'x-organization-id': tenant.id }), ...headers },
    });
  const made = async (mutation: string) => ((await ask(`${mutation} { id }`)).data as { done: { id: string } }).done.id;
  return { tenant, owner, member: await tenant.member('Viewer'), ask, made };
}

type Run = (world: AccessWorld) => Promise<Answer>;

const stranger = { token: '' };
const of = (table: string, { id }: Tenant, where = 'true') =>
  idOf(`select id from ${table} where organization_id = $1 and ${where} order by id limit 1`, [id]);
const custom = ({ made }: AccessWorld) => made(`createPermission(input: { resource: "x${Date.now()}", action: "y" })`);
const role = ({ made }: AccessWorld) => made(`createRole(input: { name: "R ${Math.random()}" })`);
const profileOf = ({ tenant, member }: AccessWorld) => of('user_profiles', tenant, `user_id = '${member.id}'`);
const ownerProfile = ({ tenant, owner }: AccessWorld) => of('user_profiles', tenant, `user_id = '${owner.id}'`);
const another = async ({ tenant }: AccessWorld) => (await tenant.member()).membershipId;

async function granting(world: AccessWorld, mutation: string, isGranted: boolean): Promise<Answer> {
  const [permissionId] = await permissionIds(world.tenant.id, ['customer:read']);
  const on = `roleId: "${await role(world)}", permissionId: "${permissionId}"`;
  if (isGranted) await world.ask(`addPermissionToRole(${on}) { id }`);
  return world.ask(`${mutation}(${on}) { id }`);
}

async function assigning(world: AccessWorld, mutation: string, isAssigned: boolean): Promise<Answer> {
  const roleId = await role(world);
  const on = `userId: "${world.member.id}", roleId: "${roleId}"`;
  if (isAssigned) await world.ask(`assignRole(${on}) { id }`);
  return world.ask(
    mutation === 'assignRoles' ? `assignRoles(rows: [{ ${on} }]) { mode }` : `${mutation}(${on}) { id }`,
  );
}

async function keyed({ owner, tenant, ask }: AccessWorld, mutation: string): Promise<Answer> {
  const { id } = await newApiKey(owner, tenant.id, { permissions: ['customer:read'] });
  return ask(mutation === 'revokeApiKey' ? `revokeApiKey(id: "${id}") { id }` : `${mutation}(id: "${id}") { secret }`);
}

const webhook = async ({ owner, tenant }: AccessWorld): Promise<string> =>
  (await newWebhook(owner.as(tenant.id), { url: 'https://hooks.example', recordTypes: ['WEBHOOK'] })).id;

/** Decides who may do what: each makes a change set, and undoing it is refused. */
export const accessChanges: Record<string, Run> = {
  addOrganizationMember: async ({ ask }) =>
    ask(`addOrganizationMember(input: { userId: "${(await newPerson()).id}" }) { id }`),
  addOrganizationMembers: async ({ ask }) =>
    ask(`addOrganizationMembers(rows: [{ input: { userId: "${(await newPerson()).id}" } }]) { mode }`),
  updateMembership: async (world) =>
    world.ask(`updateMembership(id: "${await another(world)}", input: { isOwner: true }) { id }`),
  deactivateMembership: async (world) => world.ask(`deactivateMembership(id: "${await another(world)}") { id }`),
  acceptInvitation: async ({ tenant, ask }) => {
    const person = await confirmedPerson();
    return ask(`acceptInvitation(id: "${await storedInvitation(tenant, person.email)}") { id }`, person);
  },
  createUserProfile: ({ ask, member }) =>
    ask(`createUserProfile(input: { userId: "${member.id}", profileType: CUSTOMER }) { id }`),
  switchProfile: async (world) => {
    const id = await world.made(`createUserProfile(input: { userId: "${world.owner.id}", profileType: CUSTOMER })`);
    await world.ask(`activateProfile(id: "${id}") { id }`);
    return world.ask(`switchProfile(id: "${id}") { id }`);
  },
  deactivateProfile: async (world) => world.ask(`deactivateProfile(id: "${await ownerProfile(world)}") { id }`),
  activateProfile: async (world) => world.ask(`activateProfile(id: "${await ownerProfile(world)}") { id }`),
  suspendProfile: async (world) => world.ask(`suspendProfile(id: "${await profileOf(world)}") { id }`),
  createRole: ({ ask }) => ask('createRole(input: { name: "New" }) { id }'),
  updateRole: async (world) => world.ask(`updateRole(id: "${await role(world)}", input: { isActive: false }) { id }`),
  deleteRole: async (world) => world.ask(`deleteRole(id: "${await role(world)}") { id }`),
  addPermissionToRole: (world) => granting(world, 'addPermissionToRole', false),
  assignPermission: (world) => granting(world, 'assignPermission', false),
  removePermissionFromRole: (world) => granting(world, 'removePermissionFromRole', true),
  removePermission: (world) => granting(world, 'removePermission', true),
  setRolePermissions: async (world) => {
    const ids = await permissionIds(world.tenant.id, ['customer:read']);
    return world.ask(`setRolePermissions(roleId: "${await role(world)}", permissionIds: ["${ids[0]}"]) { id }`);
  },
  assignRole: (world) => assigning(world, 'assignRole', false),
  removeRole: (world) => assigning(world, 'removeRole', true),
  assignRoles: (world) => assigning(world, 'assignRoles', false),
  createPermission: ({ ask }) => ask('createPermission(input: { resource: "ship", action: "sail" }) { id }'),
  updatePermission: async (world) =>
    world.ask(`updatePermission(id: "${await custom(world)}", input: { description: "D" }) { id }`),
  deletePermission: async (world) => world.ask(`deletePermission(id: "${await custom(world)}") { id }`),
  createApiKey: async ({ ask, tenant }) => {
    const [id] = await permissionIds(tenant.id, ['customer:read']);
    return ask(`createApiKey(input: { name: "Key", permissionIds: ["${id}"] }) { secret }`);
  },
  rotateApiKey: (world) => keyed(world, 'rotateApiKey'),
  adoptApiKey: async (world) => {
    const { id } = await newApiKey(world.owner, world.tenant.id, { permissions: ['customer:read'] });
    await sql('update api_keys set responsible_id = null where id = $1', [id]);
    return world.ask(`adoptApiKey(id: "${id}") { secret }`);
  },
  revokeApiKey: (world) => keyed(world, 'revokeApiKey'),
  createWebhook: ({ ask }) => ask('createWebhook(input: { url: "https://hooks.example" }) { secret }'),
  updateWebhook: async (world) =>
    world.ask(`updateWebhook(id: "${await webhook(world)}", input: { description: "D" }) { id }`),
  deleteWebhook: async (world) => world.ask(`deleteWebhook(id: "${await webhook(world)}") { id }`),
  disableWebhook: async (world) => world.ask(`disableWebhook(id: "${await webhook(world)}") { id }`),
  enableWebhook: async (world) => {
    const id = await webhook(world);
    await world.ask(`disableWebhook(id: "${id}") { id }`);
    return world.ask(`enableWebhook(id: "${id}") { id }`);
  },
  rotateWebhookSecret: async (world) => world.ask(`rotateWebhookSecret(id: "${await webhook(world)}") { secret }`),
  terminateEmployee: async ({ tenant, ask }) => ask(`terminateEmployee(id: "${await tenant.employee()}") { id }`),
  terminateEmployees: async ({ tenant, ask }) =>
    ask(`terminateEmployees(rows: [{ id: "${await tenant.employee()}" }]) { mode }`),
};

interface OrganizationChange {
  answer: Answer;
  /** The owner of the organization, who tries to undo it. */
  who: { token: string };
  refusal: { code: string; reason?: string };
  /** Number of the change sets, with those that prepare it. */
  sets?: number;
  /** Lets somebody in who has lost access by the change. */
  reopen?: () => Promise<void>;
}

const accessChange = { code: 'CONFLICT', reason: 'ACCESS_CHANGE' };

/** Makes or closes an organization, with memberships and roles. */
export const organizationChanges: Record<string, (world: AccessWorld) => Promise<OrganizationChange>> = {
  createOrganization: async ({ ask, owner: who }) => {
    const answer = await ask('createOrganization(input: { name: "Another" }) { id }');
    return { answer, who, refusal: accessChange };
  },
  register: async ({ ask }) => {
    const { email, username } = newAccount();
    const input = `email: "${email}", username: "${username}", password: "${password}", organizationName: "Own"`;
    const answer = await ask(`register(input: { ${input} }) { accessToken }`, stranger);
    const { accessToken } = (answer.data as { done: { accessToken: string } }).done;
    return { answer, who: { token: accessToken }, refusal: accessChange };
  },
  deleteOrganization: async ({ ask }) => {
    const { id, owner: who } = await newTenant();
    const answer = await ask(`deleteOrganization(id: "${id}") { id }`, who);
    // Nobody is a member any more, and nobody can write there, so that an operator opens it again for the attempt.
    const reopen = async () => {
      await sql('update organizations set is_active = true where id = $1', [id]);
      await sql('update memberships set is_active = true, left_at = null where organization_id = $1', [id]);
      await notice();
    };
    return { answer, who, refusal: accessChange, sets: 2, reopen };
  },
};

/** The token of a link that the server has mailed to somebody. */
async function mailed({ id, email }: Person, kind: string): Promise<string> {
  const token = newToken();
  await sql(
    `insert into account_tokens (hash, kind, user_id, email, created_at, expires_at)
     values ($1, $2, $3, $4, now(), now() + interval '1 hour')`,
    [hashOfToken(token), kind, id, email],
  );
  return token;
}

const invitation = ({ tenant }: AccessWorld) => storedInvitation(tenant, newAddress());
const signIn = ({ username }: { username: string }) => `input: { username: "${username}", password: "${password}" }`;

/** Changes only what the log leaves out: accounts, sessions, invitations, and positions and deliveries of webhooks. */
export const unloggedChanges: Record<string, Run> = {
  login: async ({ ask, member }) => ask(`login(${signIn(member)}) { accessToken }`, stranger),
  beginLogin: async ({ ask, member }) => ask(`beginLogin(${signIn(member)}) { __typename }`, stranger),
  completeLogin: async ({ ask }) => {
    const person = await protectedPerson();
    const code = codeOf(person.secret);
    return ask(
      `completeLogin(input: { ticket: "${await ticketOf(person)}", code: "${code}" }) { accessToken }`,
      stranger,
    );
  },
  refreshSession: async ({ ask }) =>
    ask(`refreshSession(refreshToken: "${(await newPerson()).refreshToken}") { accessToken }`, stranger),
  logout: async ({ ask }) => ask('logout { revokedSessions }', await newPerson()),
  revokeSession: async ({ ask }) => {
    const person = await newPerson();
    const id = await idOf('select id from sessions where user_id = $1', [person.id]);
    return ask(`revokeSession(id: "${id}") { revokedSessions }`, person);
  },
  requestPasswordReset: ({ ask, member }) =>
    ask(`requestPasswordReset(input: { email: "${member.email}" }) { accepted }`, stranger),
  resetPassword: async ({ ask }) => {
    const token = await mailed(await newPerson(), 'RESET_PASSWORD');
    return ask(
      `resetPassword(input: { token: "${token}", newPassword: "${password}-2" }) { revokedSessions }`,
      stranger,
    );
  },
  verifyEmail: async ({ ask }) =>
    ask(`verifyEmail(token: "${await mailed(await newPerson(), 'VERIFY_EMAIL')}") { email }`, stranger),
  resendVerification: async ({ ask }) => ask('resendVerification { accepted }', await newPerson()),
  requestEmailChange: async ({ ask }) =>
    ask(
      `requestEmailChange(input: { newEmail: "${newAddress()}", password: "${password}" }) { accepted }`,
      await newPerson(),
    ),
  confirmEmailChange: async ({ ask }) => {
    const token = await mailed({ ...(await newPerson()), email: newAddress() }, 'CHANGE_EMAIL');
    return ask(`confirmEmailChange(token: "${token}") { email }`, stranger);
  },
  changePassword: async ({ ask }) =>
    ask(
      `changePassword(input: { oldPassword: "${password}", newPassword: "${password}-2" }) { id }`,
      await newPerson(),
    ),
  beginSecondFactor: async ({ ask }) => ask('beginSecondFactor { secret }', await newPerson()),
  confirmSecondFactor: async ({ ask }) => {
    const person = await newPerson();
    const { secret } = await beginSecondFactor(person);
    return ask(`confirmSecondFactor(input: { code: "${codeOf(secret)}" }) { recoveryCodes }`, person);
  },
  removeSecondFactor: async ({ ask }) => {
    const person = await protectedPerson();
    const input = `password: "${password}", code: "${codeOf(person.secret)}"`;
    return ask(`removeSecondFactor(input: { ${input} }) { id }`, person);
  },
  updateMyAccount: ({ ask, member }) => ask('updateMyAccount(input: { bio: "B" }) { id }', member),
  updateProfile: ({ ask, member }) => ask('updateProfile(input: { bio: "C" }) { id }', member),
  updateUser: async ({ ask, member, owner }) => {
    await makeSuperusers(owner);
    return ask(`updateUser(id: "${owner.id}", input: { bio: "${member.id}" }) { id }`);
  },
  inviteMember: ({ ask }) => ask(`inviteMember(input: { email: "${newAddress()}" }) { id }`),
  inviteMembers: ({ ask }) => ask(`inviteMembers(rows: [{ input: { email: "${newAddress()}" } }]) { mode }`),
  resendInvitation: async (world) => {
    const id = await invitation(world);
    await sql(`update invitations set last_sent_at = last_sent_at - interval '1 hour' where id = $1`, [id]);
    return world.ask(`resendInvitation(id: "${id}") { id }`);
  },
  revokeInvitation: async (world) => world.ask(`revokeInvitation(id: "${await invitation(world)}") { id }`),
  replayWebhook: async (world) => {
    const { changeCursor } = await world.owner
      .as(world.tenant.id)
      .request<{ changeCursor: string }>('{ changeCursor }');
    return world.ask(`replayWebhook(id: "${await webhook(world)}", after: "${changeCursor}") { id }`);
  },
  redeliverWebhookDelivery: async (world) => {
    const id = await storedDelivery(await webhook(world));
    return world.ask(`redeliverWebhookDelivery(id: "${id}") { id }`);
  },
  declineInvitation: async ({ tenant, ask }) => {
    const person = await confirmedPerson();
    return ask(`declineInvitation(id: "${await storedInvitation(tenant, person.email)}") { id }`, person);
  },
};
