import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { type Dataset, inOrganization, withoutLog } from './dataset.js';
import type { Verdict } from './report.js';
import { median } from './rounds.js';
import { ask } from './same-rows.js';
import type { Server } from './servers.js';

const [calls, rowsPerCall] = [10, 1000];
const domain = 'bulk-bench.example';

interface Customer {
  key: string;
  name: string;
  email: string;
}

/**
 * Seconds that ours and bare pg, whose tables have no log, take to upsert the same customers twice: once new, once with
 * another name.
 */
export async function bulkVerdict(ours: Server, dataset: Dataset, rounds: number): Promise<Verdict> {
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const seconds = [];
    const secondsOf = async (upsert: (customers: Customer[]) => Promise<unknown>) => {
      const begun = performance.now();
      for (const name of ['First', 'Second']) for (const rows of callsOf(name)) await upsert(rows);
      return (performance.now() - begun) / 1000;
    };
    for (const measure of [
      () => secondsOf(upsertOurs(ours)),
      () => withoutLog(dataset, () => secondsOf(upsertBare(dataset))),
    ]) {
      seconds.push(await measure());
      await inOrganization(dataset.databaseUrl, dataset.organizationId, (client) =>
        client.query(`delete from customers where email like '%@${domain}'`),
      );
    }
    ratios.push(seconds[1]! / seconds[0]!);
  }
  const usual = median(ratios);
  return {
    promise: 'S7 upsert of 10,000 customers in calls of 1,000 ≥ 0.6 × INSERT … ON CONFLICT by bare pg',
    measured: `${usual.toFixed(2)} ×`,
    kept: usual >= 0.6,
  };
}

const callsOf = (name: string): Customer[][] =>
  Array.from({ length: calls }, (_, call) =>
    Array.from({ length: rowsPerCall }, (_, row) => {
      const key = `bench-${call * rowsPerCall + row}`;
      return { key, name: `${name} ${key}`, email: `${key}@${domain}` };
    }),
  );

export const upsertBody = (customers: Customer[]): string =>
  JSON.stringify({
    query: `mutation ($rows: [UpsertCustomerRow!]!) {
      upsertCustomers(rows: $rows) { summary { failed } results(status: [FAILED]) { index } } }`,
    variables: {
      rows: customers.map(({ key, name, email }) => ({ by: { externalId: key }, input: { name, email } })),
    },
  });

const upsertOurs = (ours: Server) => (customers: Customer[]) => ask(ours, upsertBody(customers));

const upsertBare =
  ({ databaseUrl, organizationId }: Dataset) =>
  (customers: Customer[]) =>
    inOrganization(databaseUrl, organizationId, (client: pg.Client) =>
      client.query({
        name: 'upsert',
        text: `insert into customers (id, version, created_at, updated_at, organization_id, code, name, email,
            external_id, tags)
          select r.id, 1, now(), now(), $1, r.id, r.name, r.email, r.key, '{}'
          from jsonb_to_recordset($2) as r(id uuid, key text, name text, email text)
          on conflict (organization_id, external_id) do update
          set name = excluded.name, email = excluded.email, version = customers.version + 1, updated_at = now()`,
        values: [organizationId, JSON.stringify(customers.map((customer) => ({ id: randomUUID(), ...customer })))],
      }),
    );
