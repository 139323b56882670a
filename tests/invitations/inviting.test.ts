import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { sql } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { Invitations, Invite, Inviting, newAddress, Resend, Revoke, tokenInvalid } from '../support/invitations.js';
import { type MailingServer, mailingServer } from '../support/mail-server.js';
import { roleNamed } from '../support/permissions.js';
import { client, refusal } from '../support/server.js';
import { reasonOf } from '../support/sign-in.js';
import { newPerson, newTenant } from '../support/tenant.js';

let server: MailingServer;
beforeAll(async () => {
  server = await mailingServer();
});
beforeEach(() => {
  server.mails.manner = 'accepts';
});

const inviting = (name?: string) => Inviting.inNewTenant(server, name);
/** The messages about an invitation in the queue. */
const waiting = (id: string) =>
  sql(`select tries, fault from outgoing_mails where variables ->> 'invitation' = $1`, [id]);
const days = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 86_400_000;

describe('inviteMember', () => {
  test('answers what was typed, and sends a link that names organization and inviter', async () => {
    const here = await inviting('Acme & Daughters');
    const email = newAddress();
    const roleIds = [await roleNamed(here.tenant, 'Viewer'), await roleNamed(here.tenant, 'Sales Rep')];
    const invitation = await here.invite(` ${email.toUpperCase()} `, { roleIds, isOwner: true });
    expect(invitation).toEqual({
      id: expect.any(String),
      version: 1,
      email,
      isOwner: true,
      status: 'PENDING',
      createdAt: expect.any(String),
      updatedAt: invitation.createdAt,
      expiresAt: expect.any(String),
      lastSentAt: expect.any(String),
      invitedBy: { id: here.tenant.owner.id },
      roles: [{ name: 'Sales Rep' }, { name: 'Viewer' }],
    });
    expect(days(invitation.lastSentAt, invitation.expiresAt)).toBe(7);
    expect(await here.received(await here.tokenTo(email))).toEqual({
      invitation: {
        id: invitation.id,
        organizationName: 'Acme & Daughters',
        invitedByName: 'Pat Poe',
        expiresAt: invitation.expiresAt,
      },
    });
    const [letter] = await server.mails.to(email);
    expect(letter!.source).toContain('Pat Poe invites you to work with Acme & Daughters');
    expect(letter!.source).toContain('Subject: Invitation to join Acme & Daughters');
  });

  test('a message repeats no name that mail programs would make a link of', async () => {
    const here = await inviting('Win at evil.example now');
    const email = newAddress();
    await here.invite(email);
    const [letter] = await server.mails.to(email);
    expect(letter!.source).not.toContain('evil.example');
    expect(letter!.source).toContain('Pat Poe invites you to work with an organization');
  });

  test.each<[string, object, object]>([
    ['a malformed address', { email: 'x' }, { fields: [{ path: 'input.email', code: 'INVALID' }] }],
    ['an address with a header', { email: 'a@b.example\nBcc: c@d.example' }, { fields: [{ path: 'input.email' }] }],
    ['isOwner null', { isOwner: null }, { fields: [{ path: 'input.isOwner', code: 'REQUIRED' }] }],
    ['a malformed role', { roleIds: [v7(), 'x'] }, { reason: 'INVALID_ID', fields: [{ path: 'input.roleIds.1' }] }],
    [
      'more than 500 roles',
      { roleIds: Array.from({ length: 501 }, () => v7()) },
      { fields: [{ path: 'input.roleIds', code: 'TOO_LONG' }] },
    ],
  ])('refuses %s', async (_what, input, answer) => {
    const here = await inviting();
    const refused = await refusal(here.owner.request(Invite, { input: { email: newAddress(), ...input } }));
    expect(refused).toMatchObject({ code: 'BAD_USER_INPUT', ...answer });
    expect(await here.list()).toEqual([]);
  });

  test('refuses roles that are unknown, foreign or inactive', async () => {
    const here = await inviting();
    const [foreign, viewer] = [await newTenant(), await roleNamed(here.tenant, 'Viewer')];
    for (const role of [v7(), await roleNamed(foreign, 'Admin')])
      expect(await refusal(here.invite(newAddress(), { roleIds: [viewer, role] }))).toMatchObject({
        code: 'NOT_FOUND',
        fields: [{ path: 'input.roleIds.1', code: 'NOT_FOUND' }],
      });
    await sql('update roles set is_active = false where id = $1', [viewer]);
    expect(await refusal(here.invite(newAddress(), { roleIds: [viewer] }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'ROLE_INACTIVE',
    });
    expect(await here.list()).toEqual([]);
  });

  test('refuses an address of a member, but not of a former member', async () => {
    const here = await inviting();
    const member = await here.tenant.member();
    for (const { email } of [member, here.tenant.owner])
      expect(await refusal(here.invite(email))).toMatchObject({ code: 'CONFLICT', reason: 'ALREADY_MEMBER' });
    await here.owner.request(gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`, {
      id: member.membershipId,
    });
    expect(await here.invite(member.email)).toMatchObject({ status: 'PENDING' });
  });

  test('refuses an address that is invited, until the invitation has ended', async () => {
    const here = await inviting();
    const email = newAddress();
    const first = await here.invite(email);
    expect(await refusal(here.invite(email.toUpperCase()))).toMatchObject({
      code: 'CONFLICT',
      reason: 'ALREADY_INVITED',
      existingId: first.id,
      fields: [{ path: 'input.email', code: 'NOT_UNIQUE' }],
    });
    await here.owner.request(Revoke, { id: first.id });
    const second = await here.invite(email);
    await here.weekLater();
    expect(await here.status(second.id)).toBe('EXPIRED');
    const third = await here.invite(email);
    expect((await here.list()).map(({ id, status }) => [id, status])).toEqual([
      [third.id, 'PENDING'],
      [second.id, 'EXPIRED'],
      [first.id, 'REVOKED'],
    ]);
  });

  test('of twenty invitations of an address at once one is made', async () => {
    const here = await inviting();
    const email = newAddress();
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => here.invite(email)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refused = tries.flatMap((one) => (one.status === 'rejected' ? [reasonOf(Promise.reject(one.reason))] : []));
    expect(new Set(await Promise.all(refused))).toEqual(new Set(['ALREADY_INVITED']));
    expect(await here.list()).toHaveLength(1);
  });

  test('two organizations may invite one address', async () => {
    const [one, other] = [await inviting(), await inviting()];
    const email = newAddress();
    await one.invite(email);
    expect(await other.invite(email)).toMatchObject({ status: 'PENDING' });
  });

  test('without mail it is refused, after the input', async () => {
    const { owner, id } = await newTenant();
    expect(await refusal(owner.as(id).request(Invite, { input: { email: newAddress() } }))).toMatchObject({
      code: 'CONFLICT',
      reason: 'MAIL_NOT_CONFIGURED',
    });
    expect(await refusal(owner.as(id).request(Invite, { input: { email: 'x' } }))).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  test('a dry run makes no invitation and sends nothing; a key makes one', async () => {
    const here = await inviting();
    const email = newAddress();
    const send = (header: string, value: string) =>
      here.owner.request<{ inviteMember: { id: string } }>(Invite, { input: { email } }, { [header]: value });
    await send('x-dry-run', 'true');
    expect(await here.list()).toEqual([]);
    const key = v7();
    const { inviteMember } = await send('idempotency-key', key);
    expect(await send('idempotency-key', key)).toEqual({ inviteMember });
    await here.tokenTo(email);
    expect((await server.mails.to(email)).length).toBe(1);
  });

  test('in bulk: each row for itself, and one message for each', async () => {
    const here = await inviting();
    const [twice, once] = [newAddress(), newAddress()];
    const { inviteMembers } = await here.owner.request<{ inviteMembers: { results: object[] } }>(
      gql`
        mutation ($rows: [InviteMemberRow!]!) {
          inviteMembers(rows: $rows, mode: PER_ROW) {
            results { status errors { reason path } record { email status } }
          }
        }
      `,
      { rows: [twice, once, twice, here.tenant.owner.email].map((email) => ({ input: { email } })) },
    );
    expect(inviteMembers.results).toMatchObject([
      { status: 'CREATED', record: { email: twice, status: 'PENDING' } },
      { status: 'CREATED', record: { email: once } },
      { status: 'FAILED', errors: [{ reason: 'ALREADY_INVITED', path: 'input.email' }] },
      { status: 'FAILED', errors: [{ reason: 'ALREADY_MEMBER' }] },
    ]);
    await here.tokenTo(once);
    expect(await here.received(await here.tokenTo(twice))).toMatchObject({ invitation: { invitedByName: 'Pat Poe' } });
  });
});

describe('resendInvitation', () => {
  test('sends another link and extends it, at most once a minute; the earlier link stays valid', async () => {
    const here = await inviting();
    const email = newAddress();
    const first = await here.link(email);
    const { id, expiresAt } = await here.newest();
    expect(await refusal(here.owner.request(Resend, { id }))).toMatchObject({
      code: 'RATE_LIMITED',
      reason: 'TOO_MANY_REQUESTS',
      retryAfterMs: expect.any(Number),
    });
    await here.minutesLater(1);
    const { resendInvitation } = await here.owner.request<{ resendInvitation: { version: number; expiresAt: string } }>(
      Resend,
      { id },
    );
    expect(resendInvitation).toMatchObject({ id, version: 2, status: 'PENDING' });
    expect(Date.parse(resendInvitation.expiresAt)).toBeGreaterThan(Date.parse(expiresAt));
    const second = await here.tokenTo(email, 2);
    expect(second).not.toBe(first);
    for (const token of [first, second]) expect(await here.received(token)).toMatchObject({ invitation: { id } });
  });

  test('renews one that has expired', async () => {
    const here = await inviting();
    const email = newAddress();
    const token = await here.link(email);
    await here.weekLater();
    const { id, status } = await here.newest();
    expect(status).toBe('EXPIRED');
    expect(await refusal(here.received(token))).toMatchObject(tokenInvalid('token'));
    expect(await here.owner.request(Resend, { id })).toMatchObject({ resendInvitation: { status: 'PENDING' } });
    expect(await here.received(token)).toMatchObject({ invitation: { id } });
  });

  test('makes the sender the inviter', async () => {
    const here = await inviting();
    const { id } = await here.invite(newAddress());
    const second = await newPerson();
    const input = { userId: second.id, isOwner: true };
    await here.owner.request(
      gql`mutation ($input: AddOrganizationMemberInput!) { addOrganizationMember(input: $input) { id } }`,
      { input },
    );
    await here.minutesLater(1);
    expect(await here.as(second, here.tenant.id).request(Resend, { id })).toMatchObject({
      resendInvitation: { invitedBy: { id: second.id } },
    });
  });

  test('refuses one that has ended, another version, and unknown or foreign ones', async () => {
    const [here, foreign] = [await inviting(), await inviting()];
    const { id } = await here.invite(newAddress());
    const { id: foreignId } = await foreign.invite(newAddress());
    expect(await refusal(here.owner.request(Resend, { id, expectedVersion: 2 }))).toMatchObject({
      code: 'VERSION_CONFLICT',
      currentVersion: 1,
    });
    for (const document of [Resend, Revoke])
      for (const unknown of [v7(), foreignId])
        expect(await refusal(here.owner.request(document, { id: unknown }))).toMatchObject({
          code: 'NOT_FOUND',
          fields: [{ path: 'id' }],
        });
    await here.owner.request(Revoke, { id });
    expect(await refusal(here.owner.request(Resend, { id }))).toMatchObject({ reason: 'INVITATION_ENDED' });
    expect(await foreign.status(foreignId)).toBe('PENDING');
  });
});

describe('revokeInvitation', () => {
  test('makes its links worthless; again it changes nothing', async () => {
    const here = await inviting();
    const token = await here.link(newAddress());
    const { id } = await here.newest();
    const revoked = await here.owner.request(Revoke, { id });
    expect(revoked).toMatchObject({ revokeInvitation: { status: 'REVOKED', version: 2 } });
    expect(await here.owner.request(Revoke, { id })).toEqual(revoked);
    expect(await refusal(here.received(token))).toMatchObject(tokenInvalid('token'));
  });

  test('a message that waits is not sent any more', async () => {
    const here = await inviting();
    const email = newAddress();
    server.mails.manner = 'refuses';
    const { id } = await here.invite(email);
    await server.mails.hurry();
    await eventually(async () => expect(await waiting(id)).toMatchObject([{ tries: 1, fault: expect.any(String) }]));
    server.mails.manner = 'accepts';
    await here.owner.request(Revoke, { id });
    await sql(`update outgoing_mails set due_at = now() where variables ->> 'invitation' = $1`, [id]);
    await server.mails.hurry();
    await eventually(async () => expect(await waiting(id)).toEqual([]));
    expect(server.mails.letters.filter(({ to }) => to.includes(email))).toEqual([]);
  });
});

describe('invitations', () => {
  test('lists them by status and address', async () => {
    const here = await inviting();
    const emails = [newAddress(), newAddress(), newAddress()];
    const [open, revoked, expired] = [
      await here.invite(emails[0]!),
      await here.invite(emails[1]!),
      await here.invite(emails[2]!),
    ];
    await here.owner.request(Revoke, { id: revoked.id });
    await sql('update invitations set expires_at = now() where id = $1', [expired.id]);
    const listed = async (filter: object) => (await here.list(filter)).map(({ id }) => id);
    expect(await listed({})).toEqual([expired.id, revoked.id, open.id]);
    expect(await listed({ status: { eq: 'PENDING' } })).toEqual([open.id]);
    expect(await listed({ status: { in: ['EXPIRED', 'REVOKED'] } })).toEqual([expired.id, revoked.id]);
    expect(await listed({ email: { eq: emails[0] } })).toEqual([open.id]);
    expect(await here.owner.request(Invitations, { search: emails[1]!.slice(0, 15) })).toMatchObject({
      invitations: { totalCount: 1, nodes: [{ id: revoked.id }] },
    });
  });

  test('are for owners alone', async () => {
    const here = await inviting();
    const { id } = await here.invite(newAddress());
    const admin = await here.tenant.member('Admin');
    const operations: [string, object][] = [
      [Invitations, {}],
      [Invite, { input: { email: newAddress() } }],
      [Resend, { id }],
      [Revoke, { id }],
    ];
    for (const [document, variables] of operations)
      expect(await refusal(here.as(admin, here.tenant.id).request(document, variables))).toMatchObject({
        code: 'FORBIDDEN',
        reason: 'OWNER_ONLY',
      });
    const asNode = gql`query ($id: ID!) { node(id: $id) { id } }`;
    expect(await here.owner.request(asNode, { id })).toEqual({ node: { id } });
    expect(await here.as(admin, here.tenant.id).request(asNode, { id })).toEqual({ node: null });
    expect(await refusal(client().request(Invitations))).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('of other organizations are not listed', async () => {
    const [here, foreign] = [await inviting(), await inviting()];
    await foreign.invite(newAddress());
    expect(await here.list()).toEqual([]);
  });
});
