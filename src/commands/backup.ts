import { databaseNames } from '../crm/database-names.js';
import { backUp } from '../platform/database/backup/back-up.js';
import { summaryOf } from '../platform/database/backup/file.js';
import { onDatabase } from './on-database.js';

const help = `npm run backup -- FILE   writes all rows of the database to a file (.gz), while the server runs or not

The file holds password hashes: only its owner may read it. Keys for tokens (TOKEN_KEYS, or token-key.json of the data
folder) are not in it.`;

await onDatabase(help, { words: ['FILE'] }, async (open, { words: [file] }) => {
  const rows = await backUp(() => open({ mustExist: true }), databaseNames, file!);
  console.log(`${file} holds ${summaryOf(rows)}.`);
});
