import { createHmac, randomBytes } from 'node:crypto';

const prefix = 'whsec_';

/** A secret in the form of Standard Webhooks: 256 random bits. */
export const newWebhookSecret = (): string => prefix + randomBytes(32).toString('base64');

/** The beginning of a secret, by which people recognize it. */
export const beginningOfSecret = (secret: string): string => secret.slice(0, prefix.length + 6);

/** The `webhook-id` of a change, by which a receiver knows a message that it already has. */
export const messageIdOf = (webhookId: string, changeId: string): string => `msg_${webhookId}_${changeId}`;

interface Signed {
  id: string;
  body: string;
  /** The current secret and, for a day after a rotation, the former one; the newest first. */
  secrets: readonly string[];
}

/** Signatures of a message. Each of many rotations of a day would lengthen the header, until receivers refuse it. */
const mostSignatures = 5;

/** The headers of Standard Webhooks, with a signature by each secret. */
export function signedHeaders({ id, body, secrets }: Signed, now: Date): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signature = (secret: string) =>
    createHmac('sha256', Buffer.from(secret.slice(prefix.length), 'base64'))
      .update(`${id}.${timestamp}.${body}`)
      .digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets
      .slice(0, mostSignatures)
      .map((secret) => `v1,${signature(secret)}`)
      .join(' '),
  };
}
