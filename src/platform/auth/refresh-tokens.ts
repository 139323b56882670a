import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { validate as isUuid } from 'uuid';

/**
 * Opaque tokens that renew access tokens: session id, random part, and a signature that distinguishes an old token from
 * a forged one. Only their hashes are stored.
 */
export class RefreshTokens {
  /** Signs with the first secret and accepts tokens of all of them. */
  constructor(private readonly secrets: readonly string[]) {}

  issue(sessionId: string): string {
    const body = `${sessionId}.${randomBytes(32).toString('base64url')}`;
    return `${body}.${signatureOf(body, this.secrets[0]!)}`;
  }

  hash(token: string): string {
    return createHash('sha256').update(token).digest('base64url');
  }

  /** Encrypts a token so that only the bearer of the previous token can read it. */
  seal(token: string, previous: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', keyOf(previous), nonce);
    return Buffer.concat([nonce, cipher.update(token), cipher.final(), cipher.getAuthTag()]).toString('base64url');
  }

  open(sealed: string, previous: string): string {
    const bytes = Buffer.from(sealed, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', keyOf(previous), bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString();
  }

  /** The session id in a token, and whether its signature is valid; null for a text that is not a token. */
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
