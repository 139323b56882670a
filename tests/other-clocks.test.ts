/**
 * These servers run in the file itself, whose clock it sets.
 *
 * @jest-environment node
 */
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { createActivity } from './support/activities.js';
import { CreateApiKey, newApiKey, permissionIds } from './support/api-keys.js';
import { sql } from './support/database.js';
import { Inviting, newAddress, Resend } from './support/invitations.js';
import { type MailingServer, mailingServer } from './support/mail-server.js';
import { beginSecondFactor, codeOf, complete, confirm, protectedPerson, ticketOf } from './support/second-factor.js';
import { client, refusal } from './support/server.js';
import { newPerson, newTenant, type Tenant } from './support/tenant.js';

const minute = 60_000;
const RightDate = Date;
/** Milliseconds by which the clock of the servers is fast; less than the 10 minutes for which a token is valid. */
let fast = 0;

class ServersDate extends RightDate {
  constructor(...values: [number] | []) {
    super(...((values.length ? values : [RightDate.now() + fast]) as [number]));
  }

  static override now = () => RightDate.now() + fast;
}

let server: MailingServer;
let tenant: Tenant;

beforeAll(async () => {
  server = await mailingServer();
  tenant = await newTenant();
  globalThis.Date = ServersDate as DateConstructor;
});
afterEach(() => {
  fast = 0;
});

/** A moment by the right clock. */
const inMinutes = (minutes: number) => new RightDate(RightDate.now() + minutes * minute).toISOString();
/** The distance of a moment from now, by the right clock. */
const minutesFromNow = (moment: string) => (RightDate.parse(moment) - RightDate.now()) / minute;
const outOfRange = (path: string) => ({ code: 'BAD_USER_INPUT', fields: [{ path, code: 'OUT_OF_RANGE' }] });

describe.each([
  ['fast', 5],
  ['slow', -5],
])('a server whose clock is %s', (_what, minutes) => {
  const turn = () => {
    fast = minutes * minute;
  };

  test('sends invitations that other servers send again after a minute', async () => {
    const inviting = new Inviting(server, tenant);
    turn();
    const { id, expiresAt } = await inviting.invite(newAddress());
    expect(minutesFromNow(expiresAt)).toBeCloseTo(7 * 24 * 60, 0);
    fast = 0;
    const { retryAfterMs } = await refusal(inviting.owner.request(Resend, { id }));
    expect(retryAfterMs).toBeGreaterThan(30_000);
    expect(retryAfterMs).toBeLessThanOrEqual(minute);
    await inviting.minutesLater(1);
    await inviting.owner.request(Resend, { id });
    await inviting.minutesLater(1);
    turn();
    await inviting.owner.request(Resend, { id });
  });

  test('lets an invitation expire when the others do', async () => {
    const inviting = new Inviting(server, tenant);
    const email = newAddress();
    await inviting.invite(email);
    await inviting.minutesLater(7 * 24 * 60 - 2);
    turn();
    expect(await refusal(inviting.invite(email))).toMatchObject({ reason: 'ALREADY_INVITED' });
    await inviting.minutesLater(3);
    await inviting.invite(email);
  });

  test('creates and ends API keys when the others do', async () => {
    const input = { name: 'Short', permissionIds: await permissionIds(tenant.id, ['deal:read']) };
    const key = await newApiKey(tenant.owner, tenant.id, { expiresAt: inMinutes(2) });
    turn();
    await tenant.owner.request(CreateApiKey, { input: { ...input, expiresAt: inMinutes(2) } });
    const late = tenant.owner.request(CreateApiKey, { input: { ...input, expiresAt: inMinutes(-2) } });
    expect(await refusal(late)).toMatchObject(outOfRange('input.expiresAt'));
    const Rotate = gql`mutation ($id: ID!) { rotateApiKey(id: $id) { secret } }`;
    await tenant.owner.request(Rotate, key);
    await sql(`update api_keys set expires_at = now() - interval '2 min' where id = $1`, [key.id]);
    expect(await refusal(tenant.owner.request(Rotate, key))).toMatchObject({ reason: 'API_KEY_ENDED' });
  });

  test('knows what is in the future', async () => {
    turn();
    const create = gql`mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { createdAt } }`;
    const created = (createdAt: string) =>
      tenant.owner.request(create, { input: { name: 'A B', email: newAddress(), createdAt } });
    await created(inMinutes(-2));
    expect(await refusal(created(inMinutes(2)))).toMatchObject(outOfRange('input.createdAt'));
    const completed = (completedAt: string) =>
      createActivity(tenant.owner, { activityType: 'CALL', title: 'Call', status: 'COMPLETED', completedAt });
    await completed(inMinutes(-2));
    expect(await refusal(completed(inMinutes(2)))).toMatchObject(outOfRange('input.completedAt'));
  });

  test('opens sessions that begin now, and takes the codes that apps show now', async () => {
    const person = await protectedPerson();
    const code = codeOf(person.secret);
    turn();
    const ticket = await ticketOf(person);
    const { accessToken } = await complete(ticket, code);
    const { mySessions } = await client({ token: accessToken }).request<{ mySessions: Record<string, string>[] }>(
      gql`{ mySessions { createdAt lastUsedAt } }`,
    );
    expect(mySessions).toHaveLength(2);
    for (const moment of mySessions.flatMap(Object.values)) expect(Math.abs(minutesFromNow(moment))).toBeLessThan(1);
  });

  test('confirms a second factor with the code that an app shows now', async () => {
    const person = await newPerson();
    const { secret } = await beginSecondFactor(person);
    const code = codeOf(secret);
    turn();
    expect(await confirm(person, code)).toHaveLength(10);
  });
});
