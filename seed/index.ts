import config from '../mikro-orm.config.js';
import { onDatabase } from '../src/commands/on-database.js';
import { databaseNames as names } from '../src/crm/database-names.js';
import type { DatabaseUrls } from '../src/platform/config.js';
import { migrate, refuseUnboundRole } from '../src/platform/database/migrate.js';
import { seedBulk } from './bulk.js';
import { seedDemo } from './demo.js';

const help = `Loads data into the database of DATABASE_URL, or into the embedded one in DATA_FOLDER (.data).

  npm run seed             the demo dataset, unless the database has users
  npm run seed -- --bulk   20 organizations with 10,000 customers, 3,000 leads, 20,000 deals and 50,000 activities
                           each, for measuring; organizations that are there already are left as they are
  npm run seed -- --help   this text`;

async function loadDemo({ databaseUrl }: DatabaseUrls): Promise<void> {
  const { logins, password, apiKey, loaded } = await seedDemo(databaseUrl);
  console.log(loaded ? 'The demo dataset is loaded.' : 'The database has users already; nothing was changed.');
  const lines = logins.map((login) => `  ${login}`).join('\n');
  console.log(`\nLogins of the demo dataset, all with the password ${password}:\n${lines}`);
  if (apiKey) console.log(`\nAPI key of the demo dataset, of its first organization:\n  ${apiKey}`);
}

await onDatabase(help, { flags: ['bulk'] }, async (open, { flags }) => {
  const urls = await open();
  await migrate({ config, names }, urls);
  await refuseUnboundRole(urls.databaseUrl, names);
  if (flags.has('bulk')) await seedBulk(urls, console.log);
  else await loadDemo(urls);
});
