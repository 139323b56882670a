import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/** Text of a file for its owner alone, made once and whole: of several who make it at the same time, one prevails. */
export function writeOnce(file: string, text: string): string {
  const half = `${file}.${process.pid}`;
  writeFileSync(half, text, { mode: 0o600 });
  try {
    linkSync(half, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(half);
  }
  return readFileSync(file, 'utf8');
}
