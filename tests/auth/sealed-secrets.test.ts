import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GraphQLClient } from 'graphql-request';
import { type App, makeApp } from '../../src/app.js';
import { Seal } from '../../src/platform/auth/seal.js';
import { generateKey } from '../../src/platform/auth/tokens.js';
import { readConfig } from '../../src/platform/config.js';
import { sql, urls } from '../support/database.js';
import { mailingServer } from '../support/mail-server.js';
import { Reset, resetToken } from '../support/mailed-links.js';
import {
  beginLogin,
  codeOf,
  complete,
  freshCodes,
  HasSecondFactor,
  type Protected,
  protectedPerson,
  ticketOf,
} from '../support/second-factor.js';
import { keys, manyPeople } from '../support/server.js';
import { reasonOf } from '../support/sign-in.js';

const stored = async ({ id }: { id: string }) => {
  const [row] = await sql<{ sealed: string; codes: string[] }>(
    'select second_factor as sealed, recovery_codes as codes from user_secrets where user_id = $1',
    [id],
  );
  return row!;
};

const apps: App[] = [];
afterAll(() => Promise.all(apps.map((app) => app.close())));

/** A server with these keys on the same database. */
async function serverWith(tokenKeys: Awaited<ReturnType<typeof generateKey>>[]): Promise<GraphQLClient> {
  const config = readConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent', ...manyPeople });
  const app = await makeApp(config, urls.databaseUrl, tokenKeys);
  apps.push(app);
  return new GraphQLClient(`${await app.http.listen({ host: '127.0.0.1', port: 0 })}/graphql`);
}

const signIn = async ({ email }: Protected, code: string, caller: GraphQLClient) =>
  complete((await beginLogin(email, {}, caller)).ticket, code, caller);

describe('the database', () => {
  let person: Protected;
  beforeAll(async () => {
    person = await protectedPerson();
  });

  test('holds neither secrets, nor codes, nor tickets', async () => {
    const ticket = await ticketOf(person);
    const rows = await sql(
      `select s.*, t.* from user_secrets s join sign_in_tickets t on t.user_id = s.user_id where s.user_id = $1`,
      [person.id],
    );
    const text = JSON.stringify(rows).toLowerCase();
    const plain = [person.secret, ticket, ...person.recoveryCodes].map((secret) => secret.toLowerCase());
    for (const secret of plain) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(secret.replaceAll('-', ''));
    }
    expect((await stored(person)).codes).toHaveLength(10);
  });

  test('gives nobody the second factor of another account', async () => {
    const thief = await protectedPerson();
    await sql('update user_secrets set second_factor = $1 where user_id = $2', [
      (await stored(thief)).sealed,
      person.id,
    ]);
    const ticket = await ticketOf(person);
    for (const { secret } of [thief, person])
      expect(await reasonOf(complete(ticket, codeOf(secret)))).toBe('CODE_INVALID');
    expect((await complete(ticket, person.recoveryCodes[0]!)).user.id).toBe(person.id);
  });
});

test('a secret opens for its owner only, and not once it was changed', () => {
  const seal = new Seal(['a', 'b']);
  const sealed = seal.close('secret', 'owner');
  expect(seal.open(sealed, 'owner')).toBe('secret');
  expect(seal.close('secret', 'owner')).not.toBe(sealed);
  expect(new Seal(['b', 'a']).open(sealed, 'owner')).toBe('secret');
  expect(new Seal(['b']).open(sealed, 'owner')).toBeNull();
  expect(seal.open(sealed, 'another')).toBeNull();
  for (const changed of [`${sealed.slice(0, -4)}AAAA`, sealed.slice(0, 12), seal.mark, ''])
    expect(seal.open(changed, 'owner')).toBeNull();
});

describe('when keys change', () => {
  test('a start seals the secrets with the newest key, and the former one may go', async () => {
    const person = await protectedPerson();
    const { sealed } = await stored(person);
    const newest = await generateKey();
    await serverWith([newest, ...keys]);
    const { sealed: resealed } = await stored(person);
    expect(resealed.split('.')[0]).not.toBe(sealed.split('.')[0]);
    const later = await serverWith([newest]);
    expect((await signIn(person, codeOf(person.secret), later)).user.id).toBe(person.id);
    // A server that does not know the key yet or any more takes recovery codes.
    expect(await reasonOf(complete(await ticketOf(person), codeOf(person.secret, 1)))).toBe('CODE_INVALID');
    expect((await complete(await ticketOf(person), person.recoveryCodes[0]!)).user.id).toBe(person.id);
  });

  test('a server without the key leaves the secret for when it comes back', async () => {
    const person = await protectedPerson();
    const { sealed } = await stored(person);
    const strange = await serverWith([await generateKey()]);
    expect((await stored(person)).sealed).toBe(sealed);
    expect(await reasonOf(signIn(person, codeOf(person.secret), strange))).toBe('CODE_INVALID');
    expect((await signIn(person, person.recoveryCodes[0]!, strange)).user.id).toBe(person.id);
    expect((await complete(await ticketOf(person), codeOf(person.secret))).user.id).toBe(person.id);
  });
});

test('a forgotten password does not take the second factor away, and ends tickets', async () => {
  const server = await mailingServer();
  const person = await protectedPerson();
  const before = await ticketOf(person);
  const newPassword = 'another-horse-battery';
  const token = await resetToken(server, person.email, 1);
  await server.client().request(Reset, { token, newPassword });
  expect(await reasonOf(complete(before, codeOf(person.secret)))).toBe('TICKET_INVALID');
  const { ticket } = await beginLogin(person.email, { password: newPassword });
  const { accessToken } = await complete(ticket, codeOf(person.secret));
  expect(await server.client(accessToken).request(HasSecondFactor)).toEqual({
    me: { hasSecondFactor: true },
  });
  await freshCodes(person);
});
