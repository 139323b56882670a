import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { sql } from '../support/database.js';
import { confirmed, confirmedPerson, Inviting, newAddress, tokenInvalid } from '../support/invitations.js';
import { type MailingServer, mailingServer } from '../support/mail-server.js';
import { add } from '../support/memberships.js';
import { notice, refusal } from '../support/server.js';
import { makeSuperusers } from '../support/superusers.js';
import { newPerson, type Person } from '../support/tenant.js';

let server: MailingServer;
beforeAll(async () => {
  server = await mailingServer();
});

const End = gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`;
const Demote = gql`mutation ($id: ID!) { updateMembership(id: $id, input: { isOwner: false }) { id } }`;

/** A second owner, with an open invitation to somebody and its token. */
async function withSecondOwner() {
  const here = await Inviting.inNewTenant(server);
  const second = await newPerson();
  const { id: membershipId } = await add(here.tenant, { userId: second.id, isOwner: true });
  const person = await confirmedPerson();
  const invitation = await here.invite(person.email, {}, here.as(second, here.tenant.id));
  const token = await here.tokenTo(person.email);
  return { here, second, membershipId, person, token, id: invitation.id };
}

const expectWorthless = async (here: Inviting, person: Person, { token, id }: { token: string; id: string }) => {
  expect(await here.status(id)).toBe('REVOKED');
  expect(await here.mine(person)).toEqual([]);
  expect(await refusal(here.accept(person, { token }))).toMatchObject(tokenInvalid('token'));
  expect(await refusal(here.accept(person, { id }))).toMatchObject({ code: 'NOT_FOUND' });
  expect(await refusal(here.received(token))).toMatchObject(tokenInvalid('token'));
};

describe('invitations of somebody who may not invite any more are revoked', () => {
  test('an owner who is made a plain member', async () => {
    const { here, membershipId, person, ...named } = await withSecondOwner();
    await here.owner.request(Demote, { id: membershipId });
    await expectWorthless(here, person, named);
  });

  test('an owner who leaves', async () => {
    const { here, second, membershipId, person, ...named } = await withSecondOwner();
    await here.as(second, here.tenant.id).request(End, { id: membershipId });
    await expectWorthless(here, person, named);
    // The former owner is shown as the membership recorded it.
    const { invitations } = await here.owner.request<{ invitations: { nodes: object[] } }>(
      gql`{ invitations { nodes { invitedBy { id fullName phone isActive } } } }`,
    );
    expect(invitations.nodes).toEqual([
      { invitedBy: { id: second.id, fullName: 'Pat Poe', phone: null, isActive: false } },
    ]);
  });

  test('an owner whose account is closed, also once it is open again; another owner invites anew', async () => {
    const { here, second, person, ...named } = await withSecondOwner();
    const superuser = await here.tenant.member();
    await makeSuperusers(superuser);
    await notice();
    const Open = gql`
      mutation ($id: ID!, $isActive: Boolean!) { updateUser(id: $id, input: { isActive: $isActive }) { id } }
    `;
    for (const isActive of [false, true]) {
      await here.as(superuser, here.tenant.id).request(Open, { id: second.id, isActive });
      await expectWorthless(here, person, named);
    }
    await here.invite(person.email);
    expect(await here.mine(person)).toMatchObject([{}]);
  });

  test('an owner whose account is closed, in every organization', async () => {
    const { here, second, id } = await withSecondOwner();
    const other = await Inviting.inNewTenant(server);
    await add(other.tenant, { userId: second.id, isOwner: true });
    const address = newAddress();
    const [theirs, others] = [
      await other.invite(address, {}, other.as(second, other.tenant.id)),
      await other.invite(newAddress()),
    ];
    await sql('update users set is_active = false where id = $1', [second.id]);
    expect(await Promise.all([here.status(id), other.status(theirs.id), other.status(others.id)])).toEqual([
      'REVOKED',
      'REVOKED',
      'PENDING',
    ]);
    await other.invite(address);
  });

  test('not an owner who loses ownership or the right of a superuser, but still has the other', async () => {
    const { here, second, membershipId, person, token, id } = await withSecondOwner();
    await makeSuperusers(second);
    await sql('update user_secrets set is_superuser = false where user_id = $1', [second.id]);
    expect(await here.status(id)).toBe('PENDING');
    await makeSuperusers(second);
    await here.owner.request(Demote, { id: membershipId });
    expect(await here.accept(person, { token })).toMatchObject({ isActive: true });
  });

  test('an owner keeps those that another owner has sent again', async () => {
    const { here, membershipId, person, token, id } = await withSecondOwner();
    await here.minutesLater(1);
    await here.owner.request(gql`mutation ($id: ID!) { resendInvitation(id: $id) { id } }`, { id });
    await here.owner.request(Demote, { id: membershipId });
    expect(await here.accept(person, { token })).toMatchObject({ isActive: true });
  });

  test('a superuser who is a member invites, until the right is gone', async () => {
    const here = await Inviting.inNewTenant(server);
    const superuser = await here.tenant.member();
    await makeSuperusers(superuser);
    await notice();
    const [first, second] = [await confirmedPerson(), await confirmedPerson()];
    const tokens: string[] = [];
    for (const { email } of [first, second]) {
      await here.invite(email, {}, here.as(superuser, here.tenant.id));
      tokens.push(await here.tokenTo(email));
    }
    expect(await here.accept(first, { token: tokens[0]! })).toMatchObject({ isActive: true });
    const { id } = await here.newest();
    await sql('update user_secrets set is_superuser = false where user_id = $1', [superuser.id]);
    await expectWorthless(here, second, { token: tokens[1]!, id });
    await here.invite(second.email);
  });

  test('an acceptance and a demotion at once: nobody joins after it was answered', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { here, membershipId, person, token, id } = await withSecondOwner();
      const [accepted, demoted] = await Promise.allSettled([
        here.accept(person, { token }),
        here.owner.request(Demote, { id: membershipId }),
      ]);
      expect(demoted.status).toBe('fulfilled');
      expect(await here.status(id)).toBe(accepted.status === 'fulfilled' ? 'ACCEPTED' : 'REVOKED');
    }
  });
});

describe('somebody whose membership ends', () => {
  test('does not come back by an invitation from before', async () => {
    const here = await Inviting.inNewTenant(server);
    const person = await confirmedPerson();
    const token = await here.link(person.email, { isOwner: true });
    const { id } = await here.newest();
    const { id: membershipId } = await add(here.tenant, { userId: person.id });
    expect(await here.status(id)).toBe('PENDING');
    await here.owner.request(End, { id: membershipId });
    await expectWorthless(here, person, { token, id });
  });

  test('comes back by one from after, and meanwhile sees the snapshot', async () => {
    const here = await Inviting.inNewTenant(server, 'Before');
    const member = await here.tenant.member();
    await confirmed(member);
    await here.owner.request(End, { id: member.membershipId });
    await here.owner.request(
      gql`mutation ($id: ID!) { updateOrganization(id: $id, input: { name: "After" }) { id } }`,
      { id: here.tenant.id },
    );
    const token = await here.link(member.email);
    const own = gql`{ me { id } myOrganizations { name } myInvitations { organizationName } }`;
    expect(await here.as(member).request(own)).toEqual({
      me: { id: member.id },
      myOrganizations: [],
      myInvitations: [{ organizationName: 'After' }],
    });
    const members = gql`{ organizationMembers(includeInactive: true) { nodes { isActive user { email phone } } } }`;
    expect(JSON.stringify(await here.owner.request(members))).toContain('"isActive":false');
    await here.accept(member, { token });
    expect(await here.as(member).request(own)).toMatchObject({ myOrganizations: [{ name: 'After' }] });
  });

  test('no invitation of another organization is touched', async () => {
    const [here, other] = [await Inviting.inNewTenant(server), await Inviting.inNewTenant(server)];
    const person = await confirmedPerson();
    const { id: membershipId } = await add(here.tenant, { userId: person.id });
    const { id } = await other.invite(person.email);
    await here.owner.request(End, { id: membershipId });
    expect(await other.status(id)).toBe('PENDING');
  });

  test('the last owner can neither leave nor be demoted by inviting another', async () => {
    const here = await Inviting.inNewTenant(server);
    await here.invite(newAddress(), { isOwner: true });
    const [{ id }] = (await sql<{ id: string }>('select id from memberships where user_id = $1', [
      here.tenant.owner.id,
    ])) as [{ id: string }];
    for (const document of [End, Demote])
      expect(await refusal(here.owner.request(document, { id }))).toMatchObject({ reason: 'LAST_OWNER' });
    const person = await confirmedPerson();
    await here.accept(person, { token: await here.link(person.email, { isOwner: true }) });
    await expect(here.owner.request(End, { id })).resolves.toBeDefined();
  });
});
