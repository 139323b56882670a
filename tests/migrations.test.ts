import { expect, test } from '@jest/globals';
import { migrations } from '../migrations/index.js';
import { olderDatabase } from './support/older-database.js';

test('a database of the version before is upgraded by the migrations that it lacks', async () => {
  const { sql, upgrade, drop } = await olderDatabase('0008-many-codes');
  const names = async () =>
    (await sql<{ name: string }>('select name from migrations order by id')).map(({ name }) => name);
  expect((await names()).at(-1)).toBe('0008-many-codes');
  await upgrade();
  expect(await names()).toEqual(migrations.map(({ name }) => name));
  await drop();
});
