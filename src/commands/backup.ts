import { backUp } from '../platform/database/backup/back-up.js';
import { onDatabase } from './on-database.js';

const help = `npm run backup -- FILE   writes all rows of the database to a file (.gz), while the server runs or not

The file holds password hashes: only its owner may read it. Keys for tokens (TOKEN_KEYS, or token-key.json of the data
folder) are not in it.`;

await onDatabase(help, ['FILE'], async ({ migrationDatabaseUrl }, file) => {
  const rows = await backUp(migrationDatabaseUrl, file!);
  const count = Object.values(rows).reduce((sum, one) => sum + one, 0);
  console.log(`${file} holds ${count} rows of ${Object.keys(rows).length} tables.`);
});
