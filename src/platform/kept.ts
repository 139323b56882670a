import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { ConfigError } from './config.js';

/**
 * A value that a file keeps as JSON, readable by its owner alone. The first caller makes it, once and whole: of several
 * at the same time one prevails. Throws a ConfigError for a damaged file.
 */
export async function kept<Value>(
  file: string,
  make: () => Promise<Value>,
  isWhole: (value: Value) => boolean,
): Promise<Value> {
  if (!existsSync(file)) write(file, JSON.stringify(await make()));
  const value = parsed<Value>(readFileSync(file, 'utf8'));
  if (!value || !isWhole(value))
    throw new ConfigError(`${file} is damaged: bring it back from a copy, or set DATA_FOLDER to another folder`);
  return value;
}

function write(file: string, text: string): void {
  const half = `${file}.${randomUUID()}`;
  try {
    writeFileSync(half, text, { mode: 0o600, flag: 'wx' });
    linkSync(half, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(half, { force: true });
  }
}

function parsed<Value>(text: string): Value | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
