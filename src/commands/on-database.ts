import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { databaseNames as names } from '../crm/database-names.js';
import { type Config, ConfigError, readConfig } from '../platform/config.js';
import { type OpenDatabase, openDatabase } from '../platform/database/embedded/cluster.js';
import { environment } from '../platform/environment.js';
import { fail } from '../platform/fail.js';

/** The arguments that a command takes. */
interface Wanted {
  /** Names of the required words, such as a file. */
  words?: readonly string[];
  flags?: readonly string[];
}

interface Given {
  words: string[];
  flags: ReadonlySet<string>;
}

/** Opens the configured database once. Throws a ConfigError if it must exist and does not; otherwise creates it. */
type Open = (wanted?: { mustExist: boolean }) => Promise<OpenDatabase>;

/**
 * Runs a command on the configured database, whether or not a server runs on it. Ends the process if the command fails
 * or a signal interrupts it. The command opens the database itself, after it has checked its arguments.
 */
export async function onDatabase(
  help: string,
  wanted: Wanted,
  work: (open: Open, given: Given) => Promise<void>,
): Promise<void> {
  let opened: Promise<OpenDatabase> | undefined;
  try {
    const given = readArguments(help, wanted);
    if (!given) return console.log(help);
    const config = readConfig(environment(), { serves: false });
    const open: Open = async ({ mustExist } = { mustExist: false }) => {
      if (mustExist) refuseMissing(config);
      opened = openDatabase(config, names, { shared: true });
      return opened;
    };
    exitOnSignal();
    await work(open, given).finally(async () => (await opened)?.stop());
  } catch (error) {
    fail(error);
  }
}

/** Exits with the status that shells expect after a signal. The embedded PostgreSQL ends with this process. */
function exitOnSignal(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => process.exit(128 + constants.signals[signal]));
}

function refuseMissing({ database, dataFolder }: Config): void {
  if (!database && !existsSync(join(dataFolder, 'postgres/PG_VERSION')))
    throw new ConfigError(`${dataFolder} holds no database: set DATA_FOLDER to the server's, or DATABASE_URL`);
}

function readArguments(help: string, { words = [], flags = [] }: Wanted): Given | null {
  try {
    const { values, positionals } = parseArgs({
      options: {
        help: { type: 'boolean', short: 'h' },
        ...Object.fromEntries(flags.map((flag) => [flag, { type: 'boolean' } as const])),
      },
      allowPositionals: true,
    });
    if (values.help) return null;
    if (positionals.length !== words.length) throw new Error(`It takes ${words.join(' ') || 'no arguments'}`);
    return { words: positionals, flags: new Set(Object.keys(values)) };
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}\n\n${help}`);
  }
}
