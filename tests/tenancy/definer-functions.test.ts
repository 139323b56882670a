import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { NIL, v7 } from 'uuid';
import { newApiKey } from '../support/api-keys.js';
import { idOf, sql, urls } from '../support/database.js';
import { makeSuperusers } from '../support/superusers.js';
import { tables } from '../support/tables.js';
import { secret, type TwoTenants, twoTenants } from '../support/two-tenants.js';

/** Why a function that row-level security does not bind tells its caller nothing that the caller may not know. */
const reasons: Record<string, string> = {
  'adopt_changes()': 'gives copied changes the id of a transaction of this cluster, for everybody; tells their number',
  'begin_code(text, uuid)': 'needs the hash of a ticket, or is of the active user; gives a secret that is sealed',
  'begin_second_factor(text)': 'of the active user',
  'begin_attempt(text, uuid, uuid)': 'before sign-in; counts attempts, and tells a salt of which a caller sees nothing',
  'confirm_second_factor(text, bigint, text[])': 'of the active user',
  'confirm_email_change(text)': 'needs the hash of a mailed token',
  'create_user_secrets(uuid, text)': 'of oneself, where there is no password yet; returns nothing',
  'disable_webhook(uuid, text, boolean)': 'needs the lease of the webhook, which only its server knows',
  'discard_account_tokens()': 'of the active user',
  'draw_codes(uuid, text, integer)': 'of the active organization',
  'end_attempt(uuid, text, text, text, uuid)': 'needs the hash of the password',
  'end_code(text, bigint, text, uuid)': 'of the active user; tells whether a code and a ticket were unused',
  'end_mail(uuid, text, text, integer)': 'needs the lease of the message, which only its server knows',
  'end_sessions(uuid, uuid)': 'of oneself, and for superusers of members of the active organization',
  'erase_from_log(text, uuid)': 'of a record of the active organization, whose changes it counts',
  'find_user(uuid, text)': 'members may add any account by its id or address, and only its id is told',
  'free_slug(text)': 'slugs name organizations to the world, and are unique on the whole server',
  'hand_over_primary_profile(uuid)': 'of oneself, and of present and former members of the active organization',
  'has_second_factor(uuid)': 'of oneself',
  'has_users()': 'tells whether the server is new',
  'holder_count(uuid, uuid)': 'in organizations of the active user',
  'is_email_verified(uuid)': 'of oneself',
  'is_superuser(uuid)': 'of oneself, and of members of the active organization',
  'issue_invitation_token(uuid, text)': 'needs the lease of the message, which only its server knows',
  'issue_ticket(text, uuid)': 'of the active user',
  'issue_mail_token(uuid, text)':
    'needs the lease of the message, which only its server knows; a thief of its role can be that server (0048)',
  'keep_snapshot()': 'a trigger, which copies from the user and the organization of its row',
  'log_change_of_*()': 'triggers of the logged tables, which copy their row and the name of the active user',
  'lease_mail(uuid)':
    'gives a message that is due, without a token, to the server that sends it for everybody, or to such a thief',
  'lease_webhook(uuid)':
    'gives a webhook that has something to send, with sealed secrets, to the server that sends for everybody',
  'log_news(uuid[], text[])':
    'tells the server, which sends changes to subscribers of many organizations, where there is a new one',
  'lock_invitation(text, uuid)': 'needs the hash of a mailed token, or the confirmed address of the invitation',
  'lock_organization_of_own_profile(uuid)': 'of own profiles',
  'lock_ownerships(uuid)': 'of oneself, and for superusers of members of the active organization; tells nothing',
  'member_count(uuid)': 'in organizations of the active user',
  'my_invitations()': 'to the confirmed address of the active user',
  'note_api_key_use(uuid, text)': 'of a key of the active organization; tells nothing',
  'open_invitation(text)': 'needs the hash of a mailed token',
  'owns_alone(uuid, uuid)': 'of owners of organizations of the active user',
  'owns_alone_anywhere(uuid)': 'of oneself, and for superusers of members of the active organization',
  'owns_organization(uuid, uuid)': 'in organizations of the active user',
  'pending_second_factor()': 'of the active user; gives a secret that is sealed',
  'permission_count(uuid, uuid)': 'in organizations of the active user',
  'permissions_of_role(uuid)': 'of roles of the active organization, and of own roles elsewhere',
  'prune_log(integer)': 'deletes what is older than the log is kept, for everybody; tells whether there is more',
  'purge_expired(integer)': 'deletes what has expired, for everybody; tells whether there is more',
  'queue_mail(uuid, text, jsonb, integer)':
    'writes a message about the active user, or for a new password to an address that anybody may name; tells when ' +
    'that user had the last',
  'refuse_closed_organization()': 'a trigger, which looks at the active organization',
  'release_api_keys()': 'a trigger, which looks at the member and the organization of its row',
  'release_webhooks()': 'a trigger, which looks at the member and the organization of its row',
  'replace_api_key_secret(uuid, text, integer)': 'of a key of the active organization; returns nothing',
  'request_api_key(text)': 'needs the hash of the secret',
  'remove_second_factor(text, text)': 'of the active user, and needs the hash of the password',
  'request_viewer(uuid, uuid, uuid)': 'needs the id of a session of the user, which only a signed token holds',
  'reseal_second_factor(uuid, text, text)': 'needs the sealed secret, and replaces it by one that only a key can make',
  'replace_webhook_secret(uuid, text)': 'of a webhook of the active organization; returns nothing',
  'reseal_webhook_secret(uuid, text, text)': 'needs the sealed secret, and replaces it by one that only a key can make',
  'reset_password(text, text, text, text)': 'needs the hash of a mailed token',
  'revoke_invitations()': 'a trigger, which looks at the organization of its row',
  'roles_held(uuid, uuid)': 'in the active organization, and own roles elsewhere',
  'rotate_session(uuid, text, text, text, boolean)': 'needs the id of a session, and the hash of the refresh token',
  'second_factors_sealed_otherwise(text, uuid)': 'gives secrets that are sealed, to the server that seals them anew',
  'search_activities(text)': 'in the active organization',
  'search_customers(text)': 'in the active organization',
  'search_deals(text)': 'in the active organization',
  'search_leads(text)': 'in the active organization',
  'search_vendors(text)': 'in the active organization',
  'taken_names(text, text)': 'names of accounts are unique on the whole server',
  'token_account(text)': 'needs the hash of a mailed token',
  'verify_email(text)': 'needs the hash of a mailed token',
  'webhook_secrets_sealed_otherwise(text, uuid)': 'gives secrets that are sealed, to the server that seals them anew',
  'verify_invited_email(text)': 'of oneself, and needs the hash of a token that was mailed to the same address',
};

