import { newToken } from './opaque-tokens.js';

const prefix = 'tgc_';
const secret = /^tgc_[\w-]{43}$/;

/** Identifies the API key of a request by the hash of its secret. Everything else about it is looked up. */
export interface ApiKeyClaims {
  secretHash: string;
}

/** The secret of an API key: 256 random bits. */
export const newApiKeySecret = (): string => prefix + newToken();

/** The beginning of a secret, by which people recognize it. */
export const beginningOf = (text: string): string => text.slice(0, prefix.length + 6);

/** Whether a bearer token is meant as the secret of an API key, well-formed or not. */
export const isApiKey = (token: string): boolean => token.startsWith(prefix);

export const isApiKeySecret = (token: string): boolean => secret.test(token);
