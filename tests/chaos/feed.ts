import { setTimeout as pause } from 'node:timers/promises';
import { frontProxy } from '../support/front-proxy.js';
import type { Copied } from '../support/replica.js';
import { LogWork } from './log-work.js';
import { MoodyReceiver, receiverSettings } from './moody-receiver.js';
import { faultsOf, overSse, overWebSocket, Subscriber } from './readers.js';
import type { Scenario } from './scenarios.js';
import type { Stage } from './stage.js';

/** Changes before the first kill; before the second one it is twice as many, and so on, so that the log grows long. */
const changesBeforeKill = 800;

/** The customers of the table, in the form of a reader's copy. */
async function customersOf(stage: Stage): Promise<Map<string, Copied>> {
  const rows = await stage.sql<Copied & { id: string }>('select id, name, email, status, version from customers');
  return new Map(rows.map(({ id, ...row }) => [id, row]));
}

export const feedKilled: Scenario = {
  name: 'the feed, subscriptions and a webhook are read while server and PostgreSQL are killed by turns',
  promises: 'D1 D7',
  rounds: [2, 50],
  run: async (stage, rounds) => {
    const receiver = new MoodyReceiver();
    const address = await receiver.listen();
    let server = await stage.start('0', receiverSettings);
    const front = await frontProxy(server.url);
    const work = await LogWork.found(server.url, 250);
    // Updates are most of the changes; a receiver would take half an hour or more for them.
    await work.addWebhook(address, ['CREATED', 'DELETED']);
    const subscribers = [overSse, overWebSocket].map(
      (connect) =>
        new Subscriber(work.ask, () => connect(`${front.origin}/graphql`, work.authorizationNow), work.noteStream),
    );
    work.begin();
    const subscribed = subscribers.map((subscriber) => subscriber.follow());
    let isCutting = true;
    const cut = async () => {
      while (isCutting) {
        for (const subscriber of subscribers) await subscriber.hear();
        await pause(Math.random() * 300);
        front.cut();
        front.recover();
        await pause(100);
      }
    };
    const cutting = cut();
    const began = performance.now();
    let slowest = 0;
    for (let n = 0; n < rounds; n += 1) {
      await work.goOnFor(changesBeforeKill * (n + 1));
      if (n % 2) {
        const goOn = await work.rest();
        await stage.rollBackSome();
        await work.readOn();
        process.kill(stage.postmaster, 'SIGKILL');
        goOn();
      } else {
        server.process.kill('SIGKILL');
        await server.ended;
        server = await stage.start(new URL(server.url).port, receiverSettings);
      }
      slowest = Math.max(slowest, await work.writeOn());
    }
    await pause(500);
    isCutting = false;
    await cutting;
    await work.stop();
    const seconds = (performance.now() - began) / 1000;
    const rows = await work.logged(stage);
    const logged = new Set(rows.map(({ id }) => id));
    const sent = new Set(rows.slice(1).flatMap(({ id, action }) => (action === 'UPDATED' ? [] : [id])));
    for (const subscriber of subscribers) await subscriber.finish(logged.size);
    await Promise.all(subscribed);
    await receiver.finish(stage, sent.size);
    const stored = await customersOf(stage);
    front.close();
    const faults = [
      ...work.journal.faults,
      ...work.followers.flatMap((follower) => faultsOf('a reader', follower, logged, stored)),
      ...subscribers.flatMap((subscriber) => faultsOf('a subscriber', subscriber, logged, stored)),
      ...receiver.faults(sent),
    ];
    const cuts = subscribers.reduce((sum, subscriber) => sum + subscriber.cuts, 0);
    const figures =
      `${rows.length} changes (${Math.round(rows.length / seconds)} a second), ${work.followers.length} readers, ` +
      `${subscribers.length} subscribers, ${cuts} of their streams cut off, ` +
      `${sent.size} messages to a webhook, ${receiver.refused} refused, ${receiver.doubled} doubled under their ids; ` +
      `a new reader reads ${await work.speed()} changes a second`;
    return { faults, answers: work.journal.answers, slowest, figures };
  },
};
