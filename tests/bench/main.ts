import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { bigBodiesVerdict } from './big-bodies.js';
import { bulkVerdict } from './bulk.js';
import { type Dataset, openDataset } from './dataset.js';
import { dearest } from './dearest.js';
import { growthVerdicts } from './growth.js';
import { idleVerdict } from './idle.js';
import { liveVerdicts } from './live.js';
import { logVerdicts } from './log.js';
import { overloadVerdicts } from './overload.js';
import { readings, readingVerdicts } from './reading.js';
import { type Line, legend, table, type Verdict, verdictLine } from './report.js';
import type { Effort } from './rounds.js';
import { type Servers, startOurs, startPeer, stopAll } from './servers.js';
import { soakVerdict } from './soak.js';
import { startVerdict } from './start.js';
import { manyStreams } from './streams.js';
import { writings, writingVerdicts } from './writing.js';

const help = `Measures our server against PostGraphile, mercurius and bare pg, on one PostgreSQL with the bulk dataset.

  npm run bench                   every list, detail and single mutation, in rounds that alternate
  npm run bench -- --quick        the same in less than three minutes, once the dataset is loaded
  npm run bench -- --growth       lists of 1,000 and of 1,000,000 deals
  npm run bench -- --overload     three times the capacity, a tenant at ten times its load, big bodies
  npm run bench -- --soak         memory over 100,000 mixed requests and 10,000 documents
  npm run bench -- --log          what the log costs
  npm run bench -- --live         latency and memory of subscriptions, and what idle ones cost
  npm run bench -- --start        start to ready
  npm run bench -- --dearest      the documents that take most of what the cost limit lets pass
  npm run bench -- --json FILE    also writes what was measured

BENCH_FOLDER (.data/bench) keeps the dataset between runs.`;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    growth: { type: 'boolean' },
    overload: { type: 'boolean' },
    soak: { type: 'boolean' },
    log: { type: 'boolean' },
    live: { type: 'boolean' },
    start: { type: 'boolean' },
    dearest: { type: 'boolean' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});

const effort: Effort = options.quick
  ? { rounds: 1, seconds: 1.5, warmUpSeconds: 1.5 }
  : { rounds: 5, seconds: 2, warmUpSeconds: 10 };

/** V8 has settled on the code of a mutation after some ten thousand, and lists run more often in a second. */
const writingEffort: Effort = { ...effort, warmUpSeconds: options.quick ? effort.warmUpSeconds : 30 };

/** Rounds differ by more than the log costs. */
const loggingEffort: Effort = { ...writingEffort, rounds: options.quick ? 3 : 21 };

const overloading: Effort = { rounds: options.quick ? 3 : 7, seconds: 5, warmUpSeconds: 10 };

/** Nothing that is measured is refused while the machine is busy. */
const neverLate = { MAX_EVENT_LOOP_DELAY: '10000' };

const lines: Line[] = [];

async function withDataset<T>(work: (dataset: Dataset) => Promise<T>): Promise<T> {
  const dataset = await openDataset(console.error);
  try {
    return await work(dataset);
  } finally {
    await stopAll();
    await dataset.stop();
  }
}

async function startOursOn({ databaseUrl, migrationDatabaseUrl, owner }: Dataset, more: NodeJS.ProcessEnv = {}) {
  const server = await startOurs({ DATABASE_URL: databaseUrl, MIGRATION_DATABASE_URL: migrationDatabaseUrl, ...more });
  return { ...server, headers: server.headersOf(owner) };
}

const comparisons = () =>
  withDataset(async (dataset): Promise<Verdict[]> => {
    const servers: Servers = {
      ours: await startOursOn(dataset),
      postgraphile: await startPeer('PostGraphile', dataset),
      mercurius: await startPeer('mercurius', dataset),
      bare: await startPeer('bare pg', dataset),
    };
    const report = ({ what }: Line) => console.error(`measured ${what}`);
    const read = await readings(servers, dataset, effort, report);
    const written = await writings(servers, dataset, writingEffort, report);
    lines.push(...read, ...written);
    const inBulk = await bulkVerdict(servers.ours, dataset, effort.rounds);
    return [...readingVerdicts(read), ...writingVerdicts(written), inBulk];
  });

async function run(): Promise<Verdict[]> {
  if (options.growth) return growthVerdicts(effort);
  if (options.soak) return [await soakVerdict(console.error)];
  if (options.overload)
    return withDataset(async (dataset) => [
      ...(await overloadVerdicts(dataset, overloading)),
      await bigBodiesVerdict(dataset),
    ]);
  if (options.dearest)
    return withDataset(async (dataset) => dearest(await startOursOn(dataset, neverLate), dataset, console.error));
  if (options.log)
    return withDataset(async (dataset) => logVerdicts(await startOursOn(dataset, neverLate), dataset, loggingEffort));
  if (options.live)
    return [
      ...(await liveVerdicts(console.error)),
      await withDataset(async (dataset) =>
        idleVerdict(await startOursOn(dataset, { ...neverLate, ...manyStreams }), dataset, effort, console.error),
      ),
    ];
  if (options.start) return [await startVerdict()];
  return comparisons();
}

if (options.help) console.log(help);
else {
  const verdicts = await run();
  const machine = `${cpus().length} × ${cpus()[0]!.model}, Node ${process.version}`;
  if (lines.length) console.log(`${table(lines)}\n\n${legend}; ${machine}\n`);
  for (const verdict of verdicts) console.log(verdictLine(verdict));
  if (options.json) writeFileSync(options.json, JSON.stringify({ machine, lines, verdicts }, null, 2));
}
