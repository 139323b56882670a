import config from '../../mikro-orm.config.js';
import { databaseNames as names } from '../crm/database-names.js';
import { summaryOf } from '../platform/database/backup/file.js';
import { restore } from '../platform/database/backup/restore.js';
import { onDatabase } from './on-database.js';

const help = `npm run restore -- FILE   loads a backup into a new database, and brings it to the newest schema

DATABASE_URL and MIGRATION_DATABASE_URL name that database, or DATA_FOLDER a new folder for the embedded one.`;

await onDatabase(help, { words: ['FILE'] }, async (open, { words: [file] }) => {
  const rows = await restore(open, { config, names }, file!);
  console.log(`Restored ${summaryOf(rows)}.`);
});
