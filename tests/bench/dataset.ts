import type pg from 'pg';
import { NIL } from 'uuid';
import config from '../../mikro-orm.config.js';
import { usernameOf } from '../../seed/bulk/staff.js';
import { actAs, organizationIdOf } from '../../seed/bulk/tenant.js';
import { password, seedBulk } from '../../seed/bulk.js';
import { databaseNames as names } from '../../src/crm/database-names.js';
import type { DatabaseUrls } from '../../src/platform/config.js';
import { withClient } from '../../src/platform/database/connection.js';
import { Client } from '../../src/platform/database/driver/client.js';
import { startEmbedded } from '../../src/platform/database/embedded/cluster.js';
import { migrate } from '../../src/platform/database/migrate.js';
import type { Subjects } from './screens/screen.js';

/** Kept between runs; loading it takes minutes. */
export const folder = process.env.BENCH_FOLDER ?? '.data/bench';

/** Number of the organization that is measured. */
const measured = 2;

/** The login of an organization's owner. */
export const ownerOf = (number: number) => ({ username: usernameOf(number, 1), password });

export interface Dataset extends DatabaseUrls {
  organizationId: string;
  owner: { username: string; password: string };
  userId: string;
  subjects: Subjects;
  /** Open deals, to be moved between two open stages of their pipeline. */
  moves: { deals: string[]; stages: [string, string] };
  stop(): Promise<void>;
}

/** An embedded PostgreSQL with the settings that `npm start` gives it. */
export const startCluster = () => startEmbedded(folder, names, 'durable');

/** The bulk dataset, loaded when it is missing. */
export async function openDataset(report: (line: string) => void): Promise<Dataset> {
  const cluster = await startCluster();
  const urls = await cluster.database(names.database);
  await migrate({ config, names }, urls);
  await seedBulk(urls, report);
  const organizationId = organizationIdOf(measured);
  const facts = await inOrganization(urls.databaseUrl, organizationId, factsOf);
  return { ...urls, ...facts, organizationId, owner: ownerOf(measured), stop: cluster.stop };
}

/** Runs work on tables that do not write to the log. */
export async function withoutLog<T>({ migrationDatabaseUrl }: DatabaseUrls, work: () => Promise<T>): Promise<T> {
  const turn = (how: 'disable' | 'enable') =>
    withClient(migrationDatabaseUrl, async (owner) => {
      const { rows } = await owner.query(
        `select tgrelid::regclass::text as table from pg_trigger where tgname = 'log_change'`,
      );
      for (const { table } of rows) await owner.query(`alter table ${table} ${how} trigger log_change`);
    });
  await turn('disable');
  try {
    return await work();
  } finally {
    await turn('enable');
  }
}

/** A transaction as the serving role in an organization, committed. */
export async function inOrganization<T>(
  databaseUrl: string,
  organizationId: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ connectionString: databaseUrl, options: '-c timezone=UTC -c work_mem=256MB' });
  await client.connect();
  try {
    await client.query('begin');
    await actAs(client, NIL, organizationId);
    const result = await work(client);
    await client.query('commit');
    return result;
  } finally {
    await client.end();
  }
}

/** Records with a whole page of activities, as what is worked on has. */
async function factsOf(client: pg.Client): Promise<Pick<Dataset, 'userId' | 'subjects' | 'moves'>> {
  const one = async (text: string): Promise<string> => (await client.query(text)).rows[0].id;
  const busy = (pointer: string) =>
    one(`select ${pointer} as id from activities where ${pointer} is not null
      group by 1 order by count(*) < 20, abs(count(*) - 20), 1 limit 1`);
  const subjects = {
    organization: await one(`select current_setting('app.organization_id') as id`),
    customer: await busy('customer_id'),
    deal: await busy('deal_id'),
    lead: await busy('lead_id'),
    vendor: await one('select id from vendors order by created_at desc, id desc limit 1'),
    activity: await one(
      'select id from activities where deal_id is not null order by created_at desc, id desc limit 1',
    ),
  };
  const { rows: stages } = await client.query(
    `select id
     from pipeline_stages
     where is_active and not is_closed_won and not is_closed_lost
     order by "order"
     limit 2`,
  );
  const { rows: deals } = await client.query(
    `select id from deals where status = 'OPEN' and stage_id is not null order by id limit 1600`,
  );
  return {
    userId: await one(
      `select e.user_id as id from employees e join memberships m on m.user_id = e.user_id and m.is_owner limit 1`,
    ),
    subjects,
    moves: { deals: deals.map(({ id }) => id), stages: [stages[0].id, stages[1].id] },
  };
}
