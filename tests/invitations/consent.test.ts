import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { ConfigError, readConfig } from '../../src/platform/config.js';
import { sql } from '../support/database.js';
import { confirmedPerson, Inviting } from '../support/invitations.js';
import { type MailingServer, mailingServer } from '../support/mail-server.js';
import { Add } from '../support/memberships.js';
import { refusal, statementsOf } from '../support/server.js';
import { newPerson } from '../support/tenant.js';

const AddMany = gql`
  mutation ($rows: [AddOrganizationMemberRow!]!) {
    addOrganizationMembers(rows: $rows, mode: PER_ROW) { results { status errors { code reason } record { id } } }
  }
`;
const consentRequired = { code: 'CONFLICT', reason: 'CONSENT_REQUIRED' };

describe('MEMBER_CONSENT', () => {
  test('is none outside production and required there, unless it is set', () => {
    const consentIn = (env: NodeJS.ProcessEnv) => readConfig(env, { serves: false }).memberConsent;
    expect(consentIn({})).toBe('none');
    expect(consentIn({ NODE_ENV: 'test' })).toBe('none');
    expect(consentIn({ NODE_ENV: 'production' })).toBe('required');
    expect(consentIn({ NODE_ENV: 'production', MEMBER_CONSENT: 'none' })).toBe('none');
    expect(consentIn({ MEMBER_CONSENT: 'required' })).toBe('required');
    expect(() => readConfig({ MEMBER_CONSENT: 'maybe' })).toThrow(ConfigError);
  });
});

describe('where consent is required', () => {
  let server: MailingServer;
  let here: Inviting;
  beforeAll(async () => {
    server = await mailingServer({ MEMBER_CONSENT: 'required' });
    here = await Inviting.inNewTenant(server);
  });

  test('nobody is added, known or not, and the message names inviteMember', async () => {
    const person = await newPerson();
    const member = await here.tenant.member();
    const statements: number[] = [];
    for (const input of [
      { userId: person.id },
      { email: person.email },
      { userId: v7() },
      { email: `${v7()}@people.example` },
      { userId: member.id },
      { email: person.email, roleIds: [v7()] },
    ]) {
      const sent = await statementsOf(async () => {
        const refused = await refusal(here.owner.request(Add, { input }));
        expect(refused).toMatchObject(consentRequired);
        expect(refused.message).toContain('inviteMember');
      });
      statements.push(sent.length);
    }
    expect(new Set(statements).size).toBe(1);
    expect(await sql('select from memberships where user_id = $1', [person.id])).toEqual([]);
  });

  test('input and rights are looked at first', async () => {
    expect(await refusal(here.owner.request(Add, { input: { email: 'x' } }))).toMatchObject({ code: 'BAD_USER_INPUT' });
    const admin = await here.tenant.member('Admin');
    const input = { userId: v7() };
    expect(await refusal(here.as(admin, here.tenant.id).request(Add, { input }))).toMatchObject({
      reason: 'OWNER_ONLY',
    });
  });

  test('nobody is added in bulk', async () => {
    const person = await newPerson();
    const rows = [{ input: { email: person.email } }, { input: { userId: v7() } }];
    const { addOrganizationMembers } = await here.owner.request<{ addOrganizationMembers: { results: object[] } }>(
      AddMany,
      { rows },
    );
    expect(addOrganizationMembers.results).toEqual(
      rows.map(() => ({ status: 'FAILED', errors: [consentRequired], record: null })),
    );
  });

  test('a former member is readmitted by an invitation alone', async () => {
    const person = await confirmedPerson();
    const { id } = await here.accept(person, { token: await here.link(person.email) });
    await here.as(person, here.tenant.id).request(gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`, {
      id,
    });
    expect(await refusal(here.owner.request(Add, { input: { userId: person.id } }))).toMatchObject(consentRequired);
    await here.invite(person.email);
    expect(await here.accept(person, { token: await here.tokenTo(person.email, 2) })).toMatchObject({ id });
  });
});
