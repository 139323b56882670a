import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { ConfigError, environment, readConfig } from '../platform/config.js';
import { type OpenDatabase, openDatabase } from '../platform/database/embedded/cluster.js';
import { fail } from '../platform/fail.js';

/** What may follow a command. */
interface Wanted {
  /** Names of the words that must, such as a file. */
  words?: readonly string[];
  flags?: readonly string[];
}

interface Given {
  words: string[];
  flags: ReadonlySet<string>;
}

/** Runs a command on the configured database, beside a server that runs there or not, and ends the process where it fails. */
export async function onDatabase(
  help: string,
  wanted: Wanted,
  work: (database: OpenDatabase, given: Given) => Promise<void>,
): Promise<void> {
  try {
    const given = readArguments(help, wanted);
    if (!given) return console.log(help);
    const database = await openDatabase(readConfig(environment(), { serves: false }), { shared: true });
    await work(database, given).finally(database.stop);
  } catch (error) {
    fail(error);
  }
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
    if (positionals.length !== words.length) throw new Error(`It takes ${words.join(' ') || 'nothing more'}`);
    return { words: positionals, flags: new Set(Object.keys(values)) };
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}\n\n${help}`);
  }
}
