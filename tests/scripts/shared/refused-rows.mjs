import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { parse } from 'node:path';
import { added, plain } from './columns.mjs';
import { Failure, withFile } from './command.mjs';
import { csvLine } from './csv-out.mjs';

/**
 * The rows that were refused, in a file of the form that they came in, with line, column and reason in front of them:
 * once corrected it is sent like the first one. A row keeps the cells that it came with, so that one with too few or
 * too many of them is refused again until somebody corrects it. The file never takes the place of another one.
 */
export class RefusedRows {
  #handle = null;

  constructor(csv, { path, size = 0 }) {
    Object.assign(this, { path: path ?? freeName(csv.path), size, separator: csv.separator });
    // Columns that an earlier refusal has added are written anew; others of these names are the row's own.
    const wasRefused = added.every((name, place) => plain(csv.header[place] ?? '') === name);
    this.start = wasRefused ? added.length : 0;
    this.titles = [...added, ...csv.header.slice(this.start)];
  }

  /** Makes the file, whose size then says that it belongs to this run. */
  async begin() {
    this.#handle = await withFile(this.path, (path) => open(path, 'wx').catch(refuseOther(path)));
    // Spreadsheets take UTF-8 for something else without a byte order mark.
    await this.#write(`\ufeff${csvLine(this.titles, this.separator)}`);
  }

  async add(rows) {
    this.#handle ??= await this.#goOn();
    const lines = rows.map(({ line, cells, column, reason }) =>
      csvLine([String(line), column, reason, ...cells.slice(this.start)], this.separator),
    );
    await this.#write(lines.join(''));
  }

  async #goOn() {
    const handle = await withFile(this.path, (path) => open(path, 'r+'));
    // Rows behind the last checkpoint are written again.
    await handle.truncate(this.size);
    return handle;
  }

  /** Resolves when the text is on the disk, where a loss of power leaves it. */
  async #write(text) {
    const bytes = Buffer.from(text);
    await withFile(this.path, async () => {
      await this.#handle.write(bytes, 0, bytes.length, this.size);
      await this.#handle.sync();
    });
    this.size += bytes.length;
  }

  async close() {
    await this.#handle?.close();
  }
}

/** Somebody else, or this run right before it was killed, has made a file of that name since it began. */
const refuseOther = (path) => (error) => {
  if (error.code !== 'EEXIST') throw error;
  throw new Failure(`${path} exists already and is left as it is; move it away, and send the same command again`);
};

/** customers.refused.csv for customers.csv, then customers.refused-2.csv and so on. */
function freeName(path) {
  const { dir, name, ext } = parse(path);
  const stem = `${dir ? `${dir}/` : ''}${name.replace(/\.refused(-\d+)?$/, '')}.refused`;
  for (let count = 1; ; count += 1) {
    const free = `${stem}${count > 1 ? `-${count}` : ''}${ext}`;
    if (!existsSync(free)) return free;
  }
}
