import { createHash, hkdfSync } from 'node:crypto';
import { decrypt, encrypt } from './encryption.js';

/**
 * Encrypts texts that the server has to read again, e.g. secrets. Neither the database nor its backups hold the key. A
 * sealed text names its key and belongs to one owner, so that nobody can copy it to another one.
 */
export class Seal {
  private readonly keys: ReadonlyMap<string, Uint8Array>;
  /** Names the key that seals. */
  readonly mark: string;

  /** Seals with the first secret and opens with all of them. */
  constructor(secrets: readonly string[]) {
    const keys = secrets.map(keyOf);
    this.mark = markOf(keys[0]!);
    this.keys = new Map(keys.map((key) => [markOf(key), key]));
  }

  close(text: string, owner: string): string {
    return `${this.mark}.${encrypt(text, this.keys.get(this.mark)!, owner)}`;
  }

  /** Whether a text was sealed with a key that is not here, perhaps no longer. */
  isForeign(sealed: string): boolean {
    const [mark] = sealed.split('.', 1) as [string];
    return /^[0-9a-f]{8}$/.test(mark) && !this.keys.has(mark);
  }

  /** Null without the key, and if the text was changed or belongs to another owner. */
  open(sealed: string, owner: string): string | null {
    const [mark, encrypted = ''] = sealed.split('.') as [string, string?];
    const key = this.keys.get(mark);
    return key ? decrypt(encrypted, key, owner) : null;
  }
}

const keyOf = (secret: string): Uint8Array => new Uint8Array(hkdfSync('sha256', secret, '', 'seal', 32));

const markOf = (key: Uint8Array): string => createHash('sha256').update(key).digest('hex').slice(0, 8);
