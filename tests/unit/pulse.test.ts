import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { openPool } from '../../src/platform/database/orm.js';
import { Pulse } from '../../src/platform/database/pulse.js';

/** Accepts connections and never answers. */
let silent: Server;
const accepted: Socket[] = [];

beforeAll(async () => {
  silent = createServer((socket) => accepted.push(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
});
afterAll(() => {
  for (const socket of accepted) socket.destroy();
  silent.close();
});

/** Asks once, beside a connection of a pool that has received some bytes, and tells whether it was closed. */
async function isClosedBy(port: number, receivedBytes: () => number): Promise<boolean> {
  const socket = Object.defineProperty(new Socket(), 'bytesRead', { get: receivedBytes });
  const url = `postgresql://nobody@127.0.0.1:${port}/none`;
  const pool = openPool(url, 1, () => undefined);
  const pulse = new Pulse([pool], { warn: () => undefined, info: () => undefined });
  pool.emit('connect', new pg.Client({ stream: () => socket }));
  await pulse.start();
  expect(pulse.isUp).toBe(false);
  await Promise.all([pulse.stop(), pool.end()]);
  return socket.destroyed;
}

const port = () => (silent.address() as AddressInfo).port;
const always = () => performance.now();

// The message with which pg gives up connecting tells silence from a refusal.
test('connections stay open while PostgreSQL is silent to the pulse but not to them', async () => {
  expect(await isClosedBy(port(), always)).toBe(false);
});

test('connections are closed once PostgreSQL is silent to all', async () => {
  expect(await isClosedBy(port(), () => 7)).toBe(true);
});

test('connections are closed once PostgreSQL refuses the pulse, whatever they hear', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, 'close');
  expect(await isClosedBy(port, always)).toBe(true);
});
