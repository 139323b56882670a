import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConfigError } from '../../config.js';
import { readOrCreate } from '../../read-or-create.js';

/** Passwords of the embedded PostgreSQL's roles. */
export interface Secrets {
  superuser: string;
  owner: string;
  app: string;
}

const secretsFile = 'secrets.json';

/** Makes the data folder unreadable for other users; if PostgreSQL runs as another user, they may traverse it. */
export function makeFolder(folder: string): void {
  try {
    makeWithParents(folder);
  } catch (error) {
    throw new ConfigError(
      `The data folder cannot be created (${(error as Error).message}): set DATA_FOLDER to one on a disk and below a ` +
        'folder that this user can write to',
    );
  }
  const files = readdirSync(folder);
  if (!files.length || files.includes(secretsFile)) chmodSync(folder, process.getuid?.() === 0 ? 0o711 : 0o700);
}

/** Node's recursive mkdir loops forever below a folder that can hold no others, such as `/proc`. */
function makeWithParents(folder: string): void {
  if (existsSync(folder)) return;
  makeWithParents(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !existsSync(folder)) throw error;
  }
}

export async function secretsOf(folder: string): Promise<Secrets> {
  const file = join(folder, secretsFile);
  if (!existsSync(file) && existsSync(join(folder, 'postgres/PG_VERSION')))
    throw new ConfigError(
      `${file} is missing, and the database in that folder needs the passwords in it: restore the file from a ` +
        'copy, or set DATA_FOLDER to another folder',
    );
  const secret = () => randomBytes(18).toString('base64url');
  const make = async (): Promise<Secrets> => ({ superuser: secret(), owner: secret(), app: secret() });
  return readOrCreate(file, make, ({ superuser, owner, app }) => !!(superuser && owner && app));
}
