import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { sql } from '../support/database.js';
import { eventually, settled } from '../support/eventually.js';
import { Inviting, newAddress } from '../support/invitations.js';
import { type MailingServer, mailingServer } from '../support/mail-server.js';
import { newAccount, Register } from '../support/sign-in.js';

let server: MailingServer;

beforeAll(async () => {
  server = await mailingServer();
});
beforeEach(() => {
  server.mails.manner = 'accepts';
});

const nothingWaits = () =>
  eventually(
    async () => (await sql('select from outgoing_mails where sent_at is null and failed_at is null')).length === 0,
    { within: 30_000 },
  );

test('four messages are on their way at once, and one about an account overtakes invitations', async () => {
  const here = await Inviting.inNewTenant(server);
  server.mails.manner = 'hangs';
  const { tries } = server.mails;
  const invited = Array.from({ length: 12 }, newAddress);
  await Promise.all(invited.map((email) => here.invite(email)));
  await eventually(() => server.mails.tries - tries >= 4);
  await settled(() => server.mails.tries);
  expect(server.mails.tries - tries).toBe(4);
  const input = newAccount();
  await server.client().request(Register, { input });
  const before = server.mails.letters.length;
  server.mails.manner = 'accepts';
  // Those on their way are given up after ten seconds, and the next four are taken.
  await eventually(() => server.mails.letters.length >= before + 4, { within: 20_000 });
  const next = server.mails.letters.slice(before, before + 4).flatMap(({ to }) => to);
  expect(next).toContain(input.email);
}, 60_000);

test('many messages take no more than four connections', async () => {
  const here = await Inviting.inNewTenant(server);
  const { connections } = server.mails;
  const invited = Array.from({ length: 20 }, newAddress);
  await Promise.all(invited.map((email) => here.invite(email)));
  for (const email of invited) expect(await server.mails.to(email)).toHaveLength(1);
  expect(server.mails.connections - connections).toBeLessThanOrEqual(4);
});

test('of many invitations of one address at once, twenty are sent', async () => {
  const email = newAddress();
  const tenants = await Promise.all(Array.from({ length: 26 }, () => Inviting.inNewTenant(server)));
  await Promise.all(tenants.map((tenant) => tenant.invite(email)));
  await sql(`update outgoing_mails set due_at = now() where sent_at is null and failed_at is null`);
  await nothingWaits();
  expect(await server.mails.to(email, 20)).toHaveLength(20);
}, 60_000);
