import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { usernameOf } from '../../seed/bulk/staff.js';
import { password } from '../../seed/bulk.js';
import type { Crowd, Fates } from './crowd.js';
import type { Dataset } from './dataset.js';
import { bodyOf } from './documents.js';
import type { Verdict } from './report.js';
import { type Effort, median } from './rounds.js';
import { screensOf } from './screens.js';
import { startOurs } from './servers.js';

/** Lists that need no id, so that every organization can ask for them. */
const lists = ['CustomersList', 'LeadsList', 'DealsList', 'Activities', 'Vendors', 'Team'];

const organizations = 16;
const usersEach = 3;
/** As many requests as run at a time without queueing. */
const steady = 16;
/** Enough that a second of waiting does not slow them down. */
const many = 2000;

/** Goodput at three times the capacity, and what a tenant feels of another one at ten times its load. */
export async function overloadVerdicts(
  { databaseUrl, migrationDatabaseUrl, subjects }: Dataset,
  { rounds, seconds }: Effort,
): Promise<Verdict[]> {
  const ours = await startOurs({
    DATABASE_URL: databaseUrl,
    MIGRATION_DATABASE_URL: migrationDatabaseUrl,
  });
  const bodies = screensOf(subjects)
    .filter(({ operation }) => lists.includes(operation))
    .map(bodyOf);
  const usersOf = (organization: number) =>
    Promise.all(
      Array.from({ length: usersEach }, (_, user) =>
        ours.headersOf({ username: usernameOf(organization, user + 1), password })(),
      ),
    );
  const tenants: Record<string, string>[][] = [];
  for (let n = 1; n <= organizations; n += 1) tenants.push(await usersOf(n));
  const [quiet, busy] = [tenants[1]!, tenants[2]!];
  const everybody = tenants[0]!.flatMap((_, user) => tenants.map((users) => users[user]!));
  const crowd = (callers: Crowd['callers'], connections: number, rate?: number): Crowd => ({
    url: ours.url,
    callers,
    bodies,
    connections,
    rate,
    seconds,
  });

  await send([{ ...crowd(everybody, steady), seconds: 10 }]);
  const found: { peak: Fates; over: Fates; alone: Fates; beside: Fates; loud: Fates }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const [peak] = await send([crowd(everybody, steady)]);
    const capacity = peak!.good.perSecond;
    const [over] = await send([crowd(everybody, many, 3 * capacity)]);
    // The load of each of them if all of them together fill the server.
    const normal = capacity / organizations;
    const [alone] = await send([crowd(quiet, many, normal)]);
    const [beside, loud] = await send([crowd(quiet, many, normal), crowd(busy, many, 10 * normal)]);
    found.push({ peak: peak!, over: over!, alone: alone!, beside: beside!, loud: loud! });
    console.error(`round ${round + 1}: ${Object.entries(found.at(-1)!).map(shown).join('; ')}`);
  }
  const middle = (share: (fates: (typeof found)[0]) => number) => median(found.map(share));
  const goodput = middle(({ peak, over }) => over.good.perSecond / peak.good.perSecond);
  const failures = found.reduce((sum, { over }) => sum + over.failed + over.mute, 0);
  const [before, after] = [middle(({ alone }) => alone.good.p99), middle(({ beside }) => beside.good.p99)];
  return [
    {
      promise: 'D6 goodput at 3 × capacity ≥ 85 % of peak, the rest 503 with Retry-After at once',
      measured:
        `${goodput.toFixed(2)} of ${middle(({ peak }) => peak.good.perSecond).toFixed(0)} a second; refused after ` +
        `${middle(({ over }) => over.shed.p50)} ms (p50), ${failures} failed or without Retry-After`,
      kept: goodput >= 0.85 && failures === 0,
    },
    {
      promise: 'D6 one tenant at 10 × its load raises no p99 of another by more than half',
      measured: `${before} → ${after} ms`,
      kept: after <= 1.5 * before,
    },
  ];
}

const shown = ([name, { good, shed, failed, mute }]: [string, Fates]) =>
  `${name} ${good.perSecond.toFixed(0)}/s (${good.p50}/${good.p99} ms), 503 ${shed.perSecond.toFixed(0)}/s ` +
  `(${shed.p50}/${shed.p99} ms), ${mute} of them mute, failed ${failed}`;

/** Milliseconds until the server has done with the load before. */
const rest = 1000;

/** Each crowd is a process of its own, so that none measures how busy another is; all begin together. */
async function send(crowds: Crowd[]): Promise<Fates[]> {
  await pause(rest);
  const children = crowds.map(() => fork(new URL('./crowd.js', import.meta.url)));
  const answers = () => Promise.all(children.map(async (child) => (await once(child, 'message'))[0] as Fates));
  const open = answers();
  for (const [n, child] of children.entries()) child.send(crowds[n]!);
  await open;
  const fates = answers();
  for (const child of children) child.send('begin');
  return fates;
}
