import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { type OlderDatabase, olderDatabase } from './support/older-database.js';

let older: OlderDatabase;
const [open, closed] = [v7(), v7()];
const [ann, bob, cat] = [v7(), v7(), v7()];

beforeAll(async () => {
  older = await olderDatabase('0013-backups');
  const settled = { currency: 'EUR', timezone: 'UTC', settings: {} };
  await older.insert('organizations', [
    { id: open, name: 'Open', slug: 'open', is_active: true, ...settled },
    { id: closed, name: 'Closed', slug: 'closed', is_active: false, ...settled },
  ]);
  const user = { password_hash: 'x', timezone: 'UTC', language: 'en', is_active: true, is_superuser: false };
  await older.insert('users', [
    { id: ann, username: 'ann', email: 'ann@x.example', first_name: 'Ann', last_name: 'Early', ...user },
    { id: bob, username: 'bob', email: 'bob@x.example', first_name: 'Bob', ...user },
    { id: cat, username: 'cat', email: 'cat@x.example', ...user },
  ]);
  const joined = { is_active: true, is_owner: true, joined_at: '2026-01-01T00:00:00Z' };
  const left = { ...joined, is_active: false, is_owner: false, left_at: '2026-02-01T00:00:00Z' };
  await older.insert(
    'memberships',
    [
      { user_id: ann, ...joined },
      { user_id: bob, ...left },
      { user_id: cat, ...joined },
    ],
    open,
  );
  await older.insert(
    'memberships',
    [
      { user_id: ann, ...left },
      { user_id: cat, ...left },
    ],
    closed,
  );
  await older.upgrade();
});

afterAll(() => older.drop());

test('memberships that had ended keep what is true at that moment', async () => {
  const kept = await older.sql(
    `select o.name as at, u.username as who, m.is_active as active, m.left_at is not null as "left",
       m.member_username, m.member_full_name, m.member_email, m.organization_name, m.organization_slug
     from memberships m join users u on u.id = m.user_id join organizations o on o.id = m.organization_id
     order by o.name, u.username`,
  );
  expect(kept.map(Object.values)).toEqual([
    ['Closed', 'ann', false, true, 'ann', 'Ann Early', 'ann@x.example', 'Closed', 'closed'],
    ['Closed', 'cat', false, true, 'cat', 'cat', 'cat@x.example', 'Closed', 'closed'],
    ['Open', 'ann', true, false, null, null, null, null, null],
    ['Open', 'bob', false, true, 'bob', 'bob', 'bob@x.example', 'Open', 'open'],
    ['Open', 'cat', true, false, null, null, null, null, null],
  ]);
});

test('a membership that ended cannot lose what it kept', async () => {
  const lose = older.sql('update memberships set member_email = null where user_id = $1', [bob]);
  await expect(lose).rejects.toMatchObject({ constraint: 'memberships_ended_check' });
});
