import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { v7 } from 'uuid';
import { sql, urls } from '../support/database.js';
import { eventually, settled } from '../support/eventually.js';
import { Inviting, newAddress } from '../support/invitations.js';
import { waiting } from '../support/locks.js';
import { type MailingServer, mailingServer } from '../support/mail-server.js';
import { newAccount, Register } from '../support/sign-in.js';
import { storedInvitation } from '../support/stored-invitations.js';
import { newTenant, type Tenant } from '../support/tenant.js';

let server: MailingServer;

beforeAll(async () => {
  server = await mailingServer();
});
beforeEach(() => {
  server.mails.manner = 'accepts';
});

describe('a server', () => {
  // Other files on this database wait until everything is sent.
  afterAll(() => sql('delete from outgoing_mails where sent_at is null and failed_at is null'));

  test('sends four messages at once, and those about accounts before invitations', async () => {
    const here = await Inviting.inNewTenant(server);
    server.mails.manner = 'hangs';
    const { tries } = server.mails;
    const invited = Array.from({ length: 12 }, newAddress);
    await Promise.all(invited.map((email) => here.invite(email)));
    await server.mails.hurry();
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
  });

  test('needs no more than four connections for many messages', async () => {
    const here = await Inviting.inNewTenant(server);
    const { connections } = server.mails;
    const invited = Array.from({ length: 20 }, newAddress);
    await Promise.all(invited.map((email) => here.invite(email)));
    for (const email of invited) expect(await server.mails.to(email)).toHaveLength(1);
    expect(server.mails.connections - connections).toBeLessThanOrEqual(4);
  });

  test('issues the invitations to one address in turn, twenty in an hour', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    const email = newAddress();
    const message = async (tenant: Tenant) => {
      const [lease, invitation] = [v7(), await storedInvitation(tenant, email)];
      await sql(
        `insert into outgoing_mails (id, template, user_id, variables, created_at, due_at, lease)
       values ($1, 'INVITATION', $2, $3, now(), now() + interval '1 hour', $4)`,
        [v7(), tenant.owner.id, { organization: tenant.id, invitation }, lease],
      );
      return { lease, invitation };
    };
    const [twentieth, next] = [await message(one), await message(other)];
    await sql(
      `insert into invitation_tokens (hash, organization_id, invitation_id, created_at)
     select $1 || n, $2, $3, now() from generate_series(1, 19) n`,
      [email, one.id, twentieth.invitation],
    );
    const issue = 'select recipient from issue_invitation_token($1, $2)';
    const server = new pg.Client({ connectionString: urls.databaseUrl });
    await server.connect();
    await server.query('begin');
    const { rows } = await server.query(issue, [twentieth.lease, v7()]);
    expect(rows).toEqual([{ recipient: email }]);
    const refused = sql(issue, [next.lease, v7()]);
    await waiting(1);
    await server.query('commit');
    expect(await refused).toEqual([]);
    await server.end();
  });
});
