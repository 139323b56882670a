import { createHash, randomBytes } from 'node:crypto';

/** A token for a link in a message: 256 random bits. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** The database stores hashes only. */
export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('base64url');
