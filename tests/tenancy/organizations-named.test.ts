import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { fieldCount, generated, type Sent } from '../isolation/generate.js';
import { newWorld, type World } from '../isolation/world.js';
import { newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { confirmedPerson, Inviting, newAddress } from '../support/invitations.js';
import { type Live, listen } from '../support/live.js';
import { type MailingServer, mailingServer } from '../support/mail-server.js';
import { type Catalogue, organizationsNamed } from '../support/organizations-named.js';
import { newReceiver } from '../support/receiver.js';
import type { SentStatement } from '../support/server.js';
import { makeSuperusers } from '../support/superusers.js';
import { newPerson } from '../support/tenant.js';
import { newWebhook } from '../support/webhooks.js';

/** Uses of tenants' tables, and of functions that look at them, that name no organization. */
const unnamed: Record<string, readonly string[]> = {
  'callers are looked up, also those of streams, and their organizations with them': [
    'call request_api_key',
    'call request_viewer',
    'call request_viewer of none',
  ],
  'people look at their own organizations, memberships and profiles, of which they may have several or none': [
    'select memberships by user_id',
    'select memberships by id',
    'select organizations',
    'select organizations by id',
    'select user_profiles by user_id',
    'select user_profiles by id',
    'select known_users',
    'call roles_held',
    'call roles_held of none',
    'select employees by user_id of none',
    'call holder_count',
    'call permission_count',
    'call permissions_of_role',
    'call member_count',
    'call owns_organization',
    'call lock_organization_of_own_profile',
    'call hand_over_primary_profile',
  ],
  'an id of `node` may be that of any organization of the caller': ['select organizations by id of several'],
  'accounts, their rights as superusers, and the names of organizations are those of the whole server': [
    'call find_user',
    'call free_slug',
    'call is_superuser',
    'call lock_ownerships',
    'call owns_alone_anywhere',
    'call end_sessions',
  ],
  'an invitation is found by its token, or by the address of its recipient': [
    'call my_invitations',
    'call open_invitation',
    'call lock_invitation',
    'call issue_invitation_token',
    'call verify_invited_email',
  ],
  'the function takes the organization from the setting of the transaction': [
    'call search_activities',
    'call search_customers',
    'call search_deals',
    'call search_leads',
    'call search_vendors',
    'call erase_from_log',
    'call replace_api_key_secret',
    'call replace_webhook_secret',
    'call note_api_key_use',
  ],
  'jobs serve all organizations': [
    'call lease_webhook',
    'call disable_webhook',
    'call webhook_secrets_sealed_otherwise',
    'call log_news',
    'call prune_log',
    'call purge_expired',
  ],
  'the log has one position for all organizations': ['call log_position'],
};

const listed = Object.values(unnamed).flat();

async function readCatalogue(): Promise<Catalogue> {
  const columns = await sql<{ name: string }>(
    `select table_name as name from information_schema.columns
     where table_schema = 'public' and column_name = 'organization_id'`,
  );
  const tables = new Map([['organizations', 'id'], ...columns.map(({ name }) => [name, 'organization_id'] as const)]);
  const functions = await sql<{ name: string; source: string; place: number }>(
    `select p.proname as name, p.prosrc as source,
       coalesce(array_position(p.proargnames[1:p.pronargs], 'p_organization'), 0) - 1 as place
     from pg_proc p
     where p.pronamespace = 'public'::regnamespace and p.prorettype <> 'trigger'::regtype
       and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')`,
  );
  // Those that look at tenants' tables, by themselves or through another function.
  const looking = new Map<string, number>();
  for (let before = -1; before !== looking.size; ) {
    before = looking.size;
    const names = new RegExp(String.raw`\b(${[...tables.keys(), ...looking.keys()].join('|')})\b`);
    for (const { name, source, place } of functions) if (names.test(source)) looking.set(name, place);
  }
  return { tables, functions: looking };
}

/** Texts that were sent, by what they use without naming an organization. */
const found = new Map<string, string>();
const known = new Map<string, ReturnType<typeof organizationsNamed>>();
let catalogue: Catalogue;

function note({ text, values }: SentStatement): void {
  const named = known.get(text) ?? organizationsNamed(text, catalogue);
  known.set(text, named);
  for (const use of named.loose) found.set(use, text);
  const organizations = Map.groupBy(named.sources, ({ value }) =>
    typeof value === 'number' ? values[value - 1] : value,
  );
  for (const { use } of organizations.get(null) ?? []) found.set(`${use} of none`, text);
  const [, ...others] = [...organizations.values()].sort((one, other) => other.length - one.length);
  for (const { use } of others.flat()) found.set(`${use} of several`, text);
}

const listener = (message: unknown) => note(message as SentStatement);
let server: MailingServer;
let world: World;
/** Open until the end, since its caller is looked up every five seconds. */
let live: Live;

async function send({ operation, caller }: Sent): Promise<void> {
  const token = caller.person?.token ?? caller.secret;
  await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-organization-id': world.own.id,
      ...(token && { authorization: `Bearer ${token}` }),
      // Nothing changes, so that each operation finds what it needs.
      ...(operation.root === 'Mutation' && { 'x-dry-run': 'true' }),
    },
    body: JSON.stringify({ query: operation.query, variables: operation.variables }),
  });
}

