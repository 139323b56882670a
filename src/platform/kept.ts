import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Text that a file keeps for its owner alone. The first who asks makes it, once and whole: of several at the same time
 * one prevails.
 */
export async function kept(file: string, make: () => Promise<string>): Promise<string> {
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const half = `${file}.${process.pid}`;
  writeFileSync(half, await make(), { mode: 0o600 });
  try {
    linkSync(half, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(half);
  }
  return readFileSync(file, 'utf8');
}
