import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

const algorithm = 'aes-256-gcm';
const [nonceBytes, tagBytes] = [12, 16];

/**
 * Encrypts texts that the server has to read again, e.g. secrets. Neither the database nor its backups hold the key. A sealed text
 * names its key and belongs to one owner, so that nobody can copy it to another one.
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
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, this.keys.get(this.mark)!, nonce).setAAD(Buffer.from(owner));
    const sealed = Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
    return `${this.mark}.${sealed.toString('base64url')}`;
  }

  /** Null without the key, and if the text was changed or belongs to another owner. */
  open(sealed: string, owner: string): string | null {
    const [mark, body = ''] = sealed.split('.') as [string, string?];
    const key = this.keys.get(mark);
    const bytes = Buffer.from(body, 'base64url');
    if (!key || bytes.length < nonceBytes + tagBytes) return null;
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes))
      .setAAD(Buffer.from(owner))
      .setAuthTag(bytes.subarray(-tagBytes));
    const text = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
    try {
      return Buffer.concat([text, decipher.final()]).toString();
    } catch {
      // The cipher reports a wrong tag in no other way.
      return null;
    }
  }
}

const keyOf = (secret: string): Uint8Array => new Uint8Array(hkdfSync('sha256', secret, '', 'seal', 32));

const markOf = (key: Uint8Array): string => createHash('sha256').update(key).digest('hex').slice(0, 8);
