import config from '../../mikro-orm.config.js';
import { databaseNames as names } from '../crm/database-names.js';
import { migrate } from '../platform/database/migrate.js';
import { onDatabase } from './on-database.js';

const help =
  'npm run migrate   brings the database of MIGRATION_DATABASE_URL, or the embedded one, to the newest schema';

await onDatabase(help, {}, async (open) => {
  const schema = await migrate({ config, names }, await open());
  console.log(`The database has the schema ${schema}.`);
});
