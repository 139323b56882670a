import { createHmac, hash } from 'node:crypto';
import { InvalidCursor } from '../errors.js';

/**
 * Opaque positions in lists. A cursor carries the sort values of its row and a signature over them and over what it
 * is bound to (list, filter, search, order), so that one from elsewhere, or an altered one, is recognised.
 */
export class Cursors {
  constructor(private readonly secret: string) {}

  /** Those of one list; `binding` says which. */
  of(binding: () => unknown): ListCursors {
    return new ListCursors(() => createHmac('sha256', this.secret).update(JSON.stringify(binding())).digest('base64'));
  }
}

export class ListCursors {
  private known?: string;

  constructor(private readonly makeKey: () => string) {}

  make(values: (string | null)[]): string {
    return Buffer.from(JSON.stringify([this.sign(values), ...values])).toString('base64url');
  }

  /** Sort values of the row that the cursor names; INVALID_CURSOR on `path` when it is not of this list. */
  read(cursor: string, path: string): (string | null)[] {
    const [, ...values] = decode(cursor) as (string | null)[];
    // Compared as a whole: decoding alone overlooks what does not belong into a cursor.
    if (cursor !== this.make(values)) throw new InvalidCursor(path);
    return values;
  }

  /**
   * A key of the list and a cut hash, which nobody can lengthen: a page of cursors costs a fraction of as many HMACs.
   */
  private sign(values: unknown[]): string {
    this.known ??= this.makeKey();
    return hash('sha256', this.known + JSON.stringify(values), 'base64url').slice(0, 16);
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
