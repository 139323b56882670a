import { createHash, createHmac, randomBytes } from 'node:crypto';
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

  /** The session a token speaks of, or null for a text that was never one. */
  read(token: string): { sessionId: string; authentic: boolean } | null {
    const [sessionId, random, signature, ...rest] = token.split('.');
    if (!sessionId || !isUuid(sessionId) || !random || !signature || rest.length) return null;
    const body = `${sessionId}.${random}`;
    return { sessionId, authentic: this.secrets.some((secret) => signature === signatureOf(body, secret)) };
  }
}

const signatureOf = (body: string, secret: string): string =>
  createHmac('sha256', secret).update(body).digest('base64url').slice(0, 22);
