import { createHmac } from 'node:crypto';
import { InvalidCursor } from '../errors.js';

/**
 * Opaque positions in lists. A cursor carries the sort values of its row and a signature over them and over what it
 * is bound to (list, filter, search, order), so that one from elsewhere, or an altered one, is recognised.
 */
export class Cursors {
  constructor(private readonly secret: string) {}

  make(binding: string, values: (string | null)[]): string {
    return Buffer.from(JSON.stringify([this.sign(binding, values), ...values])).toString('base64url');
  }

  /** Sort values of the row that the cursor names; INVALID_CURSOR on `path` when it is not of this list. */
  read(binding: string, cursor: string, path: string): (string | null)[] {
    const [, ...values] = decode(cursor) as (string | null)[];
    // Compared as a whole: decoding alone overlooks what does not belong into a cursor.
    if (cursor !== this.make(binding, values)) throw new InvalidCursor(path);
    return values;
  }

  private sign(binding: string, values: unknown[]): string {
    return createHmac('sha256', this.secret)
      .update(JSON.stringify([binding, values]))
      .digest('base64url')
      .slice(0, 16);
  }
}

function decode(cursor: string): unknown[] {
  try {
    const content: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(content) ? content : [];
  } catch {
    return [];
  }
}
