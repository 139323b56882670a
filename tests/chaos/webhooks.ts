import { setTimeout as pause } from 'node:timers/promises';
import { LogWork } from './log-work.js';
import { hurry, MoodyReceiver, receiverSettings as settings } from './moody-receiver.js';
import type { Scenario } from './scenarios.js';
import type { Server } from './stage.js';

export const webhooksKilled: Scenario = {
  name: 'webhooks are sent while two servers and PostgreSQL are killed by turns',
  promises: 'D7',
  rounds: [3, 50],
  run: async (stage, rounds) => {
    const receiver = new MoodyReceiver();
    const url = await receiver.listen();
    const servers: Server[] = [await stage.start('0', settings), await stage.start('0', settings)];
    const work = await LogWork.found(servers[0]!.url, 5);
    await work.addWebhook(url);
    work.begin();
    const began = performance.now();
    let slowest = 0;
    for (let n = 0; n < rounds; n += 1) {
      await pause(1000 + Math.random() * 1000);
      await hurry(stage).catch(() => undefined);
      if (n % 3 === 2) {
        const goOn = await work.rest();
        await stage.rollBackSome();
        process.kill(stage.postmaster, 'SIGKILL');
        goOn();
      } else {
        const { url: address, process: child, ended } = servers[n % 3]!;
        child.kill('SIGKILL');
        await ended;
        servers[n % 3] = await stage.start(new URL(address).port, settings);
      }
      slowest = Math.max(slowest, await work.writeOn());
    }
    await work.stop();
    const expected = new Set((await work.logged(stage)).slice(1).map(({ id }) => id));
    const writing = (performance.now() - began) / 1000;
    await receiver.finish(stage, expected.size);
    const seconds = Math.round((performance.now() - began) / 1000);
    const figures =
      `${expected.size} changes (${Math.round(expected.size / writing)} a second), all accepted after ${seconds} s; ` +
      `${receiver.refused} refused, ${receiver.doubled} doubled under their ids`;
    return {
      faults: [...work.journal.faults, ...receiver.faults(expected)],
      answers: work.journal.answers,
      slowest,
      figures,
    };
  },
};
