import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { v7 } from 'uuid';
import { idOf, sql, urls } from '../support/database.js';
import { secret, type TwoTenants, twoTenants } from '../support/two-tenants.js';

/** Why a function that row-level security does not bind tells its caller nothing that the caller may not know. */
const reasons: Record<string, string> = {
  'begin_code(text, uuid)': 'needs the hash of a ticket, or is of the active user; gives a secret that is sealed',
  'begin_second_factor(text)': 'of the active user',
  'begin_attempt(text, text, uuid, uuid)':
    'before sign-in; counts attempts, and tells a salt of which a caller sees nothing',
  'confirm_second_factor(text, bigint, text[])': 'of the active user',
  'confirm_email_change(text)': 'needs the hash of a mailed token',
  'create_user_secrets(uuid, text)': 'writes only where an account has no password yet, and returns nothing',
  'discard_account_tokens()': 'of the active user',
  'draw_codes(uuid, text, integer)': 'of the active organization; without one it is that of the verified caller',
  'end_attempt(uuid, text, text, text, uuid)': 'needs the hash of the password',
  'end_code(text, bigint, text, uuid)': 'of the active user; tells whether a code and a ticket were unused',
  'end_mail(uuid, text, text, integer)': 'needs the lease of the message, which only its server knows',
  'end_sessions(uuid, uuid)': 'own sessions, or those of members of the active organization',
  'find_user(uuid, text)': 'any account may be added as a member by its id or address, and only its id is told',
  'free_slug(text)': 'slugs name organizations to the world, and are unique on the whole server',
  'hand_over_primary_profile(uuid)': 'of oneself, and of present and former members of the active organization',
  'has_second_factor(uuid)': 'of oneself',
  'has_users()': 'tells whether the server is new',
  'holder_count(uuid, uuid)': 'in organizations of the active user',
  'is_email_verified(uuid)': 'of oneself',
  'is_superuser(uuid)': 'of oneself, and of members of the active organization',
  'issue_ticket(text, uuid)': 'of the active user',
  'issue_mail_token(uuid, text)': 'needs the lease of the message, which only its server knows',
  'keep_snapshot()': 'a trigger, which copies from the user and the organization of its row',
  'lease_mail(uuid)': 'gives a message that is due, without a token, to the server that sends it for everybody',
  'lock_organization_of_own_profile(uuid)': 'of own profiles',
  'lock_ownerships(uuid)': 'of oneself, and of members of the active organization; tells nothing',
  'member_count(uuid)': 'in organizations of the active user',
  'owns_alone(uuid, uuid)': 'of oneself, and of members of the active organization',
  'owns_alone_anywhere(uuid)': 'of oneself, and of members of the active organization',
  'owns_organization(uuid, uuid)': 'in organizations of the active user',
  'pending_second_factor()': 'of the active user; gives a secret that is sealed',
  'permission_count(uuid, uuid)': 'in organizations of the active user',
  'permissions_of_role(uuid)': 'of roles of the active organization, and of own roles elsewhere',
  'queue_mail(uuid, text, jsonb, integer)':
    'writes a message about the active user, and tells when that user had the last',
  'refuse_closed_organization()': 'a trigger, which looks at the active organization',
  'remove_second_factor(text, text)': 'of the active user, and needs the hash of the password',
  'request_viewer(uuid, uuid, uuid)': 'needs the id of a session of the user, which only a signed token holds',
  'reseal_second_factor(uuid, text, text)': 'needs the sealed secret, and replaces it by one that only a key can make',
  'reset_password(text, text, text, text)': 'needs the hash of a mailed token',
  'roles_held(uuid, uuid)': 'in the active organization, and own roles elsewhere',
  'rotate_session(uuid, text, text, boolean)': 'needs the hash of the refresh token; for older servers',
  'rotate_session(uuid, text, text, text, boolean)': 'needs the hash of the refresh token',
  'second_factors_sealed_otherwise(text, uuid)': 'gives secrets that are sealed, to the server that seals them anew',
  'search_activities(text)': 'in the active organization',
  'search_customers(text)': 'in the active organization',
  'search_deals(text)': 'in the active organization',
  'search_leads(text)': 'in the active organization',
  'search_vendors(text)': 'in the active organization',
  'taken_names(text, text)': 'names of accounts are unique on the whole server',
  'token_account(text)': 'needs the hash of a mailed token',
  'verify_email(text)': 'needs the hash of a mailed token',
};

