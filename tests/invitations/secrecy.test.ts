import { beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { sql, urls } from '../support/database.js';
import { confirmedPerson, Invite, Inviting, newAddress, Resend } from '../support/invitations.js';
import { type MailingServer, mailingServer } from '../support/mail-server.js';
import { statementsOf } from '../support/server.js';
import { newPerson } from '../support/tenant.js';

let server: MailingServer;
let here: Inviting;
beforeAll(async () => {
  server = await mailingServer();
  here = await Inviting.inNewTenant(server);
});

/** Addresses that no account, an account, a confirmed one, one with an organization, and a closed one has. */
async function addresses(): Promise<string[]> {
  const closed = await newPerson();
  await sql('update users set is_active = false where id = $1', [closed.id]);
  const people = [await newPerson(), await confirmedPerson(), await newPerson('Theirs'), closed];
  return [newAddress(), ...people.map(({ email }) => email)];
}

const comparable = (answer: object, email: string) =>
  JSON.stringify(answer)
    .replaceAll(email, 'the address')
    .replace(/[\da-f]{8}-[\da-f-]{27}/g, 'an id')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'a moment');

/** The work of the queue, which goes on all the time. */
const ofWorker = /issue_invitation_token|end_mail|lease_mail/;

async function traceOf(request: () => Promise<object>, email: string) {
  let answer = {};
  const statements = await statementsOf(async () => {
    answer = await request();
  });
  return { answer: comparable(answer, email), statements: statements.filter((text) => !ofWorker.test(text)) };
}

/** The plan of a statement for the role of the server, which row-level security holds to the owner's organization. */
async function planOf(text: string, values: unknown[], mode: string): Promise<string> {
  const app = new pg.Client(urls.databaseUrl);
  await app.connect();
  try {
    await app.query(`set plan_cache_mode = ${mode}`);
    await app.query(`select set_config('app.user_id', $1, false), set_config('app.organization_id', $2, false)`, [
      here.tenant.owner.id,
      here.tenant.id,
    ]);
    await app.query(`prepare sent as ${text}`);
    const parameters = values.map((value) => pg.escapeLiteral(Array.isArray(value) ? `{${value}}` : `${value}`));
    const { rows } = await app.query(`explain (format json) execute sent(${parameters})`);
    return JSON.stringify(rows);
  } finally {
    await app.end();
  }
}

describe('an owner cannot tell whether an account has an address', () => {
  test('by an invitation: same answer, same statements', async () => {
    // Statements of the first request also fill caches.
    await here.invite(newAddress());
    const traces = [];
    for (const email of await addresses())
      traces.push(await traceOf(() => here.owner.request(Invite, { input: { email } }), email));
    expect(traces[0]!.statements.length).toBeGreaterThan(3);
    for (const trace of traces) expect(trace).toEqual(traces[0]);
  });

  test('by sending it again: same answer, same statements', async () => {
    const resent = async (email: string) => {
      const { id } = await here.invite(email);
      await here.minutesLater(2);
      return traceOf(() => here.owner.request(Resend, { id }), email);
    };
    // Statements of the first request also fill caches.
    await resent(newAddress());
    const traces = [];
    for (const email of await addresses()) traces.push(await resent(email));
    expect(traces[0]!.statements.length).toBeGreaterThan(3);
    for (const trace of traces) expect(trace).toEqual(traces[0]);
  });

  test('by the list: no field depends on an account before it is accepted', async () => {
    const other = await Inviting.inNewTenant(server);
    for (const email of await addresses()) await other.invite(email);
    const all = await other.list();
    expect(new Set(all.map((one) => comparable(one, one.email))).size).toBe(1);
  });

  test.each(['force_custom_plan', 'force_generic_plan'])(
    'by what PostgreSQL does with %s: it looks at the members, whatever the address',
    async (mode) => {
      const sent = await statementsOf(() => here.invite(newAddress()));
      const ofMembers = sent.filter((text) => text.includes('from memberships m'));
      expect(ofMembers).toHaveLength(1);
      const plan = await planOf(ofMembers[0]!, [here.tenant.id, [newAddress()]], mode);
      expect(plan).toContain('memberships');
      expect(plan).not.toContain('users_email_key');
    },
  );

  test('by the message: both get the same', async () => {
    const [unknown, account] = [newAddress(), (await newPerson()).email];
    const letters: string[] = [];
    for (const email of [unknown, account]) {
      await here.link(email);
      const [letter] = await server.mails.to(email);
      letters.push(letter!.source.slice(letter!.source.indexOf('invites you')).split('http')[0]!);
    }
    expect(letters[0]).toBe(letters[1]);
    expect(letters[0]).toContain('You join with the account that has this e-mail address');
  });

  test('one address gets twenty messages an hour, whoever invites it', async () => {
    const email = newAddress();
    for (let n = 0; n < 21; n += 1) await (await Inviting.inNewTenant(server)).invite(email);
    await here.link(newAddress());
    expect((await server.mails.to(email, 20)).length).toBe(20);
  });
});
