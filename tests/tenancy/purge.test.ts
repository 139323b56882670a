import { expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { sql } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { newAddress } from '../support/invitations.js';
import { anotherServer, manyPeople } from '../support/server.js';
import { storedInvitation } from '../support/stored-invitations.js';
import { newPerson, newTenant } from '../support/tenant.js';

/** More than a server deletes by one statement. */
const many = 2_300;

test('a server deletes what has expired when it starts, in batches, and nothing else', async () => {
  const tenant = await newTenant();
  const { id } = await newPerson();
  const mark = v7();
  const message = (name: string, sent: string, failed: string) =>
    sql(
      `insert into outgoing_mails (id, template, user_id, variables, created_at, due_at, sent_at, failed_at, fault)
       values ($1, 'VERIFY_EMAIL', $2, '{}', now() - interval '9 days', now() + interval '9 days',
         now() - $3::interval, now() - $4::interval, $5)`,
      [v7(), id, sent || null, failed || null, `${name} ${mark}`],
    );
  await message('gone', '25 hours', '');
  await message('gone', '', '31 days');
  await message('kept', '23 hours', '');
  await message('kept', '', '29 days');
  await message('kept', '', '');
  for (const [name, ends] of Object.entries({ gone: '-1 s', kept: '1 hour' })) {
    await sql(
      `insert into account_tokens (hash, kind, user_id, email, created_at, expires_at)
       values ($1, 'VERIFY_EMAIL', $2, 'x@people.example', now(), now() + $3::interval)`,
      [`${name} ${mark}`, id, ends],
    );
    await sql(
      `insert into sign_in_tickets (hash, user_id, password_mark, expires_at)
       values ($1, $2, '', now() + $3::interval)`,
      [`${name} ${mark}`, id, ends],
    );
  }
  const token = async (name: string, days: number, outcome: string | null) =>
    sql(
      `insert into invitation_tokens (hash, organization_id, invitation_id, created_at)
       values ($1, $2, $3, now() - $4 * interval '1 day')`,
      [`${name} ${mark}`, tenant.id, await storedInvitation(tenant, newAddress(), outcome), days],
    );
  await token('gone', 8, 'REVOKED');
  await token('kept after a week, since it was sent again', 8, null);
  await token('kept for the count of the hour', 0, 'REVOKED');
  await sql(
    `insert into sign_in_attempts (key, failures, retry_at)
     select 'name gone ' || $1 || n, 1, now() - interval '25 hours' from generate_series(1, $2) n`,
    [mark, many],
  );
  for (const key of ['user', 'name', 'code'])
    await sql(`insert into sign_in_attempts (key, failures, retry_at) values ($1, 1, now() - interval '23 hours')`, [
      `${key} kept ${mark}`,
    ]);

  await anotherServer({ NODE_ENV: 'test', ...manyPeople });

  const left = async () => {
    const rows = await Promise.all([
      sql<{ name: string }>('select fault as name from outgoing_mails where fault like $1', [`%${mark}%`]),
      ...['account_tokens', 'sign_in_tickets', 'invitation_tokens'].map((table) =>
        sql<{ name: string }>(`select hash as name from ${table} where hash like $1`, [`%${mark}%`]),
      ),
      sql<{ name: string }>('select key as name from sign_in_attempts where key like $1', [`%${mark}%`]),
    ]);
    return rows.flat().map(({ name }) => name);
  };
  await eventually(async () => (await left()).every((name) => !name.includes('gone')));
  expect(await left()).toHaveLength(3 + 1 + 1 + 2 + 3);
});