const OfOwnOrganizations = gql`{
  me {
    memberships {
      organization { memberCount } invitedBy { fullName } user { fullName }
      roles { userCount permissionCount permissions { id } }
    }
    profiles { isOwner user { fullName } roles { id } }
  }
  myOrganizations { id }
  organizations { nodes { id memberCount } }
  users(first: 2) { nodes { isSuperuser } }
  changeCursor
}`;

const Searches = gql`{
  customers(search: "alpha") { nodes { id } }
  leads(search: "alpha") { nodes { id } }
  deals(search: "alpha") { nodes { id } }
  activities(search: "alpha") { nodes { id } }
  vendors(search: "alpha") { nodes { id } }
}`;

/** Uses that generated operations reach by chance, if the schema is the same. */
async function useOwnRecords(): Promise<void> {
  const { own, foreign, ownIds, callers } = world;
  const { owner } = own;
  // An owner needs no role.
  const admin = callers.find(({ name }) => name === 'Admin')!.person!;
  for (const person of [owner, admin]) await person.request(OfOwnOrganizations);
  await owner.request(Searches);
  for (const id of [foreign.id, ownIds.profile![0]])
    await owner.request('query ($id: ID!, $ids: [ID!]!) { node(id: $id) { id } nodes(ids: $ids) { id } }', {
      id,
      ids: [id, own.id],
    });
  await owner.request('mutation ($id: ID!) { rotateApiKey(id: $id) { apiKey { id } } }', { id: ownIds.apikey![0] });
  await owner.request('mutation ($id: ID!) { eraseRecord(type: CUSTOMER, id: $id) { id } }', {
    id: ownIds.customer![0],
  });
  const { me } = await owner.request<{ me: { profiles: { id: string }[] } }>('{ me { profiles { id } } }');
  await owner.request(
    'mutation ($id: ID!) { switchProfile(id: $id) { id } activateProfile(id: $id) { id } }',
    me.profiles[0],
  );
  const nobody = await newPerson();
  await nobody.request('{ me { roles { id } employee { id } } }');
  await nobody.request('mutation { logout { revokedSessions } }');
}

/** Uses that generated operations do not reach: invitations by mail, streams, webhooks and superusers. */
async function useFurtherServices(): Promise<void> {
  const inviting = await Inviting.inNewTenant(server);
  const guest = await confirmedPerson();
  await inviting.accept(guest, { token: await inviting.link(guest.email) });
  const address = newAddress();
  const token = await inviting.link(address);
  await inviting.received(token);
  await inviting.mine(guest);
  await inviting.register(address, token);
  const { owner } = inviting.tenant;
  live = listen(owner, { server: server.url });
  await live.begun;
  const { receiver, url } = await newReceiver();
  receiver.answer(410);
  const { id } = await newWebhook(owner, { url });
  await owner.request('mutation ($id: ID!) { rotateWebhookSecret(id: $id) { webhook { id } } }', { id });
  await newCustomer(owner);
  await live.changes(1);
  const superuser = await confirmedPerson();
  await inviting.accept(superuser, { token: await inviting.link(superuser.email) });
  await makeSuperusers(superuser);
  await superuser.request('mutation ($id: ID!) { updateUser(id: $id, input: { isActive: false }) { id } }', {
    id: guest.id,
  });
}

