import type pg from 'pg';
import { organizationIdOf } from '../../seed/bulk/tenant.js';
import { inOrganization, ownerOf, startCluster } from './dataset.js';
import { screenBody } from './documents.js';
import type { Verdict } from './report.js';
import { type Contender, type Effort, interleaved } from './rounds.js';
import { ask } from './same-rows.js';
import { dashboardScreen } from './screens/dashboard.js';
import { connections, type Server, startOurs, stopAll } from './servers.js';

// Two organizations of the bulk dataset, in a copy of its database.
const small = { number: 19, deals: 1000 };
const large = { number: 20, deals: 1_000_000 };

/** The same lists in an organization of 1,000 deals and in one of 1,000,000, and the headline figures of the latter. */
export async function growthVerdicts(effort: Effort): Promise<Verdict[]> {
  const cluster = await startCluster();
  try {
    const { databaseUrl, migrationDatabaseUrl } = await cluster.database('crm_growth', 'crm');
    await inOrganization(databaseUrl, organizationIdOf(small.number), thinned);
    await inOrganization(databaseUrl, organizationIdOf(large.number), multiplied);
    const settings = { DATABASE_URL: databaseUrl, MIGRATION_DATABASE_URL: migrationDatabaseUrl };
    const server = await startOurs(settings);
    const few = { ...server, headers: server.headersOf(ownerOf(small.number)) };
    const many = { ...server, headers: server.headersOf(ownerOf(large.number)) };
    const lists = [
      await contender(few),
      await contender(many),
      await contender(few, small),
      await contender(many, large),
    ];
    const [first, firstOfMany, deep, deepOfMany] = await interleaved(lists, effort);
    const [grown, grownDeep] = [firstOfMany!.p50 / first!.p50, deepOfMany!.p50 / deep!.p50];
    const times = [];
    for (let run = 0; run < 5; run += 1) {
      const begun = performance.now();
      await ask(many, JSON.stringify({ query: dashboardScreen.document }));
      times.push(performance.now() - begun);
    }
    return [
      {
        promise: 'S4 deals list of 1,000,000 against 1,000 ≤ 1.3 ×',
        measured:
          `median latency ${grown.toFixed(2)} × on the first page, ` +
          `${grownDeep.toFixed(2)} × after a cursor 90 % deep`,
        kept: grown <= 1.3 && grownDeep <= 1.3,
      },
      {
        promise: 'S5 dashboard figures of 1,000,000 deals < 1 s',
        measured: times.map((time) => `${time.toFixed(0)} ms`).join(', '),
        kept: Math.max(...times) < 1000,
      },
    ];
  } finally {
    await stopAll();
    await cluster.stop();
  }
}

/** The list's first page, or the one after a cursor 90 % deep in an organization. */
async function contender(server: Server, within?: { deals: number }): Promise<Contender> {
  const after = within && (await cursorBefore(server, within.deals / 10));
  const body = screenBody('DealsScroll', after ? { first: 25, after } : { first: 25 });
  return { server, bodies: () => Array(connections).fill([body]) };
}

/** The cursor of the row with this number of rows behind it, found from the end of the list. */
async function cursorBefore(server: Server, rows: number): Promise<string> {
  const query = 'query ($before: String) { deals(last: 100, before: $before) { pageInfo { startCursor } } }';
  let before: string | undefined;
  for (let row = 0; row < rows; row += 100) {
    const answer = await ask(server, JSON.stringify({ query, variables: { before } }));
    before = (answer as { deals: { pageInfo: { startCursor: string } } }).deals.pageInfo.startCursor;
  }
  return before!;
}

async function thinned(client: pg.Client): Promise<void> {
  await client.query(
    `delete from deals where organization_id = current_setting('app.organization_id')::uuid and id not in (
       select id from deals order by id limit $1)`,
    [small.deals],
  );
}

/** Copies of the organization's deals, each a little older than the last, until there are enough. */
async function multiplied(client: pg.Client): Promise<void> {
  const { rows } = await client.query('select count(*)::integer as deals from deals');
  const copies = Math.round(large.deals / rows[0].deals) - 1;
  if (copies < 1) return;
  const { rows: columns } = await client.query(
    `select quote_ident(column_name) as name from information_schema.columns
     where table_schema = 'public' and table_name = 'deals' and is_generated = 'NEVER'`,
  );
  const changed: Record<string, string> = {
    id: 'gen_random_uuid()',
    code: `code || '-' || copy`,
    created_at: `created_at - copy * interval '7 minutes'`,
  };
  const names = columns.map(({ name }) => name as string);
  await client.query(
    `insert into deals (${names.join(', ')}) select ${names.map((name) => changed[name] ?? name).join(', ')}
     from deals, generate_series(1, ${copies}) as copy`,
  );
}
