import { createHash, randomBytes } from 'node:crypto';

/** A token for a link in a message, or for the second step of a sign-in: 256 random bits. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** The database stores hashes of tokens, and of the secrets of API keys, only. */
export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('base64url');
