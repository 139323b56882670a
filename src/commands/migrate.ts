import 'reflect-metadata';
import config from '../../mikro-orm.config.js';
import { ConfigError, readConfig } from '../platform/config.js';
import { openDatabase } from '../platform/database/embedded.js';
import { migrate } from '../platform/database/migrate.js';

try {
  const { databaseUrl, migrationDatabaseUrl, stop } = await openDatabase(readConfig(process.env, { serves: false }));
  await migrate(config, migrationDatabaseUrl, databaseUrl).finally(stop);
  console.log('The database has the newest schema.');
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
}
