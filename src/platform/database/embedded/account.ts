import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { ConfigError } from '../../config.js';

/** A user of the operating system. */
export interface Account {
  uid: number;
  gid: number;
}

/**
 * The account that PostgreSQL runs as if the server runs as root, which PostgreSQL refuses: the owner of the data, or
 * for a new cluster the user `postgres`, created if missing. Null if the server runs as another user: then PostgreSQL
 * runs as that user.
 */
export function accountFor(data: string): Account | null {
  if (process.getuid?.() !== 0) return null;
  if (existsSync(data)) {
    const { uid, gid } = statSync(data);
    if (uid !== 0) return { uid, gid };
  }
  return find('postgres') ?? make('postgres');
}

function find(name: string): Account | null {
  const [uid, gid] = ['-u', '-g'].map((which) => spawnSync('id', [which, name], { encoding: 'utf8' }));
  return uid!.status === 0 && gid!.status === 0 ? { uid: Number(uid!.stdout), gid: Number(gid!.stdout) } : null;
}

function make(name: string): Account {
  try {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', name], { stdio: 'pipe' });
  } catch (error) {
    const { message } = error as Error;
    throw new ConfigError(
      `PostgreSQL does not run as root, and its user ${name} cannot be created: start the server as another user, or ` +
        `set DATABASE_URL (${message.trim()})`,
    );
  }
  return find(name)!;
}

/** Whether the account may traverse all folders above a path, and execute the file or enter the folder there. */
export const canReach = ({ uid, gid }: Account, path: string): boolean =>
  spawnSync('test', ['-x', path], { uid, gid, cwd: '/' }).status === 0;
