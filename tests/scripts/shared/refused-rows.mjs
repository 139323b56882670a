import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { parse } from 'node:path';
import { added, plain } from './columns.mjs';
import { withFile } from './command.mjs';
import { csvLine } from './csv-out.mjs';

/**
 * The rows that were refused, in a file of the form that they came in, with line, column and reason behind them: once
 * corrected it is sent like the first one. It is made with the first such row, never in the place of another file.
 */
export class RefusedRows {
  #handle = null;

  constructor(csv, { path, size = 0 }) {
    Object.assign(this, { path: path ?? freeName(csv.path), size, separator: csv.separator });
    // Columns that an earlier refusal has added are written anew.
    this.kept = csv.header.map((_, place) => place).filter((place) => !added.includes(plain(csv.header[place])));
    this.header = csv.header;
  }

  async add(rows) {
    if (!rows.length) return;
    this.#handle ??= await this.#open();
    const lines = rows.map(({ line, cells, column, reason }) => {
      const own = this.kept.map((place) => cells[place] ?? '');
      const beyond = cells.slice(this.header.length);
      return csvLine([...own, String(line), column, reason, ...beyond], this.separator);
    });
    await this.#write(lines.join(''));
  }

  async #open() {
    const handle = await withFile(this.path, (path) => open(path, this.size ? 'r+' : 'w'));
    this.#handle = handle;
    // Rows behind the last checkpoint are written again.
    await handle.truncate(this.size);
    const titles = [...this.kept.map((place) => this.header[place]), ...added];
    // Spreadsheets take UTF-8 for something else without a byte order mark.
    if (!this.size) await this.#write(`\ufeff${csvLine(titles, this.separator)}`);
    return handle;
  }

  async #write(text) {
    const bytes = Buffer.from(text);
    await withFile(this.path, () => this.#handle.write(bytes, 0, bytes.length, this.size));
    this.size += bytes.length;
  }

  async close() {
    await this.#handle?.close();
  }
}

/** customers.refused.csv for customers.csv, then customers.refused-2.csv and so on. */
function freeName(path) {
  const { dir, name, ext } = parse(path);
  const stem = `${dir ? `${dir}/` : ''}${name.replace(/\.refused(-\d+)?$/, '')}.refused`;
  for (let count = 1; ; count += 1) {
    const free = `${stem}${count > 1 ? `-${count}` : ''}${ext}`;
    if (!existsSync(free)) return free;
  }
}
