import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import config from '../../mikro-orm.config.js';
import { seedDemo } from '../../seed/demo.js';
import { databaseNames as names } from '../../src/crm/database-names.js';
import { type EmbeddedCluster, startEmbedded } from '../../src/platform/database/embedded/cluster.js';
import { migrate } from '../../src/platform/database/migrate.js';
import { keepSessionSettings } from '../../src/platform/database/pooler.js';
import { Pooler } from './pooler.js';
import { servers } from './servers.js';

let cluster: EmbeddedCluster;
let pooler: Pooler | undefined;
let folder: string;

/**
 * One PostgreSQL for the whole run, migrated once. Each Jest worker gets a copy of that database; one has the demo.
 * With `TEST_POOLER`, the path of PgBouncer, servers reach it only through that.
 */
export default async function setUp({ maxWorkers }: { maxWorkers: number }): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'crm-test-'));
  process.env.TEST_FOLDER = folder;
  cluster = await startEmbedded(folder, names, 'throwAway');
  const template = await cluster.database('crm_template');
  await migrate({ config, names }, template);
  const { TEST_POOLER } = process.env;
  if (TEST_POOLER) {
    process.env.PREPARED_STATEMENTS = 'off';
    await keepSessionSettings(template, names);
    pooler = await Pooler.start(TEST_POOLER, template.databaseUrl);
  }
  for (let worker = 1; worker <= maxWorkers; worker += 1) {
    const name = `crm_${worker}`;
    const urls = { ...(await cluster.database(name, 'crm_template')), superuserUrl: cluster.superuserUrl(name) };
    if (pooler) urls.databaseUrl = pooler.inFrontOf(urls.databaseUrl);
    process.env[`TEST_DATABASE_${worker}`] = JSON.stringify(urls);
  }
  const demo = await cluster.database('crm_demo', 'crm_template');
  await seedDemo(demo.databaseUrl);
  process.env.TEST_DATABASE_DEMO = demo.databaseUrl;
}

export async function tearDown(): Promise<void> {
  // A run of few files has no workers.
  await servers.close();
  await pooler?.stop();
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
}
