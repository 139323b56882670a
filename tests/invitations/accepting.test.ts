import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { sql } from '../support/database.js';
import { Accept, confirmed, confirmedPerson, Inviting, newAddress, tokenInvalid } from '../support/invitations.js';
import { type MailingServer, mailingServer, tokenIn } from '../support/mail-server.js';
import { Active } from '../support/memberships.js';
import { roleNamed } from '../support/permissions.js';
import { client, notice, refusal } from '../support/server.js';
import { newPerson, type Person } from '../support/tenant.js';

let server: MailingServer;
beforeAll(async () => {
  server = await mailingServer();
});

const inviting = (name?: string) => Inviting.inNewTenant(server, name);
const notInvited = { code: 'FORBIDDEN', reason: 'NOT_INVITED' };
const notFound = { code: 'NOT_FOUND', fields: [{ path: 'id' }] };

/** An account, with an open invitation to it. */
async function invited(input: object = {}): Promise<{ here: Inviting; person: Person; token: string; id: string }> {
  const [here, person] = [await inviting(), await confirmedPerson()];
  const token = await here.link(person.email, input);
  return { here, person, token, id: (await here.newest()).id };
}

const outcomes = async (tries: Promise<unknown>[]): Promise<string[]> => {
  const ended = await Promise.allSettled(tries);
  const told = ended.map(async (one) =>
    one.status === 'fulfilled' ? 'done' : String((await refusal(Promise.reject(one.reason))).reason ?? 'NOT_FOUND'),
  );
  return (await Promise.all(told)).sort();
};

