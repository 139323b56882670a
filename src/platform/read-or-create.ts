import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { ConfigError } from './config.js';

/**
 * Reads a value from a JSON file, which only its owner may read. Creates the file atomically if it is missing: if
 * several processes do so at the same time, all get the same value. Throws a ConfigError if the file is damaged.
 */
export async function readOrCreate<Value>(
  file: string,
  make: () => Promise<Value>,
  isComplete: (value: Value) => boolean,
): Promise<Value> {
  if (!existsSync(file)) write(file, JSON.stringify(await make()));
  const value = parsed<Value>(readFileSync(file, 'utf8'));
  if (!value || !isComplete(value))
    throw new ConfigError(`${file} is damaged: restore it from a copy, or set DATA_FOLDER to another folder`);
  return value;
}

function write(file: string, text: string): void {
  const temporary = `${file}.${randomUUID()}`;
  try {
    writeFileSync(temporary, text, { mode: 0o600, flag: 'wx' });
    linkSync(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function parsed<Value>(text: string): Value | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
