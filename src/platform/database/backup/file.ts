import type { Readable } from 'node:stream';
import { ConfigError } from '../../config.js';

/**
 * A backup is one gzipped text: a line of JSON that says what it is; for each table a line of JSON with its name and
 * columns, its rows as PostgreSQL's COPY writes them, and a line with `\.`; at the end a line of JSON that counts them.
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

export const product = 'too-good-crm';
export const format = 1;
export const endOfTable = '\\.';

/** Reads lines of bytes, without what ends them; a byte that ends a line is always escaped inside a row. */
export async function* linesOf(source: Readable): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of source as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, from)) {
      const line = chunk.subarray(from, end);
      yield rest.length ? Buffer.concat([rest, line]) : line;
      rest = Buffer.alloc(0);
      from = end + 1;
    }
    rest = Buffer.concat([rest, chunk.subarray(from)]);
  }
  if (rest.length) yield rest;
}

export function readHeader(line: Buffer): Header {
  const header = parsed(line) as Partial<Header> | null;
  if (header?.product !== product) throw new ConfigError('The file is no backup of this server');
  if (header.format !== format)
    throw new ConfigError(`The backup has format ${header.format}, which this version of the server cannot read`);
  return header as Header;
}

export function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString());
  } catch {
    return null;
  }
}
