import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { hashPassword, proofOf } from '../../src/platform/auth/passwords.js';
import { idOf, sql, urls } from '../support/database.js';
import { login, reasonOf } from '../support/sign-in.js';
import { makeSuperusers } from '../support/superusers.js';
import { newTenant, type Person, password, type Tenant } from '../support/tenant.js';

let app: pg.Client;
let tenant: Tenant;
let stranger: Person;

beforeAll(async () => {
  app = new pg.Client({ connectionString: urls.databaseUrl });
  await app.connect();
  const elsewhere = await newTenant();
  [tenant, stranger] = [await newTenant(), elsewhere.owner];
  await makeSuperusers(tenant.owner, stranger);
});
afterAll(() => app.end());

const hashOf = async ({ id }: { id: string }) =>
  (await sql<{ hash: string }>('select password_hash as hash from user_secrets where user_id = $1', [id]))[0]!.hash;

/** Does as a user in an organization whatever the serving role can, and undoes it. */
async function as<Value>(person: Person, work: () => Promise<Value>): Promise<Value> {
  await app.query('begin');
  try {
    await app.query(`select set_config('app.user_id', $1, true), set_config('app.organization_id', $2, true)`, [
      person.id,
      tenant.id,
    ]);
    return await work();
  } finally {
    await app.query('rollback');
  }
}

describe('the serving role', () => {
  test.each([
    'select from user_secrets',
    'select password_hash from user_secrets where user_id = $1',
    `insert into user_secrets (user_id, password_hash) values ($1, 'x')`,
    `update user_secrets set password_hash = 'x' where user_id = $1`,
    'update user_secrets set is_superuser = true where user_id = $1',
    'delete from user_secrets where user_id = $1',
    'truncate user_secrets',
    'delete from users where id = $1',
  ])('cannot %s', async (statement) => {
    const { owner } = tenant;
    const values = statement.includes('$1') ? [owner.id] : [];
    await expect(as(owner, () => app.query(statement, values))).rejects.toMatchObject({ code: '42501' });
  });

  test('sees nothing even if somebody grants it the table', async () => {
    await sql('grant select, insert, update, delete on user_secrets to crm_app');
    try {
      await as(tenant.owner, async () => {
        expect((await app.query('select from user_secrets')).rowCount).toBe(0);
        expect((await app.query('update user_secrets set is_superuser = true')).rowCount).toBe(0);
        expect((await app.query('delete from user_secrets')).rowCount).toBe(0);
        const insertion = app.query(`insert into user_secrets (user_id, password_hash) values ($1, 'x')`, [
          tenant.owner.id,
        ]);
        await expect(insertion).rejects.toMatchObject({ code: '42501' });
      });
    } finally {
      await sql('revoke all on user_secrets from crm_app');
    }
  });

  test('reads no hash in anything else', async () => {
    const columns = await sql(
      `select table_name from information_schema.columns
       where table_schema = 'public' and (column_name like '%password%hash%' or column_name = 'is_superuser')
       order by 1`,
    );
    expect(columns.map(({ table_name: name }) => name)).toEqual(['known_users', 'user_secrets', 'user_secrets']);
  });
});

