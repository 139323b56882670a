import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { sql } from '../support/database.js';
import { refusal } from '../support/server.js';
import { login, me, reasonOf, refresh } from '../support/sign-in.js';
import { makeSuperusers } from '../support/superusers.js';
import { newPerson, newTenant, type Person, type Tenant } from '../support/tenant.js';

describe('accounts', () => {
  const Account = gql`
    { me { id username email firstName lastName fullName profileImage phone title department bio location timezone
      language version updatedAt } }
  `;
  const UpdateProfile = gql`
    mutation ($input: UpdateProfileInput!, $expectedVersion: Int) {
      updateProfile(input: $input, expectedVersion: $expectedVersion) {
        id username firstName lastName fullName profileImage phone title department bio location timezone language
        version updatedAt
      }
    }
  `;
  const UpdateUser = gql`
    mutation ($id: ID!, $input: UpdateUserInput!, $expectedVersion: Int) {
      updateUser(id: $id, input: $input, expectedVersion: $expectedVersion) { id firstName isActive version }
    }
  `;
  type Profile = { updateProfile: { version: number; updatedAt: string } };

  test('updateProfile changes what is given, clears what is null and leaves the rest', async () => {
    const person = await newPerson();
    const all = {
      firstName: 'Ada',
      lastName: 'King',
      profileImage: 'https://people.example/ada.png',
      phone: '+1 555 0100 00',
      title: 'Countess',
      department: 'Engines',
      bio: 'Line one\nLine two',
      location: 'London',
      timezone: 'Europe/London',
      language: 'en-GB',
    };
    expect(await person.request(UpdateProfile, { input: all })).toMatchObject({
      updateProfile: { ...all, fullName: 'Ada King', version: 2 },
    });
    expect(await person.request(UpdateProfile, { input: { lastName: null, title: ' Lady ' } })).toMatchObject({
      updateProfile: { ...all, lastName: null, title: 'Lady', fullName: person.username, version: 3 },
    });
    expect(await person.request(Account)).toMatchObject({ me: { ...all, lastName: null, title: 'Lady', version: 3 } });
  });

  test('a write that changes nothing leaves version and time alone', async () => {
    const person = await newPerson();
    const { updateProfile: first } = await person.request<Profile>(UpdateProfile, { input: { title: 'Lady' } });
    for (const input of [{}, { title: 'Lady' }, { title: ' Lady ', bio: null }])
      expect(await person.request(UpdateProfile, { input })).toMatchObject({
        updateProfile: { version: first.version, updatedAt: first.updatedAt },
      });
  });

  test.each([
    ['username', null, 'REQUIRED'],
    ['timezone', null, 'REQUIRED'],
    ['language', null, 'REQUIRED'],
    ['username', 'x', 'TOO_SHORT'],
    ['username', 'pat@people.example', 'INVALID'],
    ['language', 'not a language', 'INVALID'],
    ['phone', '12', 'INVALID'],
    ['profileImage', 'data:text/html,hi', 'INVALID'],
    ['location', 'x'.repeat(201), 'TOO_LONG'],
    ['bio', 'x'.repeat(10_001), 'TOO_LONG'],
    ['bio', 'form\u000cfeed', 'INVALID'],
  ])('updateProfile refuses %s: %j', async (field, value, code) => {
    const person = await newPerson();
    expect(await refusal(person.request(UpdateProfile, { input: { title: 'Lady', [field]: value } }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: `input.${field}`, code }],
    });
    expect(await person.request(Account)).toMatchObject({ me: { title: null, version: 1 } });
  });

  test.each([['Mars/Olympus'], ['utc+25'], ['']])('updateProfile refuses the time zone %j', async (timezone) => {
    const person = await newPerson();
    expect(await refusal(person.request(UpdateProfile, { input: { timezone } }))).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  test.each([
    ['email', 'new@people.example'],
    ['isActive', false],
    ['isSuperuser', true],
    ['password', '12345678'],
  ])('updateProfile knows no field %s', async (field, value) => {
    const person = await newPerson();
    expect(await refusal(person.request(UpdateProfile, { input: { [field]: value } }))).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  test('a stale expectedVersion is refused with the current one', async () => {
    const person = await newPerson();
    await person.request(UpdateProfile, { input: { title: 'Lady' }, expectedVersion: 1 });
    expect(await refusal(person.request(UpdateProfile, { input: { title: 'Sir' }, expectedVersion: 1 }))).toMatchObject(
      {
        code: 'VERSION_CONFLICT',
        currentVersion: 2,
      },
    );
    expect(await person.request(Account)).toMatchObject({ me: { title: 'Lady', version: 2 } });
    expect(await person.request(UpdateProfile, { input: { title: 'Sir' }, expectedVersion: null })).toMatchObject({
      updateProfile: { title: 'Sir', version: 3 },
    });
  });

  test('of changes at once with the same expectedVersion one succeeds', async () => {
    const person = await newPerson();
    const tries = await Promise.all(
      ['A', 'B', 'C', 'D'].map((title) =>
        person.request(UpdateProfile, { input: { title }, expectedVersion: 1 }).then(
          () => 'changed',
          async (error) => (await refusal(Promise.reject(error))).code,
        ),
      ),
    );
    expect(tries.sort()).toEqual(['VERSION_CONFLICT', 'VERSION_CONFLICT', 'VERSION_CONFLICT', 'changed']);
  });

  test("somebody else's username is refused in any case, one's own may change its case", async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    const rename = (username: string) => person.request(UpdateProfile, { input: { username, title: 'Lady' } });
    expect(await refusal(rename(other.username.toUpperCase()))).toMatchObject({
      code: 'CONFLICT',
      reason: 'USERNAME_TAKEN',
      fields: [{ path: 'input.username', code: 'NOT_UNIQUE' }],
    });
    expect(await person.request(Account)).toMatchObject({ me: { username: person.username, title: null, version: 1 } });
    expect(await rename(person.username.toUpperCase())).toMatchObject({
      updateProfile: { username: person.username.toUpperCase() },
    });
    expect((await login(person.username)).user.id).toBe(person.id);
  });

  test('updateUser changes oneself, also without any organization', async () => {
    const person = await newPerson();
    expect(await person.request(UpdateUser, { id: person.id, input: { firstName: 'Ada' } })).toEqual({
      updateUser: { id: person.id, firstName: 'Ada', isActive: true, version: 2 },
    });
  });

  test('updateUser of anybody else is refused, whether there is such a user and whatever the input', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Admin');
    const stranger = await newPerson();
    for (const caller of [tenant.owner, member])
      for (const id of [caller === member ? tenant.owner.id : member.id, stranger.id, v7()])
        for (const input of [{ firstName: 'Eve' }, { isActive: false }, { firstName: 'x'.repeat(101) }])
          expect(await refusal(caller.request(UpdateUser, { id, input }))).toMatchObject({
            code: 'FORBIDDEN',
            reason: 'SELF_ONLY',
          });
  });

  test('only superusers set isActive', async () => {
    const tenant = await newTenant();
    const set = (isActive: boolean) => tenant.owner.request(UpdateUser, { id: tenant.owner.id, input: { isActive } });
    expect(await refusal(set(false))).toMatchObject({ code: 'FORBIDDEN', reason: 'SUPERUSER_ONLY' });
    await set(true);
  });

  test('a superuser closes the account of a member: sessions end, sign-in is refused, until it is opened', async () => {
    const tenant = await newTenant();
    const member = await tenant.member();
    const second = await login(member.username);
    await makeSuperusers(tenant.owner);
    const set = (isActive: boolean) => tenant.owner.request(UpdateUser, { id: member.id, input: { isActive } });
    expect(await set(false)).toMatchObject({ updateUser: { id: member.id, isActive: false, version: 2 } });
    for (const token of [member.token, second.accessToken])
      expect(await refusal(me(token))).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await reasonOf(refresh(second.refreshToken))).toBe('REFRESH_TOKEN_INVALID');
    expect(await reasonOf(login(member.email))).toBe('INVALID_CREDENTIALS');
    expect(await set(true)).toMatchObject({ updateUser: { isActive: true, version: 3 } });
    expect(await refusal(me(member.token))).toMatchObject({ reason: 'SESSION_ENDED' });
    expect((await login(member.email)).user.id).toBe(member.id);
  });

  test('a superuser does not close the account of the only owner of an organization', async () => {
    const [tenant, other] = [await newTenant(), await newTenant()];
    const superuser = await tenant.member();
    await makeSuperusers(superuser);
    const join = (of: Tenant, person: Person, isOwner: boolean) =>
      of.owner
        .as(of.id)
        .request(gql`mutation ($input: AddOrganizationMemberInput!) { addOrganizationMember(input: $input) { id } }`, {
          input: { userId: person.id, isOwner },
        });
    const close = () => superuser.request(UpdateUser, { id: tenant.owner.id, input: { isActive: false } });
    const lastOwner = { code: 'CONFLICT', reason: 'LAST_OWNER' };
    expect(await refusal(close())).toMatchObject(lastOwner);
    const second = await newPerson();
    await join(tenant, second, true);
    // Of another organization this user becomes the only owner.
    await join(other, tenant.owner, true);
    await sql('update memberships set is_owner = false where user_id = $1', [other.owner.id]);
    expect(await refusal(close())).toMatchObject(lastOwner);
    await sql('update memberships set is_owner = true where user_id = $1', [other.owner.id]);
    await expect(close()).resolves.toMatchObject({ updateUser: { isActive: false } });
    // An owner whose account is closed is none.
    const leave = gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`;
    const [own] = await sql('select id from memberships where user_id = $1', [second.id]);
    expect(await refusal(second.request(leave, own))).toMatchObject(lastOwner);
  });

  test('a superuser changes members only, needs an organization for it and cannot close the own account', async () => {
    const tenant = await newTenant();
    const [stranger, lonely] = [await newPerson(), await newPerson()];
    await makeSuperusers(tenant.owner);
    await makeSuperusers(lonely);
    const input = { firstName: 'Eve' };
    for (const id of [stranger.id, v7()])
      expect(await refusal(tenant.owner.request(UpdateUser, { id, input }))).toMatchObject({
        code: 'NOT_FOUND',
        fields: [{ path: 'id', code: 'NOT_FOUND' }],
      });
    expect(await refusal(lonely.request(UpdateUser, { id: stranger.id, input }))).toMatchObject({
      code: 'FORBIDDEN',
      reason: 'NO_ORGANIZATION',
    });
    expect(
      await refusal(tenant.owner.request(UpdateUser, { id: tenant.owner.id, input: { isActive: false } })),
    ).toMatchObject({
      code: 'CONFLICT',
      reason: 'SELF_ACTION',
    });
    expect(await refusal(tenant.owner.request(UpdateUser, { id: 'no-id', input }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'INVALID_ID',
    });
  });
});
