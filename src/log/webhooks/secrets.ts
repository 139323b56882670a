import { randomBytes } from 'node:crypto';

const prefix = 'whsec_';

/** A secret in the form of Standard Webhooks: 256 random bits. */
export const newWebhookSecret = (): string => prefix + randomBytes(32).toString('base64');

/** The beginning of a secret, by which people recognize it. */
export const beginningOfSecret = (secret: string): string => secret.slice(0, prefix.length + 6);

/** The bytes with which messages are signed. */
export const keyOfSecret = (secret: string): Buffer => Buffer.from(secret.slice(prefix.length), 'base64');
