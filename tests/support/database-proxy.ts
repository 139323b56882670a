import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface DatabaseProxy {
  /** The URL of the database behind the proxy. */
  databaseUrl: string;
  /** From now on, drops everything that is sent in either direction, and lets no connection end or begin. */
  goSilent(): void;
  /** Cuts all connections, and refuses new ones. */
  cut(): void;
  /** Passes on every piece of data only after some time. */
  delay(milliseconds: number): void;
  /** Passes everything on again, for new connections only. */
  recover(): void;
  /** Cuts the connection that next sends this text, once PostgreSQL has answered or before it is passed on. */
  cutAt(text: string, when: 'before' | 'after'): void;
  /** Resolves when a connection sends this text; from then on, it gets no answers. */
  mutedAt(text: string): Promise<void>;
  close(): void;
}

/** A network between a server and PostgreSQL, which can break. */
export async function databaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const host = decodeURIComponent(target.hostname);
  const sockets = new Set<Socket>();
  let state: 'passing' | 'silent' | 'cut' = 'passing';
  let lateness = 0;
  let trap: { text: string; when: 'before' | 'after' } | null = null;
  let mute: { text: string; muted: () => void } | null = null;

  const pass = (to: Socket, bytes: Buffer) => {
    if (lateness) setTimeout(() => to.write(bytes), lateness);
    else to.write(bytes);
  };
  // A network that waits to fill its packets would slow down every answer of more than one.
  const server = createServer({ noDelay: true }, (client) => {
    if (state === 'cut') return void client.destroy();
    sockets.add(client);
    client.on('error', () => undefined);
    if (state === 'silent') return;
    const database = host.startsWith('/')
      ? connect(`${host}/.s.PGSQL.${target.port}`)
      : connect(Number(target.port), host);
    database.setNoDelay();
    sockets.add(database);
    let [isTrapped, isMuted] = [false, false];
    const end = () => {
      if (state === 'silent') return;
      client.destroy();
      database.destroy();
    };
    for (const socket of [client, database]) socket.on('error', end).on('close', end);
    client.on('data', (bytes) => {
      if (state === 'silent') return;
      if (trap && bytes.includes(trap.text)) {
        const { when } = trap;
        trap = null;
        if (when === 'before') return end();
        isTrapped = true;
      }
      if (mute && bytes.includes(mute.text)) {
        isMuted = true;
        mute.muted();
        mute = null;
      }
      pass(database, bytes);
    });
    database.on('data', (bytes) => {
      if (isTrapped) return end();
      if (state !== 'silent' && !isMuted) pass(client, bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const { port } = server.address() as AddressInfo;
  const { protocol, username, password, pathname } = target;
  return {
    databaseUrl: `${protocol}//${username}:${password}@127.0.0.1:${port}${pathname}`,
    goSilent() {
      state = 'silent';
    },
    cut() {
      state = 'cut';
      destroyAll();
    },
    delay(milliseconds) {
      lateness = milliseconds;
    },
    recover() {
      state = 'passing';
      lateness = 0;
    },
    cutAt(text, when) {
      trap = { text, when };
    },
    mutedAt: (text) =>
      new Promise((muted) => {
        mute = { text, muted };
      }),
    close() {
      destroyAll();
      server.close();
    },
  };
}
