import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { sql } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { appUrl, type MailingServer, mailingServer, tokenIn } from '../support/mail-server.js';
import { client as elsewhere } from '../support/server.js';
import { newAccount, Register } from '../support/sign-in.js';

let server: MailingServer;

beforeAll(async () => {
  server = await mailingServer();
});
beforeEach(() => {
  server.mails.manner = 'accepts';
});

interface Queued {
  id: string;
  tries: number;
  fault: string | null;
  sent: boolean;
  failed: boolean;
  /** Seconds until it is due. */
  due: number;
  variables: object;
}

const queued = async (email: string): Promise<Queued | undefined> =>
  (
    await sql<Queued & Record<string, unknown>>(
      `select m.id, m.tries, m.fault, m.sent_at is not null as sent, m.failed_at is not null as failed, m.variables,
         extract(epoch from m.due_at - now())::float as due
       from outgoing_mails m join users u on u.id = m.user_id where u.email = $1`,
      [email],
    )
  )[0];

async function dueNow(email: string): Promise<void> {
  await sql('update outgoing_mails set due_at = now() where user_id = (select id from users where email = $1)', [
    email,
  ]);
  await server.mails.hurry();
}

/** Registers somebody new, to whom a message goes. */
async function newcomer(to = server.client()) {
  const input = newAccount();
  await to.request(Register, { input });
  return input.email;
}

/** Waits for the end of the first try. */
const tried = (email: string, tries: number) =>
  eventually(async () => {
    const mail = await queued(email);
    return mail?.tries === tries && mail.fault !== null;
  });

describe('a message', () => {
  test('is sent once, as plain text and HTML, and leaves no address in the queue', async () => {
    const email = await newcomer();
    const [letter] = await server.mails.to(email);
    expect(letter!.from).toBe('crm@example.com');
    expect(letter!.source).toMatch(/^From: Too Good CRM <crm@example.com>/m);
    expect(letter!.source).toMatch(/^Auto-Submitted: auto-generated/m);
    for (const part of ['text/plain', 'text/html']) expect(letter!.source).toContain(`Content-Type: ${part}`);
    const link = `${appUrl}/verify?token=${tokenIn(letter!, 'verify')}`;
    expect(letter!.source.split(link)).toHaveLength(5);
    await eventually(async () => (await queued(email))?.sent);
    expect(await queued(email)).toMatchObject({ tries: 1, variables: {}, fault: null });
    expect(await server.mails.to(email)).toHaveLength(1);
  });

  test('holds a token of 256 bits of which the database knows the hash only', async () => {
    const email = await newcomer();
    const token = tokenIn((await server.mails.to(email))[0]!, 'verify');
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    for (const table of ['account_tokens', 'outgoing_mails'])
      expect(await sql(`select from ${table} t where t::text like '%' || $1 || '%'`, [token])).toEqual([]);
  });

  test('is not queued where nothing can be sent, and one registers all the same', async () => {
    const email = await newcomer(elsewhere());
    expect(await queued(email)).toBeUndefined();
  });

  test.each([
    ['refuses', /550.*is not here/],
    ['disconnects', /./],
  ] as const)('to a server that %s is tried again after a minute, and then sent', async (manner, fault) => {
    server.mails.manner = manner;
    const email = await newcomer();
    await tried(email, 1);
    const waiting = await queued(email);
    expect(waiting).toMatchObject({ sent: false, failed: false, fault: expect.stringMatching(fault) });
    expect(waiting!.due).toBeGreaterThan(40);
    expect(waiting!.due).toBeLessThanOrEqual(60);
    server.mails.manner = 'accepts';
    await dueNow(email);
    expect(await server.mails.to(email)).toHaveLength(1);
    await eventually(async () => (await queued(email))?.sent);
    expect(await queued(email)).toMatchObject({ tries: 2, fault: null });
  });

  test('to a server that says nothing is given up after ten seconds and tried again', async () => {
    server.mails.manner = 'hangs';
    const email = await newcomer();
    await tried(email, 1);
    expect(await queued(email)).toMatchObject({ sent: false, failed: false });
  });

  test('that is refused five times within an hour is kept as failed', async () => {
    server.mails.manner = 'refuses';
    const email = await newcomer();
    let waited = 0;
    for (let n = 1; n <= 4; n += 1) {
      await tried(email, n);
      waited += (await queued(email))!.due;
      await sql(`update outgoing_mails set fault = null where id = $1`, [(await queued(email))!.id]);
      await dueNow(email);
    }
    await eventually(async () => (await queued(email))?.failed);
    expect(await queued(email)).toMatchObject({ tries: 5, sent: false, fault: expect.stringContaining('550') });
    expect(waited).toBeGreaterThan(3500);
    expect(waited).toBeLessThanOrEqual(3600);
    const { tries } = server.mails;
    await dueNow(email);
    server.mails.manner = 'accepts';
    await newcomer().then((next) => server.mails.to(next));
    expect(server.mails.tries).toBe(tries + 1);
  });

  test('of the day before yesterday is not sent any more', async () => {
    const id = v7();
    await sql(
      `insert into outgoing_mails (id, template, variables, created_at, due_at)
       values ($1, 'EMAIL_CHANGE_REQUESTED', '{"to": "late@people.example"}', now() - interval '2 days', now())`,
      [id],
    );
    await server.mails.hurry();
    await eventually(async () => (await sql('select failed_at from outgoing_mails where id = $1', [id]))[0]!.failed_at);
    expect(server.mails.letters.filter(({ to }) => to.includes('late@people.example'))).toEqual([]);
  });
});

describe('two servers', () => {
  let other: MailingServer;
  beforeAll(async () => {
    other = await mailingServer();
  });

  const lettersTo = (email: string) =>
    [...server.mails.letters, ...other.mails.letters].filter(({ to }) => to.includes(email));

  test('never send a message twice', async () => {
    const everybody = await Promise.all(
      Array.from({ length: 20 }, (_, n) => newcomer(n % 2 ? other.client() : undefined)),
    );
    await Promise.all([server.mails.hurry(), other.mails.hurry()]);
    await eventually(async () => {
      const mails = await Promise.all(everybody.map(queued));
      return mails.every((mail) => mail?.sent);
    });
    for (const email of everybody) expect(lettersTo(email)).toHaveLength(1);
  });

  test('leave a message to the one that has it for two minutes, and then take it over', async () => {
    const lease = v7();
    const id = v7();
    await sql(
      `insert into outgoing_mails (id, template, variables, created_at, due_at, lease, tries)
       values ($1, 'EMAIL_CHANGE_REQUESTED', '{"to": "held@people.example"}', now(), now() + interval '2 min', $2, 1)`,
      [id, lease],
    );
    const email = await newcomer();
    await eventually(() => lettersTo(email).length === 1);
    expect(lettersTo('held@people.example')).toEqual([]);
    await sql('update outgoing_mails set due_at = now() where id = $1', [id]);
    await server.mails.hurry();
    await eventually(() => lettersTo('held@people.example').length === 1);
    // The first one comes back late, and changes nothing.
    await sql(`select end_mail($1, 'failed', 'late', null)`, [lease]);
    await eventually(async () => (await sql('select sent_at from outgoing_mails where id = $1', [id]))[0]!.sent_at);
    expect(await sql('select fault from outgoing_mails where id = $1', [id])).toEqual([{ fault: null }]);
  });
});
