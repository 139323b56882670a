import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { validate as isUuid } from 'uuid';

/**
 * Opaque tokens for getting new access tokens: session id, random part, and a signature by which a token that was
 * once ours is told from a made-up one. Only their hashes are stored.
 */
export class RefreshTokens {
  /** Signs with the first secret, knows tokens of all of them. */
  constructor(private readonly secrets: readonly string[]) {}

  issue(sessionId: string): string {
    const body = `${sessionId}.${randomBytes(32).toString('base64url')}`;
    return `${body}.${signatureOf(body, this.secrets[0]!)}`;
  }

  hash(token: string): string {
    return createHash('sha256').update(token).digest('base64url');
  }

  /** A token that only the bearer of the one before can read. */
  seal(token: string, under: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', keyOf(under), nonce);
    return Buffer.concat([nonce, cipher.update(token), cipher.final(), cipher.getAuthTag()]).toString('base64url');
  }

  open(sealed: string, under: string): string {
    const bytes = Buffer.from(sealed, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', keyOf(under), bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString();
  }

  /** The session a token speaks of, or null for a text that was never one. */
  read(token: string): { sessionId: string; authentic: boolean } | null {
    const [sessionId, random, signature, ...rest] = token.split('.');
    if (!sessionId || !isUuid(sessionId) || !random || !signature || rest.length) return null;
    const body = `${sessionId}.${random}`;
    return { sessionId, authentic: this.secrets.some((secret) => signature === signatureOf(body, secret)) };
  }
}

const keyOf = (token: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', token, '', 'successor of a refresh token', 32));

const signatureOf = (body: string, secret: string): string =>
  createHmac('sha256', secret).update(body).digest('base64url').slice(0, 22);
