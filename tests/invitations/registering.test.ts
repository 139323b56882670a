import { beforeAll, describe, expect, test } from '@jest/globals';
import { GraphQLClient, gql } from 'graphql-request';
import { sql } from '../support/database.js';
import { confirmedPerson, Inviting, newAddress, tokenInvalid } from '../support/invitations.js';
import { type MailingServer, mailingServer } from '../support/mail-server.js';
import { roleNamed } from '../support/permissions.js';
import { anotherServer, manyPeople, refusal } from '../support/server.js';
import { newAccount } from '../support/sign-in.js';
import { newPerson } from '../support/tenant.js';

let server: MailingServer;
beforeAll(async () => {
  server = await mailingServer();
});

const inviting = () => Inviting.inNewTenant(server);
const accounts = (email: string) => sql('select from users where email = $1', [email]);

describe('register with an invitation', () => {
  test('makes a confirmed account and a member in one step, and sends no verification', async () => {
    const here = await inviting();
    const email = newAddress();
    const roleIds = [await roleNamed(here.tenant, 'Viewer')];
    const token = await here.link(email, { roleIds, isOwner: true });
    const { accessToken, user } = await here.register(` ${email.toUpperCase()}`, token);
    expect(user).toEqual({
      id: expect.any(String),
      isEmailVerified: true,
      memberships: [{ isOwner: true, organization: { id: here.tenant.id }, roles: [{ name: 'Viewer' }] }],
      profiles: expect.arrayContaining([
        { profileType: 'EMPLOYEE', isPrimary: expect.any(Boolean), organization: { id: here.tenant.id } },
        { profileType: 'VENDOR', isPrimary: expect.any(Boolean), organization: { id: here.tenant.id } },
      ]),
    });
    expect(user.profiles.filter(({ isPrimary }) => isPrimary)).toHaveLength(1);
    expect(await here.newest()).toMatchObject({ status: 'ACCEPTED' });
    expect(await here.as({ token: accessToken }).request(gql`{ organization { id } }`)).toEqual({
      organization: { id: here.tenant.id },
    });
    await here.link(newAddress());
    expect(server.mails.letters.filter(({ to }) => to.includes(email))).toHaveLength(1);
  });

  test('beside an organization of one’s own, which is the primary one', async () => {
    const here = await inviting();
    const email = newAddress();
    const { user } = await here.register(email, await here.link(email), { organizationName: 'Mine' });
    expect(user.memberships).toHaveLength(2);
    const [primary] = user.profiles.filter(({ isPrimary }) => isPrimary);
    expect(primary).toMatchObject({ profileType: 'VENDOR' });
    expect(primary!.organization.id).not.toBe(here.tenant.id);
  });

  test('a forwarded link makes no account for another address, and stays valid', async () => {
    const here = await inviting();
    const [email, other] = [newAddress(), newAddress()];
    const token = await here.link(email);
    const refused = await refusal(here.register(other, token));
    expect(refused).toMatchObject({ code: 'FORBIDDEN', reason: 'NOT_INVITED' });
    expect(JSON.stringify(refused)).not.toContain(email);
    expect(await accounts(other)).toEqual([]);
    await expect(here.register(email, token)).resolves.toBeDefined();
  });

  test('refuses tokens that are used, expired, revoked, truncated or made up, and makes no account', async () => {
    const here = await inviting();
    const email = newAddress();
    const token = await here.link(email);
    for (const wrong of [token.slice(1), 'x', 'a'.repeat(255)])
      expect(await refusal(here.register(email, wrong))).toMatchObject(tokenInvalid('input.invitationToken'));
    await here.weekLater();
    expect(await refusal(here.register(email, token))).toMatchObject(tokenInvalid('input.invitationToken'));
    await here.minutesLater(-10_080);
    const { id } = await here.newest();
    await here.owner.request(gql`mutation ($id: ID!) { revokeInvitation(id: $id) { id } }`, { id });
    expect(await refusal(here.register(email, token))).toMatchObject(tokenInvalid('input.invitationToken'));
    expect(await accounts(email)).toEqual([]);
  });

  test('an address that an account has is taken; its owner signs in and accepts', async () => {
    const here = await inviting();
    const person = await confirmedPerson();
    const token = await here.link(person.email);
    expect(await refusal(here.register(person.email, token))).toMatchObject({ reason: 'EMAIL_TAKEN' });
    await expect(here.accept(person, { token })).resolves.toBeDefined();
  });

  test('of twenty registrations at once one succeeds', async () => {
    const here = await inviting();
    const email = newAddress();
    const token = await here.link(email);
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => here.register(email, token)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of tries)
      if (one.status === 'rejected')
        expect(['EMAIL_TAKEN', 'TOKEN_NOT_USABLE']).toContain((await refusal(Promise.reject(one.reason))).reason);
    expect(await accounts(email)).toHaveLength(1);
  });

  test('if anything fails, neither account nor membership is made, and the link stays valid', async () => {
    const here = await inviting();
    const [email, { username }] = [newAddress(), await newPerson()];
    const token = await here.link(email);
    expect(await refusal(here.register(email, token, { username }))).toMatchObject({ reason: 'USERNAME_TAKEN' });
    expect(await accounts(email)).toEqual([]);
    await expect(here.register(email, token)).resolves.toBeDefined();
  });

  test('is possible where only the first user may register by oneself, but not where nobody may', async () => {
    for (const [setting, may] of [
      ['first', true],
      ['closed', false],
    ] as const) {
      const url = await anotherServer({ ...manyPeople, REGISTRATION: setting });
      const limited = new GraphQLClient(`${url}/graphql`);
      const here = await inviting();
      const email = newAddress();
      const token = await here.link(email);
      const plain = gql`mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }`;
      expect(await refusal(limited.request(plain, { input: newAccount() }))).toMatchObject({
        code: 'FORBIDDEN',
        reason: 'REGISTRATION_CLOSED',
      });
      const registering = here.register(email, token, {}, limited);
      if (may) await expect(registering).resolves.toBeDefined();
      else expect(await refusal(registering)).toMatchObject({ reason: 'REGISTRATION_CLOSED' });
    }
  });
});
