import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { ConfigError, environment, readConfig } from '../platform/config.js';
import { type OpenDatabase, openDatabase } from '../platform/database/embedded/cluster.js';
import { fail } from '../platform/fail.js';

/**
 * Runs a command on the configured database, beside a server that runs there or not, and ends the process where it
 * fails. `wanted` names what must follow the command, such as a file.
 */
export async function onDatabase(
  help: string,
  wanted: readonly string[],
  work: (database: OpenDatabase, ...given: string[]) => Promise<void>,
): Promise<void> {
  try {
    const given = readArguments(help, wanted);
    if (!given) return console.log(help);
    const database = await openDatabase(readConfig(environment(), { serves: false }), { shared: true });
    await work(database, ...given).finally(database.stop);
  } catch (error) {
    fail(error);
  }
}

function readArguments(help: string, wanted: readonly string[]): string[] | null {
  try {
    const { values, positionals } = parseArgs({
      options: { help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
    if (values.help) return null;
    if (positionals.length !== wanted.length) throw new Error(`It takes ${wanted.join(' ') || 'nothing more'}`);
    return positionals;
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}\n\n${help}`);
  }
}