/** Arguments that the world, or a member, may ask about: names of the whole server, and words of the product. */
const anybodys = [
  'draw_codes.p_kind',
  ...['begin_attempt.p_name', 'free_slug.p_wanted'],
  ...['taken_names.p_email', 'taken_names.p_username'],
  // Of servers, which take messages for everybody, prove devices, and seal secrets.
  ...['queue_mail.p_id', 'queue_mail.p_template', 'queue_mail.p_variables', 'lease_mail.p_lease'],
  ...['begin_attempt.p_device_user', 'begin_attempt.p_device', 'issue_ticket.p_hash', 'issue_ticket.p_device'],
  ...['begin_second_factor.p_secret', 'second_factors_sealed_otherwise.p_mark'],
  ...['second_factors_sealed_otherwise.p_after', 'lease_webhook.p_lease'],
  ...['webhook_secrets_sealed_otherwise.p_mark', 'webhook_secrets_sealed_otherwise.p_after'],
];
const anyMembers = ['find_user.p_id', 'find_user.p_email'];
/** Only the holder of a session knows its id, and may ask with it about its user. */
const proofs = ['request_viewer.p_session', 'rotate_session.p_session'];

interface Caller {
  /** Undefined on a connection on which nobody has acted yet. */
  settings?: { user: string; organization: string };
  /** Ids that the caller may ask about. */
  knows: string[];
  isMember?: boolean;
}

let world: TwoTenants;
/** Ids and texts of both organizations, and one that names nothing, by the name of the parameter. */
let known: Record<string, (string | null)[]>;
let callers: Record<string, Caller>;
let app: pg.Client;
let fresh: pg.Client;

