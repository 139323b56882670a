import { setTimeout as pause } from 'node:timers/promises';
import { feedKilled } from './feed.js';
import { Health } from './health.js';
import { Load } from './load.js';
import { openOnSmallDisk, type Server, type Stage } from './stage.js';
import { webhooksKilled } from './webhooks.js';

export interface Scenario {
  name: string;
  /** The promises that it puts to the test. */
  promises: string;
  /** Number of faults in the quick and in the full form. */
  rounds: readonly [number, number];
  /** Opens a stage of its own; null where this user may not. */
  open?: () => Promise<Stage | null>;
  run(stage: Stage, rounds: number): Promise<Result>;
}

interface Result {
  /** Broken promises; empty if all were kept. */
  faults: string[];
  /** How often each code, or `ok` or `lost`, was answered. */
  answers: ReadonlyMap<string, number>;
  /** Most milliseconds from the end of a fault until a write was acknowledged. */
  slowest: number;
  /** Further figures, in words. */
  figures?: string;
}

const portOf = ({ url }: Server): string => new URL(url).port;

/** Runs `work` while callers write and read. */
async function underLoad(stage: Stage, urlOf: () => string, work: (load: Load) => Promise<string[]>): Promise<Result> {
  const load = await Load.start(urlOf);
  await pause(300);
  const found = await work(load);
  await pause(300);
  const faults = [...found, ...(await load.stop(stage))];
  return { faults, answers: load.journal.answers, slowest: load.slowest };
}

/** A fault unless a write is acknowledged within five seconds. */
async function resumes(load: Load): Promise<string[]> {
  const since = performance.now();
  while (performance.now() - since < 5_000) {
    if (load.journal.lastKept > since) {
      load.slowest = Math.max(load.slowest, load.journal.lastKept - since);
      return [];
    }
    await pause(20);
  }
  load.slowest = 5_000;
  return ['no write was acknowledged within 5000 ms of the return'];
}

/** Repeats a fault of the database or of the network to it, with one server. */
function withServer(
  round: (stage: Stage, health: Health, load: Load, n: number) => Promise<string[]>,
): Scenario['run'] {
  return async (stage, rounds) => {
    const server = await stage.start();
    const health = new Health(server.url);
    const result = await underLoad(
      stage,
      () => server.url,
      async (load) => {
        const faults: string[] = [];
        for (let n = 0; n < rounds; n += 1) {
          faults.push(...(await round(stage, health, load, n)));
          await health.becomes(200, 5_000);
          await pause(Math.random() * 300);
        }
        return faults;
      },
    );
    return { ...result, faults: [...result.faults, ...(await health.stop())] };
  };
}

const untilAnswering = async (stage: Stage): Promise<void> => {
  for (;;) {
    const answers = await stage.sql('select 1').then(
      () => true,
      () => false,
    );
    if (answers) return;
    await pause(50);
  }
};

const serverKilled: Scenario = {
  name: 'a server is killed (kill -9) and started again',
  promises: 'D1',
  rounds: [3, 100],
  run: async (stage, rounds) => {
    let server = await stage.start();
    const { url } = server;
    return underLoad(
      stage,
      () => url,
      async (load) => {
        const faults: string[] = [];
        for (let n = 0; n < rounds; n += 1) {
          await pause(Math.random() * 400);
          server.process.kill('SIGKILL');
          await server.ended;
          server = await stage.start(portOf(server));
          faults.push(...(await resumes(load)));
        }
        return faults;
      },
    );
  },
};

const oneOfTwoKilled: Scenario = {
  name: 'one of two servers is killed (kill -9)',
  promises: 'D1',
  rounds: [2, 20],
  run: async (stage, rounds) => {
    const servers = [await stage.start(), await stage.start()];
    let turn = 0;
    const urlOf = () => servers[turn++ % 2]!.url;
    return underLoad(stage, urlOf, async (load) => {
      const faults: string[] = [];
      for (let n = 0; n < rounds; n += 1) {
        await pause(Math.random() * 400);
        servers[n % 2]!.process.kill('SIGKILL');
        // The other one goes on.
        faults.push(...(await resumes(load)));
        servers[n % 2] = await stage.start(portOf(servers[n % 2]!));
      }
      return faults;
    });
  },
};

