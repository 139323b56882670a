import 'reflect-metadata';
import config from '../../mikro-orm.config.js';
import { readConfig } from '../platform/config.js';
import { startEmbedded } from '../platform/database/embedded.js';
import { migrate } from '../platform/database/migrate.js';

const { databaseUrl, migrationDatabaseUrl, dataFolder } = readConfig(process.env, { serves: false });
const cluster = databaseUrl ? null : await startEmbedded(dataFolder, 'durable');
const urls = cluster
  ? await cluster.database('crm')
  : { databaseUrl: databaseUrl!, migrationDatabaseUrl: migrationDatabaseUrl! };
await migrate(config, urls.migrationDatabaseUrl, urls.databaseUrl);
await cluster?.stop();
console.log('The database has the newest schema.');