beforeAll(async () => {
  world = await twoTenants();
  const { tenant, theirs, people, stranger } = world;
  const superuser = await tenant.member('Admin');
  await makeSuperusers(superuser);
  const sessionOf = (user: string) => idOf('select id from sessions where user_id = $1', [user]);
  const profileOf = (user: string) => idOf('select id from user_profiles where user_id = $1', [user]);
  const own = { user: tenant.owner.id, session: await sessionOf(tenant.owner.id) };
  const session = await sessionOf(theirs.owner);
  const [account] = await sql<{ email: string; username: string }>('select email, username from users where id = $1', [
    theirs.owner,
  ]);
  const slug = (await sql<{ slug: string }>('select slug from organizations where id = $1', [theirs.organization]))[0]!
    .slug;
  const users = [theirs.owner, theirs.member, own.user, null];
  known = {
    p_user: users,
    p_id: users,
    p_organization: [theirs.organization, tenant.id, null],
    p_session: [session, own.session, null],
    p_only: [session, own.session, null],
    p_role: [theirs.role, world.own.role, null],
    p_profile: [theirs.profile, await profileOf(own.user), null],
    p_name: [account!.email, account!.username],
    p_email: [account!.email],
    p_username: [account!.username],
    p_wanted: [slug],
    p_key: [(await newApiKey(world.foreign.owner, world.foreign.id)).id, null],
    ...{ p_lease: [theirs.owner, null], p_device: [theirs.owner, null], p_device_user: [theirs.owner, null] },
  };
  const knows = [own.user, own.session, tenant.id, world.own.role, (known.p_profile as string[])[1]!];
  const here = { isMember: true, knows: [...knows, ...Object.values(people).map(({ id }) => id)] };
  callers = {
    'nobody, on a new connection': { knows: [] },
    'nobody, after others': { settings: { user: '', organization: '' }, knows: [] },
    'a user and an organization that do not exist': { settings: { user: NIL, organization: NIL }, knows: [] },
    'a stranger': { settings: { user: stranger.id, organization: NIL }, knows: [] },
    'an owner without an active organization': { settings: { user: own.user, organization: NIL }, knows },
    'an owner': { settings: { user: own.user, organization: tenant.id }, ...here },
    'a superuser': { settings: { user: superuser.id, organization: tenant.id }, ...here },
  };
  [app, fresh] = [0, 1].map(() => new pg.Client({ connectionString: urls.databaseUrl, pipeline: true })) as [
    pg.Client,
    pg.Client,
  ];
  await Promise.all([app.connect(), fresh.connect()]);
});
afterAll(() => Promise.all([app.end(), fresh.end()]));

/** All rows of both organizations and their people, and the organizations themselves. */
async function everything() {
  const { tenant, foreign, theirs, people } = world;
  const users = [theirs.owner, theirs.member, ...Object.values(people).map(({ id }) => id)];
  const organizations = [tenant.id, foreign.id];
  const rows = (table: string, column: string, ids: string[]) =>
    sql(`select * from ${table} t where ${column} = any($1) order by t::text`, [ids]);
  const tenants = (await tables()).filter(({ tenant: isTenants }) => isTenants);
  return Promise.all([
    ...tenants.map(({ name }) => rows(name, 'organization_id', organizations)),
    rows('organizations', 'id', organizations),
    rows('users', 'id', users),
    ...['sessions', 'user_secrets', 'idempotency_keys'].map((table) => rows(table, 'user_id', users)),
  ]);
}

/** The rows of a function or its error, and whether it changed or locked a row. */
async function call({ settings }: Caller, text: string, values: unknown[]) {
  const client = settings ? app : fresh;
  // Sent together, and committed, so that a change would be seen.
  const [, , answer, after] = await Promise.allSettled([
    client.query('begin'),
    settings &&
      client.query(`select set_config('app.user_id', $1, true), set_config('app.organization_id', $2, true)`, [
        settings.user,
        settings.organization,
      ]),
    client.query(text, values),
    client.query('select pg_current_xact_id_if_assigned() is not null as wrote'),
    client.query('commit'),
  ]);
  if (answer.status === 'rejected') return (answer.reason as { code: string }).code;
  if (after.status === 'rejected') throw after.reason;
  return { rows: answer.value.rows, ...after.value.rows[0] };
}

interface DefinerFunction {
  name: string;
  signature: string;
  isTrigger: boolean;
  parameters: string[];
  types: string[];
}

