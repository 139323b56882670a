import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { JWK } from 'jose';
import config from '../mikro-orm.config.js';
import { type DemoDataset, seedDemo } from '../seed/demo.js';
import { makeApp } from './app.js';
import { databaseNames as names } from './crm/database-names.js';
import { generateKey } from './platform/auth/tokens.js';
import { type Config, ownUrl, readConfig } from './platform/config.js';
import { withClient } from './platform/database/connection.js';
import { type OpenDatabase, openDatabase } from './platform/database/embedded/cluster.js';
import { makeRoles, migrate, refuseOtherDatabase, refuseUnboundRole } from './platform/database/migrate.js';
import { keepSessionSettings, refuseUnfitPooler } from './platform/database/pooler.js';
import { environment } from './platform/environment.js';
import { fail } from './platform/fail.js';
import { Interruption, mostEndingMs } from './platform/interruption.js';
import { readOrCreate } from './platform/read-or-create.js';

async function start(settings: Config, interruption: Interruption): Promise<void> {
  const database = await openDatabase(settings, names, { interruption: interruption.signal });
  try {
    await interruption.unless(serve(settings, database, interruption));
  } catch (error) {
    await database.stop();
    throw error;
  }
}

async function serve(settings: Config, database: OpenDatabase, interruption: Interruption): Promise<void> {
  const { databaseUrl, isEmbedded, stop } = database;
  await makeRoles(database, names);
  // A pooler keeps connections, so even the first one needs the settings of its role.
  if (!settings.preparesStatements) await keepSessionSettings(database, names);
  await refuseOtherDatabase(database);
  await migrate({ config, names }, database);
  await refuseUnboundRole(databaseUrl, names);
  await refuseUnfitPooler(databaseUrl, settings.preparesStatements);
  const demo = isEmbedded && !settings.production ? await seedDemo(databaseUrl) : null;
  const app = await makeApp(settings, databaseUrl, settings.tokenKeys ?? [await keyIn(settings.dataFolder)]);
  // Node accepts one connection at each turn of the event loop, so in a rush the others wait in the backlog.
  await app.http.listen({ host: settings.host, port: settings.port, backlog: 4096 }).catch(async (error) => {
    await app.close();
    throw error;
  });
  interruption.started(async (hurry) => {
    await app.retire(settings.shutdownGraceSeconds * 1000, hurry);
    setTimeout(() => process.exit(1), mostEndingMs).unref();
    await app.close();
    await stop();
  });
  const { port } = app.http.server.address() as AddressInfo;
  const isNew = !demo && (await isEmpty(databaseUrl));
  const url = ownUrl(settings.host, port);
  console.log(`\nToo Good CRM API is ready at ${url}/graphql; a page to try it is at ${url}/`);
  if (!settings.mail)
    console.log('\nWithout MAIL_URL no mail is sent: nobody can verify an address or reset a password.');
  if (demo) showDemo(url, demo);
  if (isNew) showRegistration(url, settings);
}

const isEmpty = (databaseUrl: string): Promise<boolean> =>
  withClient(databaseUrl, async (client) => !(await client.query('select has_users() as has')).rows[0].has);

/** The signing key of the embedded server, generated on its first start. */
const keyIn = (folder: string): Promise<JWK> =>
  readOrCreate(join(folder, 'token-key.json'), generateKey, ({ d }) => typeof d === 'string');

function showDemo(url: string, { logins, password, apiKey }: DemoDataset): void {
  console.log(`\nDemo logins, all with the password ${password}:\n${logins.map((login) => `  ${login}`).join('\n')}`);
  if (apiKey) console.log(`\nDemo API key, of Northgate Labs, for \`Authorization: Bearer …\`:\n  ${apiKey}`);
  const signIn = 'mutation { login(input: { username: "olivia.grant", password: "demo-password" }) { accessToken } }';
  console.log(`\nSign in with:\n  ${curl(url, signIn)}\n`);
}

function showRegistration(url: string, { registration }: Config): void {
  const fields = 'email: "you@example.com", username: "you", password: "…", organizationName: "…"';
  const first = `mutation { register(input: { ${fields} }) { accessToken } }`;
  console.log(
    registration === 'closed'
      ? '\nNobody has an account, and REGISTRATION is closed: start once with REGISTRATION=first.'
      : `\nNobody has an account yet. Register the first organization with:\n  ${curl(url, first)}\n`,
  );
}

const curl = (url: string, query: string): string =>
  `curl -s ${url}/graphql -H 'content-type: application/json' -d '${JSON.stringify({ query })}'`;

const interruption = new Interruption();
try {
  await start(readConfig(environment()), interruption);
} catch (error) {
  // A start that a signal has ended has not failed.
  if (interruption.signal.aborted) process.exit(0);
  fail(error);
}
