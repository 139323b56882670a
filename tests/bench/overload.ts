import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { usernameOf } from '../../seed/bulk/staff.js';
import { password } from '../../seed/bulk.js';
import type { Crowd, Fates } from './crowd.js';
import type { Dataset } from './dataset.js';
import { bodyOf } from './documents.js';
import type { Verdict } from './report.js';
import { screensOf } from './screens.js';
import { startOurs } from './servers.js';

/** Lists that need no id, so that every organization can ask for them. */
const lists = ['CustomersList', 'LeadsList', 'DealsList', 'Activities', 'Vendors', 'Team'];

const organizations = 16;
const usersEach = 3;
/** As many requests as run at a time without queueing. */
const steady = 16;
/** Enough that a second of waiting does not slow them down. */
const many = 6000;

/** Goodput at three times the capacity, and what a tenant feels of another one at ten times its load. */
export async function overloadVerdicts({ databaseUrl, migrationDatabaseUrl, subjects }: Dataset, seconds: number) {
  const ours = await startOurs({
    DATABASE_URL: databaseUrl,
    MIGRATION_DATABASE_URL: migrationDatabaseUrl,
    SIGN_INS_PER_MINUTE: '1000000',
    REQUESTS_PER_MINUTE: '1000000',
    ANONYMOUS_REQUESTS_PER_MINUTE: '1000000',
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
  const everybody = tenants[0]!.flatMap((_, user) => tenants.map((users) => users[user]!));
  const crowd = (callers: Crowd['callers'], connections: number, rate?: number): Crowd => ({
    url: ours.url,
    callers,
    bodies,
    connections,
    rate,
    seconds,
  });

  await send([{ ...crowd(everybody, steady), seconds: 5 }]);
  const [peak] = await send([crowd(everybody, steady)]);
  const capacity = peak!.good.perSecond;
  console.error('peak', JSON.stringify(peak));
  const [over] = await send([crowd(everybody, many, 3 * capacity)]);
  console.error('3 x', JSON.stringify(over));

  const normal = capacity / 10;
  const [quiet, loud] = [tenants[1]!, tenants[2]!];
  await send([{ ...crowd(quiet, 200, normal), seconds: 3 }]);
  const [alone] = await send([crowd(quiet, 200, normal)]);
  console.error('alone', JSON.stringify(alone));
  const [beside, hog] = await send([crowd(quiet, 200, normal), crowd(loud, many, 10 * normal)]);
  console.error('beside', JSON.stringify(beside), JSON.stringify(hog));

  const share = over!.good.perSecond / capacity;
  const shown = ({ good, shed, failed }: Fates) =>
    `${good.perSecond.toFixed(0)} answered a second (p99 ${good.p99} ms), ${shed.perSecond.toFixed(0)} shed ` +
    `(p50 ${shed.p50}, p99 ${shed.p99} ms), ${failed.perSecond.toFixed(1)} failed`;
  const verdicts: Verdict[] = [
    {
      promise: 'D6 goodput at 3 × capacity ≥ 85 % of peak, the rest 503 with Retry-After at once',
      measured: `${share.toFixed(2)} of ${capacity.toFixed(0)}; ${shown(over!)}, ${over!.mute} without Retry-After`,
      kept: share >= 0.85 && over!.failed.perSecond === 0 && over!.mute === 0,
    },
    {
      promise: 'D6 one tenant at 10 × its load raises no p99 of another by more than half',
      measured: `${alone!.good.p99} → ${beside!.good.p99} ms; the loud one: ${shown(hog!)}`,
      kept: beside!.good.p99 <= 1.5 * alone!.good.p99 && beside!.good.perSecond >= 0.95 * alone!.good.perSecond,
    },
  ];
  return verdicts;
}

/** Milliseconds until the server has done with the load before. */
const rest = 3000;

async function send(crowds: Crowd[]): Promise<Fates[]> {
  await pause(rest);
  const child = fork(new URL('./crowd.js', import.meta.url));
  child.send(crowds);
  const [fates] = (await once(child, 'message')) as [Fates[]];
  return fates;
}
