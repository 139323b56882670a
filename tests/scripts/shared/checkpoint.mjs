import { createHash } from 'node:crypto';
import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { nullIfMissing, Usage, withFile } from './command.mjs';

/** How far a run has come, in a file that is replaced as a whole, so that a run killed at any time can be taken up. */
export class Checkpoint {
  /** `work` is all that the progress depends on: progress of other work counts for nothing. */
  constructor(path, work) {
    this.path = path;
    this.work = createHash('sha256').update(JSON.stringify(work)).digest('hex');
  }

  /** Answers the progress of this work, 'other' where the file tells of other work, null where there is none. */
  async load() {
    const text = await withFile(this.path, (path) => readFile(path, 'utf8').catch(nullIfMissing), Usage);
    // A power failure may leave an empty one behind.
    if (!text?.trim()) return null;
    const { work, progress } = parsed(text) ?? {};
    if (!work || !progress) throw new Usage(`${this.path} is in the way: it was not written by this script`);
    return work === this.work ? progress : 'other';
  }

  /** Resolves when the progress is on the disk, where a loss of power leaves it. */
  save(progress) {
    const [next, text] = [`${this.path}.next`, JSON.stringify({ work: this.work, progress })];
    return withFile(this.path, async (path) => {
      await writeFile(next, `${text}\n`, { flush: true });
      await rename(next, path);
      await syncFolder(dirname(path));
    });
  }

  clear() {
    return rm(this.path, { force: true });
  }
}

/** A new name is on the disk when its folder is. Windows opens no folders, and keeps names by itself. */
async function syncFolder(path) {
  if (process.platform === 'win32') return;
  const handle = await open(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}
