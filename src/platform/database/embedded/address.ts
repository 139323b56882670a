import { chownSync, mkdtempSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { Place } from './place.js';

/** Where PostgreSQL listens. */
export interface Address {
  /** As in a URL of PostgreSQL: the folder of a socket, with its slashes encoded, or a host. */
  host: string;
  port: number;
  settings: string[];
  /** Made for the socket alone, and deleted with it. */
  folder: string | null;
}

const port = 5432;
/** Bytes of a socket's path that every Unix takes, without the zero at its end. */
const longestPath = 103;

/** A Unix socket, which other users of the machine cannot even knock at; loopback where the platform has none. */
export async function addressFor({ data, account }: Place): Promise<Address> {
  if (process.platform === 'win32')
    return { host: '127.0.0.1', port: await freePort(), settings: ['listen_addresses=127.0.0.1'], folder: null };
  const isShort = Buffer.byteLength(join(data, `.s.PGSQL.${port}.lock`)) <= longestPath;
  const folder = isShort ? null : mkdtempSync('/tmp/too-good-crm-');
  if (folder && account) chownSync(folder, account.uid, account.gid);
  const place = folder ?? data;
  return {
    host: encodeURIComponent(place),
    port,
    settings: [
      'listen_addresses=',
      'unix_socket_permissions=0700',
      `unix_socket_directories="${place.replaceAll('"', '""')}"`,
    ],
    folder,
  };
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