describe('acceptInvitation', () => {
  test('by the token of the message: a membership by the inviter, with profile and roles', async () => {
    const [here, person] = [await inviting('Acme'), await confirmedPerson()];
    const roleIds = [await roleNamed(here.tenant, 'Viewer'), await roleNamed(here.tenant, 'Sales Rep')];
    const token = await here.link(person.email, { roleIds });
    expect(await here.accept(person, { token })).toEqual({
      id: expect.any(String),
      isActive: true,
      isOwner: false,
      leftAt: null,
      user: { id: person.id },
      organization: { id: here.tenant.id, name: 'Acme' },
      invitedBy: { id: here.tenant.owner.id },
      roles: [{ name: 'Sales Rep' }, { name: 'Viewer' }],
    });
    expect(await here.newest()).toMatchObject({ status: 'ACCEPTED', version: 2, roles: [{}, {}] });
    expect(await here.as(person).request(Active)).toEqual({ organization: { id: here.tenant.id } });
    const assigned = await sql('select distinct assigned_by_id as id from user_roles where user_id = $1', [person.id]);
    expect(assigned).toEqual([{ id: here.tenant.owner.id }]);
  });

  test('by its id, for the confirmed address alone', async () => {
    const [here, person] = [await inviting('Acme'), await newPerson()];
    const { id } = await here.invite(person.email);
    expect(await here.mine(person)).toEqual([]);
    expect(await refusal(here.accept(person, { id }))).toMatchObject(notFound);
    await confirmed(person);
    expect(await here.mine(person)).toEqual([
      { id, organizationName: 'Acme', invitedByName: 'Pat Poe', expiresAt: expect.any(String) },
    ]);
    expect(await here.accept(person, { id })).toMatchObject({ isActive: true });
    expect(await here.mine(person)).toEqual([]);
  });

  test('an owner gets the owner profile and owner rights', async () => {
    const { here, person, token } = await invited({ isOwner: true });
    expect(await here.accept(person, { token })).toMatchObject({ isOwner: true });
    const profiles = await sql('select profile_type as type from user_profiles where user_id = $1 order by 1', [
      person.id,
    ]);
    expect(profiles).toEqual([{ type: 'EMPLOYEE' }, { type: 'VENDOR' }]);
    expect(await here.as(person, here.tenant.id).request(gql`{ invitations { totalCount } }`)).toEqual({
      invitations: { totalCount: 1 },
    });
  });

  test('changes no primary profile, neither before nor after', async () => {
    const [here, person] = [await inviting(), await confirmedPerson('Their own')];
    const home = await here.as(person).request(Active);
    const token = await here.link(person.email);
    const before = await sql('select * from user_profiles where user_id = $1', [person.id]);
    expect(before).toHaveLength(1);
    await here.accept(person, { token });
    expect(await here.as(person).request(Active)).toEqual(home);
    expect(await sql('select * from user_profiles where user_id = $1 and is_primary', [person.id])).toEqual(before);
  });

  test('readmits a former member, without the earlier roles', async () => {
    const here = await inviting();
    const member = await here.tenant.member('Admin');
    await confirmed(member);
    await here.owner.request(gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`, {
      id: member.membershipId,
    });
    const roleIds = [await roleNamed(here.tenant, 'Viewer')];
    const token = await here.link(member.email, { roleIds });
    expect(await here.accept(member, { token })).toMatchObject({
      id: member.membershipId,
      isActive: true,
      leftAt: null,
      roles: [{ name: 'Viewer' }],
    });
  });

  test('a forwarded link is worth nothing to others, and stays valid', async () => {
    const { here, person, token } = await invited();
    const other = await confirmedPerson();
    expect(await refusal(here.accept(other, { token }))).toMatchObject(notInvited);
    expect(JSON.stringify(await refusal(here.accept(other, { token })))).not.toContain(person.email);
    expect(await refusal(client().request(Accept, { token }))).toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(here.accept(person, { token })).resolves.toBeDefined();
  });

  test('an address that is not confirmed, or confirmed no more, is not invited', async () => {
    const [here, person] = [await inviting(), await newPerson()];
    const token = await here.link(person.email);
    expect(await refusal(here.accept(person, { token }))).toMatchObject(notInvited);
    await confirmed(person);
    await sql('update users set email = $2 where id = $1', [person.id, newAddress()]);
    expect(await refusal(here.accept(person, { token }))).toMatchObject(notInvited);
    expect(await here.mine(person)).toEqual([]);
  });

  test('ids of others and of nobody are not found, and nothing changes', async () => {
    const { here, id } = await invited();
    const stranger = await confirmedPerson();
    for (const named of [id, v7()]) {
      expect(await refusal(here.accept(stranger, { id: named }))).toMatchObject(notFound);
      expect(await refusal(here.decline({ id: named }, stranger))).toMatchObject(notFound);
    }
    expect(await here.status(id)).toBe('PENDING');
  });

  test('of twenty acceptances at once one succeeds', async () => {
    for (const by of ['token', 'id'] as const) {
      const { here, person, ...named } = await invited();
      const tries = Array.from({ length: 20 }, () => here.accept(person, { [by]: named[by] }));
      const refused = by === 'token' ? 'TOKEN_NOT_USABLE' : 'NOT_FOUND';
      expect(await outcomes(tries)).toEqual([...Array.from({ length: 19 }, () => refused), 'done']);
      expect(await sql('select from memberships where user_id = $1', [person.id])).toHaveLength(1);
    }
  });

  test('an acceptance and a revocation at once: either wins, and both agree', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { here, person, token, id } = await invited();
      const [accepted, revoked] = await Promise.allSettled([
        here.accept(person, { token }),
        here.owner.request(gql`mutation ($id: ID!) { revokeInvitation(id: $id) { status } }`, { id }),
      ]);
      const isMember = accepted.status === 'fulfilled';
      expect(revoked.status).toBe(isMember ? 'rejected' : 'fulfilled');
      expect(await here.status(id)).toBe(isMember ? 'ACCEPTED' : 'REVOKED');
      expect(await sql('select from memberships where user_id = $1', [person.id])).toHaveLength(isMember ? 1 : 0);
    }
  });

  test('invitations of several organizations can be accepted at once', async () => {
    const person = await confirmedPerson();
    const all = await Promise.all(Array.from({ length: 4 }, () => inviting()));
    const ids: string[] = [];
    for (const here of all) {
      const { id } = await here.invite(person.email);
      ids.push(id);
    }
    await Promise.all(all.map((here, n) => here.accept(person, { id: ids[n]! })));
    expect(await sql('select from memberships where user_id = $1 and is_active', [person.id])).toHaveLength(4);
    expect(await sql('select from user_profiles where user_id = $1 and is_primary', [person.id])).toHaveLength(1);
  });

  test('refuses tokens that are used, expired, truncated, made up or of another kind', async () => {
    const { here, person, token } = await invited();
    const verification = tokenIn(
      (await server.mails.to((await registeredHere()).email)).find(({ source }) => source.includes('/verify?'))!,
      'verify',
    );
    for (const wrong of [token.slice(0, -1), `${token}x`, '', 'x', 'a'.repeat(255), verification, token.toLowerCase()])
      expect(await refusal(here.accept(person, { token: wrong }))).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: 'token' }],
      });
    expect(await refusal(here.accept(person, { token: 'a'.repeat(256) }))).toMatchObject({ code: 'BAD_USER_INPUT' });
    await here.weekLater();
    expect(await refusal(here.accept(person, { token }))).toMatchObject(tokenInvalid('token'));
    expect(await here.mine(person)).toEqual([]);
    await sql(`update invitations set expires_at = now() + interval '1 hour' where organization_id = $1`, [
      here.tenant.id,
    ]);
    await here.accept(person, { token });
    expect(await refusal(here.accept(person, { token }))).toMatchObject(tokenInvalid('token'));
  });

  test('an invitation token verifies, resets and confirms nothing else', async () => {
    const { here, token } = await invited();
    for (const field of [
      `verifyEmail(token: "${token}") { email }`,
      `confirmEmailChange(token: "${token}") { email }`,
      `resetPassword(input: { token: "${token}", newPassword: "another-long-one" }) { revokedSessions }`,
    ])
      expect(await refusal(server.client().request(`mutation { ${field} }`))).toMatchObject({
        reason: 'TOKEN_NOT_USABLE',
      });
    expect(await here.received(token)).toBeDefined();
  });

  test('wants exactly one of token and id', async () => {
    const { here, person, token, id } = await invited();
    for (const named of [{}, { token, id }, { token: null as unknown as string }])
      expect(await refusal(here.accept(person, named))).toMatchObject({
        code: 'BAD_USER_INPUT',
        reason: 'VALIDATION_FAILED',
      });
    expect(await refusal(here.accept(person, { id: 'x' }))).toMatchObject({ reason: 'INVALID_ID' });
  });

  test('refuses a member, whose invitation stays open', async () => {
    const { here, person, token, id } = await invited();
    await here.owner.request(
      gql`mutation ($input: AddOrganizationMemberInput!) { addOrganizationMember(input: $input) { id } }`,
      { input: { userId: person.id } },
    );
    expect(await refusal(here.accept(person, { token }))).toMatchObject({ code: 'CONFLICT', reason: 'ALREADY_MEMBER' });
    expect(await here.status(id)).toBe('PENDING');
  });

  test('leaves out roles that were deleted or deactivated since', async () => {
    const here = await inviting();
    const person = await confirmedPerson();
    const made: string[] = [];
    for (const name of ['Kept', 'Deleted', 'Deactivated']) {
      const { createRole } = await here.owner.request<{ createRole: { id: string } }>(
        gql`mutation ($name: String!) { createRole(input: { name: $name }) { id } }`,
        { name },
      );
      made.push(createRole.id);
    }
    const token = await here.link(person.email, { roleIds: made });
    await here.owner.request(
      gql`
        mutation ($deleted: ID!, $deactivated: ID!) {
          deleteRole(id: $deleted) { id }
          updateRole(id: $deactivated, input: { isActive: false }) { id }
        }
      `,
      { deleted: made[1], deactivated: made[2] },
    );
    expect((await here.newest()).roles).toEqual([{ name: 'Deactivated' }, { name: 'Kept' }]);
    expect(await here.accept(person, { token })).toMatchObject({ roles: [{ name: 'Kept' }] });
  });

  test('a closed account accepts nothing, and a closed organization takes nobody', async () => {
    const { here, person, token } = await invited();
    await here.owner.request(gql`mutation ($id: ID!) { deleteOrganization(id: $id) { id } }`, { id: here.tenant.id });
    expect(await refusal(here.accept(person, { token }))).toMatchObject(tokenInvalid('token'));
    const other = await invited();
    await sql('update users set is_active = false where id = $1', [other.person.id]);
    await notice();
    expect(await refusal(other.here.accept(other.person, other))).toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('declineInvitation', () => {
  test('by its token, which needs no account', async () => {
    const here = await inviting();
    const token = await here.link(newAddress());
    const { id } = await here.newest();
    expect(await here.decline({ token })).toEqual({ declineInvitation: { id } });
    expect(await here.status(id)).toBe('DECLINED');
    expect(await refusal(here.decline({ token }))).toMatchObject(tokenInvalid('token'));
    await here.minutesLater(1);
    expect(await refusal(here.owner.request(`mutation { resendInvitation(id: "${id}") { id } }`))).toMatchObject({
      reason: 'INVITATION_ENDED',
    });
  });

  test('by its id, signed in', async () => {
    const { here, person, id } = await invited();
    expect(await refusal(here.decline({ id }))).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'TOKEN_MISSING' });
    expect(await here.decline({ id }, person)).toEqual({ declineInvitation: { id } });
    expect(await here.mine(person)).toEqual([]);
    expect(await here.status(id)).toBe('DECLINED');
  });
});

describe('answering an invitation', () => {
  test.each(['acceptInvitation', 'declineInvitation'])('%s is alone, without dry run and key', async (name) => {
    const { here, person, token, id } = await invited();
    const field = name === 'acceptInvitation' ? 'id isActive' : 'id';
    const document = `mutation { ${name}(token: "${token}") { ${field} } }`;
    for (const headers of [{ 'x-dry-run': 'true' }, { 'idempotency-key': v7() }])
      expect(await refusal(here.as(person).request(document, {}, headers))).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ code: 'NOT_ALLOWED' }],
      });
    const beside = document.replace('mutation {', 'mutation { updateMyAccount(input: { title: "X" }) { id }');
    expect(await refusal(here.as(person).request(beside))).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await here.status(id)).toBe('PENDING');
  });
});

/** Somebody who has registered at the server that sends mail. */
async function registeredHere(): Promise<{ email: string }> {
  const email = newAddress();
  const [username] = email.split('@');
  await server.client().request(gql`mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }`, {
    input: { email, username, password: 'correct-horse-battery' },
  });
  return { email };
}
