import 'reflect-metadata';
import config from '../../mikro-orm.config.js';
import { readConfig } from '../platform/config.js';
import { openDatabase } from '../platform/database/embedded/cluster.js';
import { migrate } from '../platform/database/migrate.js';
import { fail } from '../platform/fail.js';

try {
  const { databaseUrl, migrationDatabaseUrl, stop } = await openDatabase(readConfig(process.env, { serves: false }));
  await migrate(config, migrationDatabaseUrl, databaseUrl).finally(stop);
  console.log('The database has the newest schema.');
} catch (error) {
  fail(error);
}