const serverStopped: Scenario = {
  name: 'a server is told to stop (SIGTERM), and a balancer sends requests to another',
  promises: 'D5',
  rounds: [1, 10],
  run: async (stage, rounds) => {
    const servers = [await stage.start(), await stage.start()];
    let current = 0;
    return underLoad(
      stage,
      () => servers[current]!.url,
      async (load) => {
        const faults: string[] = [];
        for (let n = 0; n < rounds; n += 1) {
          const stopping = servers[current]!;
          const health = new Health(stopping.url);
          await health.becomes(200, 5_000);
          stopping.process.kill('SIGTERM');
          await health.becomes(503, 1_000);
          current = 1 - current;
          faults.push(...(await health.stop()));
          const late = pause(11_000).then(() => 'not within 11 seconds');
          const code = await Promise.race([stopping.ended, late]);
          if (code !== 0) faults.push(`the server ended with ${code}`);
          servers[1 - current] = await stage.start(portOf(stopping));
        }
        const lost = load.journal.answers.get('lost') ?? 0;
        return lost ? [...faults, `${lost} requests were not answered`] : faults;
      },
    );
  },
};

const postgresKilled: Scenario = {
  name: 'PostgreSQL is killed (kill -9)',
  promises: 'D1 D4',
  rounds: [1, 50],
  run: withServer(async (stage, health, load) => {
    process.kill(stage.postmaster, 'SIGKILL');
    await health.becomes(503, 2_000);
    await untilAnswering(stage);
    return resumes(load);
  }),
};

const connectionsTerminated: Scenario = {
  name: 'all connections of the servers are terminated',
  promises: 'D1',
  rounds: [4, 50],
  run: withServer(async (stage, _health, load) => {
    await stage.sql(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'crm_app'`);
    return resumes(load);
  }),
};

const commitCut: Scenario = {
  name: 'the network breaks before or after COMMIT is answered',
  promises: 'D1 D9',
  rounds: [8, 200],
  run: withServer(async (stage, _health, load, n) => {
    stage.network.cutAt('commit\0', n % 2 ? 'before' : 'after');
    return resumes(load);
  }),
};

/** Breaks the network to the database for some seconds. */
const networkFault = (
  name: string,
  rounds: Scenario['rounds'],
  { seconds, noticed }: { seconds: number; noticed: number | null },
  breakIt: (stage: Stage) => void,
): Scenario => ({
  name,
  promises: 'D1 D4',
  rounds,
  run: withServer(async (stage, health, load) => {
    breakIt(stage);
    if (noticed) await health.becomes(503, noticed);
    await pause(seconds * 1000);
    stage.network.recover();
    return resumes(load);
  }),
});

const tableLocked: Scenario = {
  name: 'a table is locked for six seconds',
  promises: 'D1',
  rounds: [1, 3],
  run: withServer(async (stage, _health, load) => {
    const holder = await stage.connection();
    await holder.query('begin; lock table deals');
    await pause(6_000);
    await holder.end();
    return resumes(load);
  }),
};

const connectionsExhausted: Scenario = {
  name: 'others take all connections of PostgreSQL for three seconds',
  promises: 'D1 D4',
  rounds: [1, 5],
  run: withServer(async (stage, _health, load) => {
    const others = [];
    await stage.sql(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'crm_app'`);
    // The last attempts are refused.
    for (let n = 0; n < 110; n += 1) others.push(stage.connection());
    const taken = await Promise.allSettled(others);
    await pause(3_000);
    for (const one of taken) if (one.status === 'fulfilled') await one.value.end();
    return resumes(load);
  }),
};

const diskFull: Scenario = {
  name: 'the disk of PostgreSQL is full',
  promises: 'D1 D4',
  rounds: [1, 3],
  open: openOnSmallDisk,
  run: withServer(async (stage, health, load) => {
    const room = stage.fillDisk();
    await pause(3_000);
    room.giveBack();
    await health.becomes(200, 20_000);
    return resumes(load);
  }),
};

export const scenarios: readonly Scenario[] = [
  serverKilled,
  oneOfTwoKilled,
  serverStopped,
  postgresKilled,
  connectionsTerminated,
  commitCut,
  networkFault('the network resets all connections', [1, 10], { seconds: 1, noticed: 2_000 }, ({ network }) =>
    network.cut(),
  ),
  networkFault('the network goes silent', [1, 5], { seconds: 2, noticed: 5_000 }, ({ network }) => network.goSilent()),
  networkFault('the network is 100 ms slower', [1, 3], { seconds: 3, noticed: null }, ({ network }) =>
    network.delay(100),
  ),
  tableLocked,
  connectionsExhausted,
  diskFull,
  feedKilled,
  webhooksKilled,
];
