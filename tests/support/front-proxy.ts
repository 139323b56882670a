import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface FrontProxy {
  origin: string;
  /** Cuts all connections, and refuses new ones. */
  cut(): void;
  recover(): void;
  close(): void;
}

/** A network between a browser and the server, which can break. */
export async function frontProxy(origin: string): Promise<FrontProxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((client) => {
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
    upstream.pipe(client);
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
    close() {
      cut();
      server.close();
    },
  };
}
