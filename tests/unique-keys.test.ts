import { afterAll, expect, test } from '@jest/globals';
import { MikroORM } from '@mikro-orm/postgresql';
import config from '../mikro-orm.config.js';
import '../src/app.js';
import { Lead } from '../src/crm/leads/lead.js';
import { findConstraints, uniqueKey } from '../src/platform/tenancy/duplicates.js';
import { urls } from './support/database.js';

const orm = MikroORM.init({ ...config(urls.migrationDatabaseUrl), debug: false });
afterAll(async () => (await orm).close());

test('every unique key that an action names is declared by its entity', async () => {
  const declared = await orm;
  expect(() => findConstraints(declared)).not.toThrow();
});

test('a key over properties that no unique constraint covers is refused at the start', async () => {
  const declared = await orm;
  uniqueKey(Lead, 'email', 'name');
  expect(() => findConstraints(declared)).toThrow('Lead declares no unique constraint over email and name');
});
