import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { Place } from './place.js';

/** The address at which PostgreSQL listens. */
export interface Address {
  /** Host part of a connection URL: a host name, or the socket's folder with encoded slashes. */
  host: string;
  port: number;
  settings: string[];
  /** Path of the socket; null on Windows. */
  socket: string | null;
  /** A temporary folder for the socket, which is deleted at the end. */
  folder: string | null;
}

const port = 5432;
const temporary = '/tmp/too-good-crm-';
/** Longest socket path in bytes that every Unix supports, without the terminating zero. */
const longestPath = 103;

/** A Unix socket, to which other users of the machine cannot connect; on Windows a port on the loopback interface. */
export async function addressFor({ data, account }: Place): Promise<Address> {
  if (process.platform === 'win32')
    return {
      ...{ host: '127.0.0.1', port: await freePort(), settings: ['listen_addresses=127.0.0.1'] },
      ...{ socket: null, folder: null },
    };
  const isShort = Buffer.byteLength(join(data, `.s.PGSQL.${port}.lock`)) <= longestPath;
  const folder = isShort ? null : mkdtempSync(temporary);
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
    socket: join(place, `.s.PGSQL.${port}`),
    folder,
  };
}

/** Deletes the folder of a socket, if it was made for that. */
export function removeTemporary(folder: string): void {
  if (folder.startsWith(temporary)) rmSync(folder, { recursive: true, force: true });
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
