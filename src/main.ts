import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { JWK } from 'jose';
import config from '../mikro-orm.config.js';
import { seedDemo } from '../seed/demo.js';
import { makeApp } from './app.js';
import { generateKey } from './platform/auth/tokens.js';
import { type Config, ConfigError, readConfig } from './platform/config.js';
import { openDatabase } from './platform/database/embedded.js';
import { migrate, refuseUnboundRole } from './platform/database/migrate.js';

async function start(settings: Config): Promise<void> {
  const database = await openDatabase(settings);
  try {
    await serve(settings, database);
  } catch (error) {
    await database.stop();
    throw error;
  }
}

async function serve(settings: Config, database: Awaited<ReturnType<typeof openDatabase>>): Promise<void> {
  const { databaseUrl, migrationDatabaseUrl, isEmbedded, stop } = database;
  await migrate(config, migrationDatabaseUrl, databaseUrl);
  await refuseUnboundRole(databaseUrl);
  const demo = isEmbedded ? await seedDemo(databaseUrl) : null;
  const app = await makeApp(settings, databaseUrl, settings.tokenKeys ?? [await keyIn(settings.dataFolder)]);
  await app.http.listen({ host: settings.host, port: settings.port });
  stopOnSignal(async () => {
    await app.close();
    await stop();
  });
  const { port } = app.http.server.address() as AddressInfo;
  greet({ ...settings, port }, demo);
}

/** The embedded server's signing key, made on its first start. */
async function keyIn(folder: string): Promise<JWK> {
  const file = join(folder, 'token-key.json');
  if (!existsSync(file)) writeFileSync(file, JSON.stringify(await generateKey()), { mode: 0o600 });
  return JSON.parse(readFileSync(file, 'utf8')) as JWK;
}

function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      setTimeout(() => process.exit(1), 10_000).unref();
      stop().then(
        () => process.exit(0),
        (error) => {
          console.error(error);
          process.exit(1);
        },
      );
    });
}

function greet({ host, port }: Config, demo: { logins: string[]; password: string } | null): void {
  const url = `http://${host === '127.0.0.1' ? 'localhost' : host}:${port}`;
  console.log(`\nToo Good CRM API is ready at ${url}/graphql; a page to try it is at ${url}/`);
  if (!demo) return;
  console.log(
    `\nDemo logins, all with the password ${demo.password}:\n${demo.logins.map((login) => `  ${login}`).join('\n')}`,
  );
  const query =
    '{"query":"mutation { login(input: { username: \\"olivia.grant\\", password: \\"demo-password\\" }) { accessToken } }"}';
  console.log(`\nSign in with:\n  curl -s ${url}/graphql -H 'content-type: application/json' -d '${query}'\n`);
}

try {
  await start(readConfig(process.env));
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') console.error(`${message}: something else listens there; set PORT to another one`);
  else console.error(error instanceof ConfigError ? message : error);
  process.exit(1);
}