/** Tell what the world may know, or need the id of a session, which only its holder knows. */
const tellMore = [
  ...['begin_attempt', 'create_user_secrets', 'find_user', 'free_slug', 'has_users', 'taken_names'],
  ...['request_viewer', 'rotate_session'],
  // Of the active user.
  ...['queue_mail', 'begin_second_factor', 'confirm_second_factor'],
];
const triggers = ['keep_snapshot', 'refuse_closed_organization'];

let world: TwoTenants;
let app: pg.Client;
let session: string;

beforeAll(async () => {
  world = await twoTenants();
  session = await idOf('select id from sessions where user_id = $1', [world.theirs.owner]);
  app = new pg.Client({ connectionString: urls.databaseUrl });
  await app.connect();
}, 60_000);
afterAll(() => app.end());

/** Everything of the other organization and its people that the functions could change. */
const everythingForeign = async () => {
  const people = [world.theirs.owner, world.theirs.member];
  const tables = ['code_counters', 'memberships', 'user_profiles', 'user_roles', 'role_permissions'];
  return Promise.all([
    ...tables.map((table) =>
      sql(`select * from ${table} t where organization_id = $1 order by t::text`, [world.foreign.id]),
    ),
    sql('select * from sessions t where user_id = any($1) order by t::text', [people]),
    sql('select * from user_secrets t where user_id = any($1) order by t::text', [people]),
  ]);
};

/** Rows that a function returns in the tenant's organization, or the error's code. */
async function call(text: string, values: unknown[]): Promise<unknown> {
  await app.query('begin');
  try {
    await app.query(`select set_config('app.user_id', $1, true), set_config('app.organization_id', $2, true)`, [
      world.tenant.owner.id,
      world.tenant.id,
    ]);
    return (await app.query(text, values)).rows;
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    // Committed, so that a change would be seen.
    await app.query('commit');
  }
}

const functions = () =>
  sql<{ name: string; signature: string; types: string[] }>(
    `select p.proname as name, p.oid::regprocedure::text as signature,
       array(select format_type(t, null) from unnest(p.proargtypes) with ordinality a(t, n) order by n) as types
     from pg_proc p where p.prosecdef and p.pronamespace = 'public'::regnamespace`,
  );

describe('functions that look further', () => {
  test('are each listed with the reason why they tell nothing foreign', async () => {
    const found = (await functions()).map(({ signature }) => signature.replaceAll(',', ', '));
    expect(found.sort()).toEqual(Object.keys(reasons).sort());
  });

  test('answer about ids of another organization as about ids that nobody has, and change nothing', async () => {
    const { theirs } = world;
    // By the position among the arguments of that type, so that each function meets each kind somewhere.
    const users = [theirs.owner, theirs.member];
    const others = [theirs.organization, theirs.role, theirs.profile, theirs.membership, session];
    const before = await everythingForeign();
    for (const { name, types } of await functions()) {
      if ([...tellMore, ...triggers].includes(name)) continue;
      const count = types.filter((type) => type === 'uuid').length;
      for (const ids of combinations([...users, ...others], count)) {
        const values = (known: string[]) => {
          const left = [...known];
          return types.map((type) => (type === 'uuid' ? left.shift() : argument(type)));
        };
        const text = `select * from ${name}(${types.map((type, n) => `$${n + 1}::${type}`).join(', ')})`;
        const nobody = ids.map(() => v7());
        const answer = await call(text, values(ids));
        expect([name, ids, answer]).toEqual([name, ids, await call(text, values(nobody))]);
        expect(JSON.stringify(answer)).not.toContain(secret);
      }
    }
    expect(await everythingForeign()).toEqual(before);
  });
});

const argument = (type: string): unknown =>
  ({ integer: 1, bigint: 1, boolean: true, jsonb: '{}', 'text[]': [] })[type] ?? secret;

const combinations = (values: string[], count: number): string[][] =>
  count === 0 ? [[]] : values.flatMap((value) => combinations(values, count - 1).map((rest) => [value, ...rest]));