const functions = () =>
  sql<DefinerFunction>(
    `select p.proname as name, p.oid::regprocedure::text as signature, p.prorettype = 'trigger'::regtype as "isTrigger",
       coalesce(p.proargnames, '{}') as parameters,
       array(select format_type(t, null) from unnest(p.proargtypes) with ordinality a(t, n) order by n) as types
     from pg_proc p where p.prosecdef and p.pronamespace <> 'pg_catalog'::regnamespace`,
  );

/** All values that an argument of a function takes in turn. */
function valuesOf(type: string, parameter: string): unknown[] {
  if (type.endsWith('[]')) return valuesOf(type.slice(0, -2), parameter).map((value) => [value]);
  if (type === 'uuid') return known[parameter] ?? Object.values(known).flat();
  if (type === 'text') return known[parameter] ?? [secret];
  if (['integer', 'bigint'].includes(type)) return [1];
  if (type === 'jsonb') return ['{}'];
  // Whether a token is authentic, which the server finds out.
  if (type === 'boolean') return [false];
  throw new Error(`Add values of the type ${type}, with which functions are called`);
}

const combinations = (choices: unknown[][]): unknown[][] =>
  choices.reduce<unknown[][]>((all, values) => all.flatMap((some) => values.map((value) => [...some, value])), [[]]);

/** Another id or text for each that the caller may not ask about; undefined if the caller may ask about all. */
function ofNobody(values: unknown[], mayAsk: (value: string, place: number) => boolean): unknown[] | undefined {
  let count = 0;
  const replaced = values.map((value, place): unknown => {
    if (Array.isArray(value)) return ofNobody(value, (one) => mayAsk(one, place)) ?? value;
    if (typeof value !== 'string' || mayAsk(value, place)) return value;
    return /^[\da-f-]{36}$/.test(value) ? v7() : `nobody${v7()}`;
  });
  for (const [place, value] of values.entries()) if (replaced[place] !== value) count += 1;
  return count ? replaced : undefined;
}

describe('functions that look further', () => {
  test('are each listed with the reason why they tell nothing foreign', async () => {
    const found = (await functions()).map(({ signature }) =>
      signature.replaceAll(',', ', ').replace(/^(log_change_of_).*/, '$1*()'),
    );
    expect([...new Set(found)].sort()).toEqual(Object.keys(reasons).sort());
  });

  test('answer about foreign ids as about ids that nobody has, and lock and change nothing', async () => {
    const before = await everything();
    const differing: unknown[] = [];
    for (const { name, isTrigger, parameters, types } of await functions()) {
      if (isTrigger) continue;
      const places = parameters.slice(0, types.length).map((parameter) => `${name}.${parameter}`);
      const text = `select * from ${name}(${types.map((type, n) => `$${n + 1}::${type}`).join(', ')})`;
      for (const values of combinations(types.map((type, n) => valuesOf(type, parameters[n]!))))
        for (const [who, caller] of Object.entries(callers)) {
          const open = [...anybodys, ...(caller.isMember ? anyMembers : [])];
          const others = ofNobody(values, (value, n) => open.includes(places[n]!) || caller.knows.includes(value));
          const isHolder = values.some((value, n) => value && proofs.includes(places[n]!) && value !== others?.[n]);
          if (!others || isHolder) continue;
          const answers = [await call(caller, text, values), await call(caller, text, others)].map((answer) =>
            JSON.stringify(answer),
          );
          if (answers[0] !== answers[1] || answers[0]!.includes(secret)) differing.push([name, who, values, answers]);
        }
    }
    expect(differing).toEqual([]);
    expect(await everything()).toEqual(before);
  });

  test('close accounts of fellow members only for superusers', async () => {
    const { tenant, people } = world;
    const organization = tenant.id;
    const text = 'select end_sessions($1), lock_ownerships($1), owns_alone_anywhere($1) as alone';
    const fellow: Caller = { settings: { user: people.Viewer!.id, organization }, knows: [] };
    expect(await call(fellow, text, [tenant.owner.id])).toMatchObject({
      rows: [{ end_sessions: 0, alone: false }],
      wrote: false,
    });
    expect(await call(callers['a superuser']!, text, [tenant.owner.id])).toMatchObject({
      rows: [{ end_sessions: 1, alone: true }],
      wrote: true,
    });
  });
});
