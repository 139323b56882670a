import config from '../../mikro-orm.config.js';
import { restore } from '../platform/database/backup/restore.js';
import { onDatabase } from './on-database.js';

const help = `npm run restore -- FILE   loads a backup into a new database, and brings it to the newest schema

DATABASE_URL and MIGRATION_DATABASE_URL name that database, or DATA_FOLDER a new folder for the embedded one.`;

await onDatabase(help, ['FILE'], async (database, file) => {
  const rows = await restore(database, config, file!);
  const count = Object.values(rows).reduce((sum, one) => sum + one, 0);
  console.log(`Restored ${count} rows of ${Object.keys(rows).length} tables.`);
});
