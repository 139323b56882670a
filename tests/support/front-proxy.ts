import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface FrontProxy {
  origin: string;
  /** Cuts all connections, and refuses new ones. */
  cut(): void;
  recover(): void;
  /** From now on, keeps answers back for some time and then sends them together. */
  buffer(milliseconds: number): void;
  close(): void;
}

/** A network between a browser and the server, which can break. */
export async function frontProxy(origin: string): Promise<FrontProxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  let heldMs = 0;
  const server = createServer({ noDelay: true }, (client) => {
    client.on('error', () => undefined);
    if (isCut) return void client.destroy();
    const upstream = connect(Number(new URL(origin).port), '127.0.0.1');
    const end = () => {
      for (const socket of [client, upstream]) {
        socket.destroy();
        sockets.delete(socket);
      }
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end).on('close', end);
    }
    client.pipe(upstream);
    const held: Buffer[] = [];
    upstream.on('data', (bytes) => {
      if (!heldMs && !held.length) return void client.write(bytes);
      if (held.push(bytes) === 1) setTimeout(() => client.write(Buffer.concat(held.splice(0))), heldMs);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    recover() {
      isCut = false;
    },
    buffer(milliseconds) {
      heldMs = milliseconds;
    },
    close() {
      cut();
      server.close();
    },
  };
}
