import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { GraphQLClient } from 'graphql-request';
import { residentMegabytes } from '../support/mixed-traffic.js';
import type { Statements } from './count-statements.js';
import type { Verdict } from './report.js';
import { startOurs, stopAll } from './servers.js';
import { manyStreams, openStream } from './streams.js';

const rate = 200;
const seconds = 20;
const subscribers = 5000;
const most = { milliseconds: 250, megabytes: 400 };

/** All changes are those of one caller, who may take the whole lane. */
const oneTenant = {
  MAX_IN_FLIGHT_PER_ORGANIZATION: '16',
  MAX_IN_FLIGHT_PER_CALLER: '16',
  MAX_WAITING: '10000',
  MAX_WAIT: '10000',
};

const Register = `mutation { register(input: {
  email: "live@bench.example", username: "livebench", password: "correct-horse-battery", organizationName: "Live"
}) { accessToken } }`;
const Create = 'mutation ($n: String!, $e: String!) { createCustomer(input: { name: $n, email: $e }) { id } }';
const Rename = 'mutation ($id: ID!, $n: String!) { updateCustomer(id: $id, input: { name: $n }) { id } }';

/** Latency and memory of subscriptions over Server-Sent Events, Linux only. */
export async function liveVerdicts(report: (line: string) => void): Promise<Verdict[]> {
  const folder = mkdtempSync(join(tmpdir(), 'crm-live-'));
  try {
    const { url, process: server } = await startOurs({ DATA_FOLDER: folder, ...oneTenant, ...manyStreams }, [
      './count-statements.js',
    ]);
    const { register } = await new GraphQLClient(url).request<{ register: { accessToken: string } }>(Register);
    const authorization = `Bearer ${register.accessToken}`;
    const client = new GraphQLClient(url, { headers: { authorization } });
    const ids: string[] = [];
    for (let n = 0; n < 100; n += 1) {
      const variables = { n: `C${n}`, e: `c${n}@bench.example` };
      ids.push((await client.request<{ createCustomer: { id: string } }>(Create, variables)).createCustomer.id);
    }
    // First, since the load of the other leaves memory that V8 keeps.
    const withMany = await crowd(url, authorization, client, ids, server);
    for (const { measured } of withMany) report(measured);
    return [...withMany, await latency(url, authorization, client, ids)];
  } finally {
    await stopAll();
    rmSync(folder, { recursive: true });
  }
}

async function latency(url: string, authorization: string, client: GraphQLClient, ids: string[]): Promise<Verdict> {
  const answered = new Map<string, number>();
  const received = new Map<string, number>();
  const close = await openStream(url, authorization, (text) => {
    for (const [name] of text.matchAll(/Renamed\d+/g)) if (!received.has(name)) received.set(name, performance.now());
  });
  const sent: Promise<unknown>[] = [];
  const since = performance.now();
  for (let n = 0; n < rate * seconds; n += 1) {
    const wait = since + (1000 * n) / rate - performance.now();
    if (wait > 0) await pause(wait);
    const name = `Renamed${String(n).padStart(6, '0')}`;
    sent.push(
      client.request(Rename, { id: ids[n % ids.length], n: name }).then(() => answered.set(name, performance.now())),
    );
  }
  await Promise.all(sent);
  const done = performance.now();
  await pause(2000);
  close();
  const waits = [...answered]
    .map(([name, at]) => Math.max(0, (received.get(name) ?? Infinity) - at))
    .sort((a, b) => a - b);
  const at = (share: number) => Math.round(waits[Math.floor(waits.length * share)]!);
  const real = Math.round((1000 * waits.length) / (done - since));
  return {
    promise: `D7 commit → client p99 ≤ ${most.milliseconds} ms at ${rate} changes a second`,
    measured: `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms after the answer to the mutation, at ${real} changes a second`,
    kept: at(0.99) <= most.milliseconds,
  };
}

/** The text that the server has sent meanwhile. */
async function sentWhile(server: ChildProcess, work: () => Promise<void>): Promise<Statements> {
  const sums = async (): Promise<Statements> => {
    server.send('statements');
    return (await once(server, 'message'))[0];
  };
  const before = await sums();
  await work();
  const after = await sums();
  return {
    news: after.news - before.news,
    rights: after.rights - before.rights,
    others: after.others - before.others,
  };
}

/** Memory and statements with one subscriber and with many. */
async function crowd(
  url: string,
  authorization: string,
  client: GraphQLClient,
  ids: string[],
  server: ChildProcess,
): Promise<Verdict[]> {
  const before = residentMegabytes(server.pid!);
  let events = 0;
  const closing: (() => void)[] = [];
  const join = async (count: number): Promise<void> => {
    const some = Array.from({ length: count }, () =>
      openStream(url, authorization, (text) => {
        events += text.match(/Told\d/g)?.length ? 1 : 0;
      }),
    );
    closing.push(...(await Promise.all(some)));
  };
  const changes = 8;
  const change = async () => {
    for (let n = 1; n <= changes; n += 1) {
      await client.request(Rename, { id: ids[0], n: `Told${n}` });
      await pause(1000);
    }
  };
  await join(1);
  const ofOne = await sentWhile(server, change);
  while (closing.length < subscribers) await join(Math.min(50, subscribers - closing.length));
  events = 0;
  const since = performance.now();
  await client.request(Rename, { id: ids[0], n: 'Told9' });
  while (events < subscribers && performance.now() - since < 30_000) await pause(10);
  const all = Math.round(performance.now() - since);
  const isComplete = events >= subscribers;
  const began = performance.now();
  const ofAll = await sentWhile(server, change);
  const elapsed = (performance.now() - began) / 1000;
  const after = residentMegabytes(server.pid!);
  for (const close of closing) close();
  const each = ({ others }: Statements) => (others / changes).toFixed(1);
  return [
    {
      promise: `D7 ${subscribers} subscribers in ≤ ${most.megabytes} MB`,
      measured: `${before} MB before, ${after} MB with them; a change reached all of them within ${all} ms`,
      kept: after <= most.megabytes && isComplete,
    },
    {
      promise: 'D7 statements of a change do not depend on its subscribers, and one statement every 5 s looks all up',
      measured:
        `${each(ofOne)} statements for a change with one subscriber, ${each(ofAll)} with ${subscribers}; ` +
        `${ofAll.rights} look-ups of rights in ${elapsed.toFixed(1)} s`,
      kept: ofAll.others <= ofOne.others + 1 && ofAll.rights <= Math.ceil(elapsed / 5) + 1,
    },
  ];
}
