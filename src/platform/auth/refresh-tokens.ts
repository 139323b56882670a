import { createHmac, hkdfSync } from 'node:crypto';
import { validate as isUuid } from 'uuid';
import { decrypt, encrypt } from './encryption.js';
import { newToken } from './opaque-tokens.js';

/**
 * Opaque tokens that renew access tokens: session id, random part, and a signature that distinguishes an old token from
 * a forged one. Only their hashes are stored.
 */
export class RefreshTokens {
  /** Signs with the first secret and accepts tokens of all of them. */
  constructor(private readonly secrets: readonly string[]) {}

  issue(sessionId: string): string {
    const body = `${sessionId}.${newToken()}`;
    return `${body}.${signatureOf(body, this.secrets[0]!)}`;
  }

  /** Encrypts a token so that only the bearer of the previous token can read it. */
  seal(token: string, previous: string): string {
    return encrypt(token, keyOf(previous));
  }

  /** Reads a token that was sealed with the same previous token; throws otherwise. */
  open(sealed: string, previous: string): string {
    const token = decrypt(sealed, keyOf(previous));
    if (token === null) throw new Error('A sealed refresh token does not open with the token before it');
    return token;
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
