import { createHmac, timingSafeEqual } from 'node:crypto';
import { parse, stringify } from 'uuid';

/** A device on which a user has signed in. */
export interface Device {
  userId: string;
  deviceId: string;
}

const idBytes = 16;

/**
 * Opaque tokens by which a device shows that it has signed in before: ids of user and device with a signature. They
 * give no access, so nothing about them is stored.
 */
export class DeviceTokens {
  /** Signs with the first secret and accepts tokens of all of them. */
  constructor(private readonly secrets: readonly string[]) {}

  issue({ userId, deviceId }: Device): string {
    const ids = Buffer.concat([parse(userId), parse(deviceId)]);
    return Buffer.concat([ids, signatureOf(ids, this.secrets[0]!)]).toString('base64url');
  }

  /** Null for a text that is not a token of this server. */
  read(token: string): Device | null {
    const bytes = Buffer.from(token, 'base64url');
    const [ids, signature] = [bytes.subarray(0, 2 * idBytes), bytes.subarray(2 * idBytes)];
    const isOurs = this.secrets.some((secret) => {
      const right = signatureOf(ids, secret);
      return signature.length === right.length && timingSafeEqual(signature, right);
    });
    return isOurs ? { userId: stringify(ids.subarray(0, idBytes)), deviceId: stringify(ids.subarray(idBytes)) } : null;
  }
}

const signatureOf = (ids: Uint8Array, secret: string): Buffer =>
  createHmac('sha256', secret).update('device ').update(ids).digest();