beforeAll(async () => {
  catalogue = await readCatalogue();
  subscribe('crm.sql', listener);
  server = await mailingServer();
  world = await newWorld();
  for (let round = 0; round < 2; round += 1) {
    const all = generated(world, { seed: round, first: 0, count: fieldCount, inBoth: false });
    for (const sent of all) await send(round ? sent : { ...sent, caller: world.callers[0]! });
  }
  await useOwnRecords();
  await useFurtherServices();
}, 180_000);

afterAll(() => {
  live?.close();
  unsubscribe('crm.sql', listener);
});

test('each statement about tenants names one organization, or is listed with its reason', () => {
  expect(known.size).toBeGreaterThan(500);
  const others = [...found].filter(([use]) => !listed.includes(use));
  expect(Object.fromEntries(others)).toEqual({});
});

test('each use on the list is needed', async () => {
  await eventually(() => expect(listed.filter((use) => !found.has(use))).toEqual([]));
});

test.each([
  ['no condition', 'select id from customers', ['select customers']],
  ['another column', 'select 1 from customers c where c.id = $1', ['select customers by id']],
  ['the setting', `select 1 from deals where organization_id = current_setting('a')::uuid`, ['select deals']],
  ['a parameter', 'select 1 from customers c where $1::uuid = c.organization_id and c.id = $2', []],
  ['one of several', 'select 1 from customers where organization_id = any($1)', ['select customers']],
  ['either', 'select 1 from customers where organization_id = $1 or id = $2', ['select customers']],
  ['a negation', 'select 1 from customers where not organization_id = $1', ['select customers']],
  [
    'a join',
    'select 1 from customers c join deals d on d.organization_id = c.organization_id where c.organization_id = $1',
    [],
  ],
  [
    'a join by id alone',
    'select 1 from customers c join deals d on d.customer_id = c.id where c.organization_id = $1',
    ['select deals'],
  ],
  [
    'the wrong side of an outer join',
    'select 1 from customers c left join deals d on d.organization_id = c.organization_id and d.organization_id = $1',
    ['select customers'],
  ],
  [
    'a subquery',
    'select (select count(*) from deals d where d.customer_id = c.id) from customers c where c.organization_id = $1',
    ['select deals'],
  ],
  [
    'a common table',
    'with c as (select * from customers where organization_id = $1) ' +
      'select 1 from deals d, c where d.organization_id = c.organization_id',
    [],
  ],
  [
    'a common table of values',
    'with c as (select * from json_to_recordset($1) as r (organization_id uuid)) ' +
      'select 1 from deals d, c where d.organization_id = c.organization_id',
    ['select deals'],
  ],
  [
    'a condition of a subquery',
    'select (select 1 where c.organization_id = $1), 1 from customers c',
    ['select customers'],
  ],
  [
    'a condition of one alternative',
    'select 1 from customers c, deals d where c.organization_id = $1 or c.organization_id = d.organization_id',
    ['select customers', 'select deals'],
  ],
  [
    'alternatives of the same organization',
    'select 1 from deals where (organization_id = $1 and id = $2) or (organization_id = $1 and id = $3)',
    [],
  ],
  ['a merge', 'merge into deals using leads on true when matched then delete', ['MergeStmt']],
  ['an update', 'update customers set name = $1 where id = $2', ['update customers by id']],
  ['a deletion', 'delete from customers using deals where deals.organization_id = $1', ['delete customers']],
  ['a new row', 'insert into customers (organization_id, id) values ($1, $2)', []],
  ['a new row of nobody', 'insert into customers (id) values ($1)', ['insert customers']],
  [
    'a copied row',
    'insert into customers (organization_id, id) select organization_id, id from leads where organization_id = $1',
    [],
  ],
  ['a function', 'select member_count($1)', []],
  ['a function of all', 'select * from my_invitations()', ['call my_invitations']],
])('%s', (_, text, loose) => expect(organizationsNamed(text, catalogue).loose).toEqual(loose));
