import { setTimeout as pause } from 'node:timers/promises';
import { usernameOf } from '../../seed/bulk/staff.js';
import { organizationIdOf } from '../../seed/bulk/tenant.js';
import { password } from '../../seed/bulk.js';
import { residentMegabytes } from '../support/mixed-traffic.js';
import { type Dataset, inOrganization } from './dataset.js';
import { Liveness } from './liveness.js';
import type { Verdict } from './report.js';
import { startOurs } from './servers.js';

const [calls, rows, organizations, rounds] = [24, 1000, 12, 3];
const domain = 'big-bodies.example';
const query = 'mutation ($rows: [CreateCustomerRow!]!) { createCustomers(rows: $rows) { summary { created failed } } }';

/** Bulk calls of 3.4 MB, all at once: what each is told, and the server's memory and liveness meanwhile. */
export async function bigBodiesVerdict({ databaseUrl, migrationDatabaseUrl }: Dataset): Promise<Verdict> {
  const ours = await startOurs({ DATABASE_URL: databaseUrl, MIGRATION_DATABASE_URL: migrationDatabaseUrl });
  const send = async (body: string, headers: Record<string, string>): Promise<string> => {
    const response = await fetch(ours.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
    return `${response.status} ${errors?.[0]?.extensions.code ?? 'done'}`;
  };
  const callers: Record<string, string>[] = [];
  for (let n = 0; n < calls; n += 1) {
    const username = usernameOf(1 + (n % organizations), 1 + Math.floor(n / organizations));
    callers.push(await ours.headersOf({ username, password })());
    await send('{"query":"{ organization { id } }"}', callers.at(-1)!);
  }

  const fates = new Map<string, number>();
  const liveness = new Liveness(ours.url);
  let [megabytes, isDone] = [0, false];
  const watch = async () => {
    while (!isDone) {
      megabytes = Math.max(megabytes, residentMegabytes(ours.process.pid!));
      await pause(10);
    }
  };
  const watching = watch();
  for (let round = 0; round < rounds; round += 1) {
    const bodies = callers.map((_, call) => bodyOf(`${round}-${call}`));
    for (const fate of await Promise.all(callers.map((headers, call) => send(bodies[call]!, headers))))
      fates.set(fate, (fates.get(fate) ?? 0) + 1);
  }
  const slowest = await liveness.stop();
  isDone = true;
  await watching;
  for (let n = 1; n <= organizations; n += 1)
    await inOrganization(databaseUrl, organizationIdOf(n), (client) =>
      client.query(`delete from customers where email like '%@${domain}'`),
    );
  const told = [...fates].map(([fate, count]) => `${count} × ${fate}`).join(', ');
  return {
    promise: `S8 ${calls} bulk calls of 3.4 MB at once: done or 503, RSS < 512 MB, liveness within 200 ms`,
    measured: `${told}; RSS ≤ ${megabytes} MB, liveness ≤ ${slowest.toFixed(0)} ms`,
    kept: [...fates.keys()].every((fate) => /^200 done|^503/.test(fate)) && megabytes < 512 && slowest <= 200,
  };
}

const bodyOf = (call: string): string =>
  JSON.stringify({
    query,
    variables: {
      rows: Array.from({ length: rows }, (_, row) => ({
        input: {
          name: `Customer ${row}`,
          email: `${Date.now()}-${call}-${row}@${domain}`,
          description: 'A long text. '.repeat(250),
        },
      })),
    },
  });
