import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { changesThatAre, reaches } from './readers.js';
import type { Stage } from './stage.js';

interface Message {
  id: string;
  change: string;
  record: string;
  version: number;
}

/** Settings with which a server sends messages to this receiver. */
export const receiverSettings = { NODE_ENV: 'test', WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' };

/** A receiver that refuses or cuts off about one in thirty messages, at random. */
export class MoodyReceiver {
  refused = 0;
  private readonly accepted: Message[] = [];
  private readonly changes = new Set<string>();
  private readonly server: HttpServer;

  constructor() {
    this.server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        if (Math.random() < 1 / 30) {
          this.refused += 1;
          if (Math.random() < 0.5) response.socket!.resetAndDestroy();
          else response.writeHead(500).end();
          return;
        }
        const { id, recordId, version } = JSON.parse(body).data;
        this.accepted.push({ id: String(request.headers['webhook-id']), change: id, record: recordId, version });
        this.changes.add(id);
        setTimeout(() => response.writeHead(204).end(), Math.random() * 20);
      });
    });
  }

  /** Number of messages that came again under their ids. */
  get doubled(): number {
    return this.accepted.length - this.changes.size;
  }

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Waits until so many changes have come, and closes. Retries need not wait for their time. */
  async finish(stage: Stage, changes: number): Promise<void> {
    await reaches(
      () => this.changes.size,
      changes,
      () => hurry(stage),
    );
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Changes that the receiver lacks, has under several ids, or got in another order than they were made. */
  faults(expected: ReadonlySet<string>): string[] {
    const ids = new Map<string, Set<string>>();
    const versions = new Map<string, number>();
    let misordered = 0;
    for (const { id, change, record, version } of this.accepted) {
      const known = ids.get(change) ?? new Set<string>();
      // A deletion has the version of the change before it.
      if (!known.size && version < (versions.get(record) ?? 0)) misordered += 1;
      if (!known.size) versions.set(record, version);
      ids.set(change, known.add(id));
    }
    const skipped = [...expected].filter((change) => !ids.has(change)).length;
    const renamed = [...ids.values()].filter((known) => known.size > 1).length;
    const foreign = [...ids.keys()].filter((change) => !expected.has(change)).length;
    const counted = changesThatAre({ skipped, 'under two ids': renamed, misordered, 'not expected': foreign });
    return counted.map((fault) => `a webhook: ${fault}`);
  }
}

/** Deliveries that wait for a retry are made due at once. */
export const hurry = (stage: Stage) =>
  stage.sql(`
    with due as (update webhook_deliveries set next_try_at = now() where status = 'WAITING' and tries > 0)
    update webhook_readers
    set retry_at = now()`);
