import { upsertBody } from './bulk.js';
import { cpuMs } from './cpu.js';
import { type Dataset, inOrganization, withoutLog } from './dataset.js';
import type { Verdict } from './report.js';
import { type Effort, median } from './rounds.js';
import { ask } from './same-rows.js';
import { load, type Server } from './servers.js';
import { ourCustomers, ourMoves } from './writing.js';

const domain = 'log.example';
const [callsPerRound, rowsPerCall] = [10, 1000];

/** The cost of the log: processor time of a mutation with its triggers, divided by that without them. */
export async function logVerdicts(ours: Server, dataset: Dataset, effort: Effort): Promise<Verdict[]> {
  const singles = {
    CreateCustomer: (seconds: number) => sent(ours, ourCustomers(seconds), seconds),
    MoveDealStage: (seconds: number) => sent(ours, ourMoves(dataset), seconds),
  };
  const verdicts: Verdict[] = [];
  for (const [what, send] of Object.entries(singles)) {
    await send(effort.warmUpSeconds);
    verdicts.push(await verdictOn(`a ${what}`, 1.05, () => send(effort.seconds), ours, dataset, effort));
  }
  const inBulk = () => upserted(ours);
  await inBulk();
  verdicts.push(await verdictOn('an upsert of 1,000 customers', 1.12, inBulk, ours, dataset, effort));
  await inOrganization(dataset.databaseUrl, dataset.organizationId, (client) =>
    client.query(`delete from customers where email like '%@bench.example' or email like '%@${domain}'`),
  );
  return verdicts;
}

/** Sends requests for a while and returns their number. */
async function sent(ours: Server, bodies: string[][], seconds: number): Promise<number> {
  const { requests, failed } = await load({ url: ours.url, headers: await ours.headers(), bodies, seconds });
  if (failed) throw new Error(`Our server failed ${failed} requests`);
  return requests;
}

async function upserted(ours: Server): Promise<number> {
  for (let call = 0; call < callsPerRound; call += 1) {
    const rows = Array.from({ length: rowsPerCall }, (_, row) => {
      const key = `log-${call * rowsPerCall + row}`;
      return { key, name: `At ${performance.now()}`, email: `${key}@${domain}` };
    });
    await ask(ours, upsertBody(rows));
  }
  return callsPerRound;
}

async function verdictOn(
  what: string,
  most: number,
  run: () => Promise<number>,
  ours: Server,
  dataset: Dataset,
  { rounds }: Effort,
): Promise<Verdict> {
  const cpuOf = async () => {
    const before = cpuMs(ours);
    const count = await run();
    return (cpuMs(ours) - before) / count;
  };
  const unloggedCpu = () => withoutLog(dataset, cpuOf);
  const found: { logged: number; unlogged: number }[] = [];
  for (let round = 0; round < rounds; round += 1)
    // Tables grow meanwhile, so both take turns at going first.
    if (round % 2) found.push({ unlogged: await unloggedCpu(), logged: await cpuOf() });
    else found.push({ logged: await cpuOf(), unlogged: await unloggedCpu() });
  const [logged, unlogged] = [median(found.map((one) => one.logged)), median(found.map((one) => one.unlogged))];
  const shares = found.map((one) => one.logged / one.unlogged).sort((one, other) => one - other);
  const share = median(shares);
  const [low, high] = [shares[rounds >> 2]!, shares[rounds - 1 - (rounds >> 2)]!];
  return {
    promise: `the log takes ≤ ${most} × the processor time of ${what}`,
    measured:
      `${share.toFixed(2)} × (${logged.toFixed(2)} instead of ${unlogged.toFixed(2)} ms; ` +
      `half of ${rounds} rounds from ${low.toFixed(2)} to ${high.toFixed(2)})`,
    kept: share <= most,
  };
}
