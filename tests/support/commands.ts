import { afterAll } from '@jest/globals';
import { withClient } from '../../src/platform/database/connection.js';
import { type Booted, launch } from './boot.js';
import { urls, urlsOf } from './database.js';

const databases: string[] = [];

const administer = (statement: string) => withClient(urls.superuserUrl, (client) => client.query(statement));

afterAll(async () => {
  for (const name of databases) await administer(`drop database ${name} with (force)`);
});

/** Settings that name a new and empty database of its own. */
export async function emptyDatabase(): Promise<{ DATABASE_URL: string; MIGRATION_DATABASE_URL: string }> {
  const name = `crm_restored_${process.pid}_${databases.length}`;
  databases.push(name);
  await administer(`create database ${name} owner crm_owner`);
  return settingsOf(name);
}

export function settingsOf(name: string) {
  const { databaseUrl, migrationDatabaseUrl } = urlsOf(name);
  return { DATABASE_URL: databaseUrl, MIGRATION_DATABASE_URL: migrationDatabaseUrl };
}

export const own = settingsOf(new URL(urls.databaseUrl).pathname.slice(1));

/** Starts a command as npm does. */
export function begin(
  command: 'backup' | 'migrate' | 'restore' | 'second-factor' | 'superuser',
  settings: NodeJS.ProcessEnv,
  ...args: string[]
): Booted {
  const env = { PATH: process.env.PATH, ...settings };
  return launch('node_modules/.bin/node', [`dist/src/commands/${command}.js`, ...args], '.', env);
}

/** The output of a command, and its exit code. */
export async function runCommand(...command: Parameters<typeof begin>) {
  const { ended, output } = begin(...command);
  return { code: await ended, output: output() };
}
