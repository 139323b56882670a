import { createHash, randomBytes } from 'node:crypto';

const prefix = 'tgc_';
const secret = /^tgc_[\w-]{43}$/;

/** Identifies the API key of a request by the hash of its secret. Everything else about it is looked up. */
export interface ApiKeyClaims {
  secretHash: string;
}

/** The secret of an API key: 256 random bits. */
export const newApiKeySecret = (): string => prefix + randomBytes(32).toString('base64url');

/** The database stores hashes only. */
export const hashOfSecret = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** The beginning of a secret, by which people recognize it. */
export const beginningOf = (text: string): string => text.slice(0, prefix.length + 6);

/** Whether a bearer token is meant as the secret of an API key, well-formed or not. */
export const isApiKey = (token: string): boolean => token.startsWith(prefix);

export const isApiKeySecret = (token: string): boolean => secret.test(token);
