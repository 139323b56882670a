import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { hashPassword, proofOf } from '../../src/platform/auth/passwords.js';
import { type OlderDatabase, olderDatabase } from '../support/older-database.js';

let older: OlderDatabase;
let hash: string;
let ids: string[];

beforeAll(async () => {
  older = await olderDatabase('0017-kept-answers');
  hash = await hashPassword('demo-password');
  const user = { timezone: 'UTC', language: 'en', is_active: true, is_superuser: false, password_hash: hash };
  ids = await older.insert('users', [
    { username: 'ann', email: 'ann@x.example', ...user },
    { username: 'bob', email: 'bob@x.example', ...user, is_superuser: true },
    { username: 'cat', email: 'cat@x.example', ...user, is_active: false, password_hash: 'never' },
  ]);
  await older.upgrade();
});

afterAll(() => older.drop());

test('every account keeps its password and its rights', async () => {
  const kept = await older.sql('select user_id, password_hash, is_superuser from user_secrets order by user_id');
  expect(kept.map(Object.values)).toEqual([
    [ids[0], hash, false],
    [ids[1], hash, true],
    [ids[2], 'never', false],
  ]);
});

test('nothing is left in the old place', async () => {
  const [row] = await older.sql<{ text: string }>('select json_agg(u)::text as text from users u');
  expect(row!.text).not.toContain('argon2');
  expect(row!.text).not.toContain('superuser');
});

test('the old password signs in', async () => {
  const [attempt] = await older.sql<{ user_id: string; salt: string }>(
    `select * from begin_attempt('ann', null, null)`,
  );
  const right = async (password: string) => {
    const { hash: made } = await proofOf(password, attempt!.salt);
    const [row] = await older.sql('select end_attempt($1, $2, null, null, null) as "right"', [attempt!.user_id, made]);
    return row!.right;
  };
  expect(attempt!.user_id).toBe(ids[0]);
  expect(await right('another-password')).toBe(false);
  expect(await right('demo-password')).toBe(true);
});

test('an account that is deleted takes its secrets along', async () => {
  await older.sql('delete from users where id = $1', [ids[2]]);
  expect(await older.sql('select from user_secrets')).toHaveLength(2);
});
