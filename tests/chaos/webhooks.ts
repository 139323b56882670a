import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { FeedWork, rollBack } from './feed.js';
import type { Scenario } from './scenarios.js';
import type { Server, Stage } from './stage.js';

const createWebhook = `mutation ($url: String!) {
  createWebhook(input: { url: $url, recordTypes: [CUSTOMER] }) { webhook { id } }
}`;

interface Message {
  id: string;
  change: string;
  record: string;
  version: number;
}

/** A receiver that refuses or cuts off every thirtieth message. */
class MoodyReceiver {
  readonly accepted: Message[] = [];
  refused = 0;
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
        setTimeout(() => response.writeHead(204).end(), Math.random() * 20);
      });
    });
  }

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** Makes everything that waits due, as time would. */
const hurry = (stage: Stage) =>
  stage.sql(`
    with due as (update webhook_deliveries set next_try_at = now() where status = 'WAITING' and tries > 0)
    update webhook_readers
    set retry_at = now()`);

/** Changes that the receiver lacks, has under several ids, or got in another order than they were made. */
function faultsOf({ accepted }: MoodyReceiver, logged: ReadonlySet<string>): string[] {
  const ids = new Map<string, Set<string>>();
  const versions = new Map<string, number>();
  let misordered = 0;
  for (const { id, change, record, version } of accepted) {
    const known = ids.get(change) ?? new Set<string>();
    // A deletion has the version of the change before it.
    if (!known.size && version < (versions.get(record) ?? 0)) misordered += 1;
    if (!known.size) versions.set(record, version);
    ids.set(change, known.add(id));
  }
  const skipped = [...logged].filter((change) => !ids.has(change)).length;
  const renamed = [...ids.values()].filter((known) => known.size > 1).length;
  const foreign = [...ids.keys()].filter((change) => !logged.has(change)).length;
  return Object.entries({ skipped, 'under two ids': renamed, misordered, 'not in the log': foreign }).flatMap(
    ([fault, count]) => (count ? [`a webhook: ${count} changes ${fault}`] : []),
  );
}

export const webhooksKilled: Scenario = {
  name: 'webhooks are sent while two servers and PostgreSQL are killed by turns',
  promises: 'D7',
  rounds: [3, 50],
  run: async (stage, rounds) => {
    const settings = { NODE_ENV: 'test', WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' };
    const receiver = new MoodyReceiver();
    const url = await receiver.listen();
    const servers: Server[] = [await stage.start('0', settings), await stage.start('0', settings)];
    const work = await FeedWork.start(servers[0]!.url, 5);
    while (!(await work.ask(createWebhook, { url }))) await pause(100);
    const [{ since }] = (await stage.sql<{ since: string }>(
      `select coalesce(max(id::text), '') as since from changes where record_type = 'WEBHOOK'`,
    )) as [{ since: string }];
    const began = performance.now();
    for (let n = 0; n < rounds; n += 1) {
      await pause(1000 + Math.random() * 1000);
      await hurry(stage).catch(() => undefined);
      if (n % 3 === 2) {
        const goOn = await work.rest();
        await rollBack(stage);
        process.kill(stage.postmaster, 'SIGKILL');
        goOn();
      } else {
        const { url: address, process: child, ended } = servers[n % 3]!;
        child.kill('SIGKILL');
        await ended;
        servers[n % 3] = await stage.start(new URL(address).port, settings);
      }
      await work.writeOn();
    }
    await work.stop();
    const logged = async () =>
      new Set(
        (
          await stage.sql<{ id: string }>(`select id from changes where record_type = 'CUSTOMER' and id::text > $1`, [
            since,
          ])
        ).map(({ id }) => id),
      );
    const all = await logged();
    const read = () => new Set(receiver.accepted.map(({ change }) => change));
    const writing = (performance.now() - began) / 1000;
    for (let tries = 0; tries < 240 && [...all].some((id) => !read().has(id)); tries += 1) {
      await hurry(stage);
      await pause(500);
    }
    receiver.close();
    const seconds = Math.round((performance.now() - began) / 1000);
    const doubled = receiver.accepted.length - read().size;
    const figures =
      `${all.size} changes (${Math.round(all.size / writing)} a second), all accepted after ${seconds} s; ` +
      `${receiver.refused} refused, ${doubled} doubled under their ids`;
    return {
      faults: [...work.journal.faults, ...faultsOf(receiver, all)],
      answers: work.journal.answers,
      slowest: 0,
      figures,
    };
  },
};
