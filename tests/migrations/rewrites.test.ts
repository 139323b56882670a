import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { migrations } from '../../migrations/index.js';
import config from '../../mikro-orm.config.js';
import { databaseNames as names } from '../../src/crm/database-names.js';
import { migrate } from '../../src/platform/database/migrate.js';
import { urlsOf } from '../support/database.js';
import { type OlderDatabase, olderDatabase } from '../support/older-database.js';

/** The last migration of each release. */
const releases = { '0.1.0': '0017-kept-answers' };

let older: OlderDatabase;
/** Tables by migration, each as often as it was written anew. */
const rewritten: Record<string, string[]> = {};

beforeAll(async () => {
  const [first, ...others] = migrations.map(({ name }) => name) as [string, ...string[]];
  older = await olderDatabase(first);
  await older.sql('create schema watched create table rewrites (name text)');
  // PostgreSQL announces rewrites of empty tables, too.
  await older.sql(`
    create function note_rewrite() returns event_trigger language plpgsql security definer as $$
      begin
        insert into watched.rewrites values (pg_event_trigger_table_rewrite_oid()::regclass::text);
      end
    $$`);
  await older.sql('create event trigger note_rewrite on table_rewrite execute function note_rewrite()');
  for (const name of others) {
    await migrate({ config, names }, urlsOf(older.name), name);
    const tables = await older.sql<{ name: string }>('delete from watched.rewrites returning name');
    if (tables.length) rewritten[name] = tables.map((table) => table.name).sort();
  }
});

afterAll(() => older.drop());

test('no migration writes a table anew twice, and only one does so once', () => {
  const folded = ['activities', 'customers', 'deals', 'employees', 'leads', 'organizations', 'permissions'];
  const others = ['pipeline_stages', 'pipelines', 'roles', 'users', 'vendors'];
  expect(rewritten).toEqual({ '0010-texts': [...folded, ...others] });
});

test('an upgrade from a release writes no table anew twice', () => {
  for (const last of Object.values(releases)) {
    const tables = Object.entries(rewritten).flatMap(([migration, own]) => (migration > last ? own : []));
    expect(tables).toEqual([...new Set(tables)]);
  }
});
