import { createHmac, hash } from 'node:crypto';
import { InvalidCursor } from '../errors.js';

/**
 * Opaque positions in lists. A cursor carries the sort values of its row and signs them together with the list, filter,
 * search and order that it belongs to. So an altered cursor, or a cursor of another list, is recognised.
 */
export class Cursors {
  constructor(private readonly secret: string) {}

  /** The cursors of one list, which `binding` identifies. */
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

  /** Sort values of the cursor's row; throws INVALID_CURSOR on `path` for a cursor of another list. */
  read(cursor: string, path: string): (string | null)[] {
    const [, ...values] = decode(cursor) as (string | null)[];
    // The whole cursor is compared, since the decoders ignore characters that do not belong into it.
    if (cursor !== this.make(values)) throw new InvalidCursor(path);
    return values;
  }

  /**
   * A hash over the list's key and the values, instead of an HMAC for each cursor, which costs several times as much.
   * The hash is truncated, which rules out length extension.
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