/** Functions that reach the secrets, and why. */
const doors: Record<string, string> = {
  begin_attempt: 'tells the salt of an account while the account is not throttled',
  end_attempt: 'compares a hash with the stored one, and replaces a hash that was right',
  create_user_secrets: 'keeps the first password of an account, and nothing where there is one',
  token_account: 'tells the salt of an account to the bearer of a token that was mailed to it',
  reset_password: 'replaces a hash for the bearer of a token that was mailed to the account',
  verify_email: 'marks an address for the bearer of a token that was mailed there',
  confirm_email_change: 'marks an address for the bearer of a token that was mailed there',
  issue_mail_token: 'looks whether an address is verified already',
  is_email_verified: 'tells users whether their own address is verified',
  open_invitation: 'looks whether its sender is a superuser',
  my_invitations: 'looks at the own address, and whether a sender is a superuser',
  lock_invitation: 'looks whether an address is confirmed, and whether the sender is a superuser',
  issue_invitation_token: 'looks whether its sender is a superuser',
  verify_invited_email: 'marks an address for the bearer of a token that was mailed there',
  request_api_key: 'asks whether the person who is responsible for a key is a superuser',
  has_second_factor: 'tells users whether they have one themselves',
  pending_second_factor: 'gives users their sealed secret until they confirm it',
  begin_second_factor: 'keeps a sealed secret where none is in force',
  confirm_second_factor: 'puts in force the sealed secret that its caller names',
  forget_second_factor: 'removes one for remove_second_factor and operators; crm_app may not call it',
  remove_second_factor: 'removes what its caller knows the hash of the password to',
  issue_ticket: 'looks whether there is a second factor, and marks the ticket by the password',
  begin_code: 'gives the sealed secret by which a code is checked',
  end_code: 'uses up a code',
  revoke_invitations: 'asks whether the sender of an invitation is a superuser',
  second_factors_sealed_otherwise: 'gives sealed secrets, which only the server can open',
  reseal_second_factor: 'replaces a sealed secret for a caller who has it',
  lease_webhook: 'gives a webhook all permissions of a superuser who is responsible for it',
  request_viewer: 'tells whether the caller is a superuser',
  is_superuser: 'tells of oneself and of fellow members what the API shows of them',
};

describe('functions of the database', () => {
  test('reach the secrets only where it is named here with its reason', async () => {
    const found = await sql<{ name: string }>(
      `select proname as name
       from pg_proc
       where pronamespace = 'public'::regnamespace
         and prosrc like '%user_secrets%'`,
    );
    expect(found.map(({ name }) => name).sort()).toEqual(Object.keys(doors).sort());
  });

  test('return no hash, not even during a sign-in', async () => {
    const { owner } = tenant;
    const hash = await hashOf(owner);
    const digest = hash.slice(hash.lastIndexOf('$') + 1);
    const session = await idOf('select id from sessions where user_id = $1', [owner.id]);
    const answers = await as(owner, async () => [
      (await app.query('select * from begin_attempt($1, null, null)', [owner.email])).rows,
      (await app.query('select * from request_viewer($1, $2, null)', [owner.id, session])).rows,
      (await app.query('select is_superuser($1)', [owner.id])).rows,
      (await app.query(`select end_attempt($1, 'x', null, null, null)`, [owner.id])).rows,
      (await app.query('select * from known_users')).rows,
    ]);
    expect(JSON.stringify(answers[0])).toContain(hash.slice(0, -digest.length));
    expect(JSON.stringify(answers)).not.toContain(digest);
  });

  test('tell of fellow members only whether they are superusers', async () => {
    const [row] = (
      await as(tenant.owner, () =>
        app.query('select is_superuser($1) as own, is_superuser($2) as other', [tenant.owner.id, stranger.id]),
      )
    ).rows;
    expect(row).toEqual({ own: true, other: false });
  });

  test('give an account no second first password', async () => {
    const second = as(stranger, () => app.query(`select create_user_secrets($1, 'x')`, [stranger.id]));
    await expect(second).rejects.toMatchObject({ code: '23505' });
  });

  test('change a password only for a caller who knows the old one', async () => {
    const hash = await hashOf(stranger);
    const salt = hash.slice(0, hash.lastIndexOf('$') + 1);
    const next = await hashPassword('what-the-thief-wants');
    const change = async (old: string, typed: string | null = null) =>
      (await app.query('select end_attempt($1, $2, $3, $4, null) as "right"', [stranger.id, old, typed, next])).rows[0]
        .right;
    const wrong = (await proofOf('not-the-password', salt)).hash;
    for (const [old, typed] of [[wrong], ['x', wrong], [salt], ['', '']] as [string, string?][])
      expect(await change(old, typed)).toBe(false);
    expect(await hashOf(stranger)).toBe(hash);
    expect(await reasonOf(login(stranger.email, 'what-the-thief-wants'))).toBe('INVALID_CREDENTIALS');
    expect((await login(stranger.email)).user.id).toBe(stranger.id);
    expect(await as(stranger, async () => change((await proofOf(password, salt)).hash))).toBe(true);
  });
});
