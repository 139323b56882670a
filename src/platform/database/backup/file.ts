import type { Readable } from 'node:stream';
import { ConfigError } from '../../config.js';

/**
 * A backup is one gzipped text. It begins with a line of JSON, the header. Each table follows with a line of JSON for
 * its name and columns, its rows as PostgreSQL's COPY writes them, and a line with `\.`. The last line is JSON that
 * counts the rows of each table.
 */
export interface Header {
  product: typeof product;
  format: typeof format;
  /** Name of the last migration that had run. */
  schema: string;
  takenAt: string;
}

export interface TableHeader {
  table: string;
  columns: string[];
}

export interface Trailer {
  /** Rows by table. */
  rows: Record<string, number>;
}

/** E.g. `465 rows of 21 tables`. */
export function summaryOf(rows: Trailer['rows']): string {
  const count = Object.values(rows).reduce((sum, rowsOfTable) => sum + rowsOfTable, 0);
  return `${count} rows of ${Object.keys(rows).length} tables`;
}

export const product = 'too-good-crm';
export const format = 1;
export const endOfTable = Buffer.from('\\.\n');
const endAfterRow = Buffer.from('\n\\.\n');

const newline = 0x0a;

/** Reads a backup; throws a ConfigError if it is truncated or damaged. */
export class BackupReader {
  private readonly chunks: AsyncIterator<Buffer>;
  private read = Buffer.alloc(0);

  constructor(source: Readable) {
    this.chunks = source[Symbol.asyncIterator]();
  }

  /** The JSON object in the next line; null if the line is something else. */
  async json(): Promise<object | null> {
    let end = this.read.indexOf(newline);
    while (end === -1) {
      await this.readMore();
      end = this.read.indexOf(newline);
    }
    const line = this.read.subarray(0, end);
    this.read = this.read.subarray(end + 1);
    try {
      const value: unknown = JSON.parse(line.toString());
      return typeof value === 'object' ? value : null;
    } catch {
      return null;
    }
  }

  /** The rows of a table, as blocks of whole lines. */
  async *rows(): AsyncGenerator<Buffer> {
    while (!this.read.subarray(0, endOfTable.length).equals(endOfTable)) {
      // A line break inside a row is always escaped.
      const last = this.read.indexOf(endAfterRow);
      const end = (last === -1 ? this.read.lastIndexOf(newline) : last) + 1;
      if (end) yield this.read.subarray(0, end);
      else await this.readMore();
      this.read = this.read.subarray(end);
    }
    this.read = this.read.subarray(endOfTable.length);
  }

  /** Throws if anything follows. */
  async end(): Promise<void> {
    if (this.read.length || !(await this.next()).done)
      throw new ConfigError('The file is not a complete backup: something follows its end');
  }

  private async readMore(): Promise<void> {
    const { done, value } = await this.next();
    if (done) throw new ConfigError('The file is not a complete backup: it ends early');
    this.read = Buffer.concat([this.read, value]);
  }

  private next(): Promise<IteratorResult<Buffer>> {
    return this.chunks.next().catch(({ code, message }: NodeJS.ErrnoException) => {
      const fault = code?.startsWith('Z_') ? 'The file is not a complete backup' : 'The backup cannot be read';
      throw new ConfigError(`${fault}: ${message}`);
    });
  }
}

export function countLines(block: Buffer): number {
  let count = 0;
  for (let at = block.indexOf(newline); at !== -1; at = block.indexOf(newline, at + 1)) count += 1;
  return count;
}

export async function readHeader(reader: BackupReader): Promise<Header> {
  const header = (await reader.json()) as Partial<Header> | null;
  if (header?.product !== product) throw new ConfigError('The file is not a backup of this server');
  if (header.format !== format)
    throw new ConfigError(`The backup has format ${header.format}, which this version of the server cannot read`);
  return header as Header;
}
