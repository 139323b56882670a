import { once } from 'node:events';
import { open, rename, stat } from 'node:fs/promises';
import { Checkpoint } from './checkpoint.mjs';
import { Failure, notice, nullIfMissing, Usage, withFile } from './command.mjs';

/** The destination of an export, which waits until each page is written. */
export class Output {
  async begin() {
    return null;
  }

  async write(text) {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  }

  async end() {}

  /** Nothing but the cursor tells how to go on behind what was printed. */
  describe({ cursor, rows }) {
    return rows ? `; ${rows} rows are printed, and --after ${cursor} goes on behind them` : '';
  }
}

/**
 * A file that has its name only once it is complete; until then it is NAME.partial, with its progress beside it. Rows
 * are on the disk before the progress says so, also after a loss of power.
 */
export class OutputFile extends Output {
  constructor(path, work) {
    super();
    Object.assign(this, { path, partial: `${path}.partial` });
    this.checkpoint = new Checkpoint(`${path}.progress`, work);
  }

  /** Answers how far an interrupted run has come, if it is to be resumed and there is one. */
  async begin(isResumed) {
    const there = await withFile(this.path, (path) => stat(path).catch(nullIfMissing));
    if (there && !there.isFile()) throw new Usage(`${this.path} is no file`);
    const known = isResumed ? await this.checkpoint.load() : null;
    if (known === 'other') throw new Usage(`${this.path}.progress tells of another export; leave --resume out`);
    if (isResumed && !known) notice('There is nothing to resume; begins with the first row.');
    this.handle = await withFile(this.partial, (path) => open(path, known ? 'r+' : 'w'));
    this.size = known?.size ?? 0;
    const { size } = await this.handle.stat();
    if (size < this.size) throw new Failure(`${this.partial} is shorter than it was; leave --resume out`);
    // Rows behind the last checkpoint are written again.
    await this.handle.truncate(this.size);
    return known;
  }

  async write(text, progress) {
    const bytes = Buffer.from(text);
    await withFile(this.partial, async () => {
      await this.handle.write(bytes, 0, bytes.length, this.size);
      await this.handle.sync();
    });
    this.size += bytes.length;
    await this.checkpoint.save({ ...progress, size: this.size });
  }

  async end(isComplete) {
    await this.handle?.close();
    if (!isComplete) return;
    await withFile(this.path, (path) => rename(this.partial, path));
    await this.checkpoint.clear();
  }

  describe({ rows }) {
    return rows ? `; ${rows} rows are in ${this.partial}, and the same command with --resume goes on behind them` : '';
  }
}
