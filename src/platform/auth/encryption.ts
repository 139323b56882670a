import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const algorithm = 'aes-256-gcm';
const [nonceBytes, tagBytes] = [12, 16];

/** Encrypts a text by AES-256-GCM. It opens only with the same key and the same owner, which is not in it. */
export function encrypt(text: string, key: Uint8Array, owner = ''): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(owner));
  return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** Null if the text was changed, or has another key or owner. */
export function decrypt(encrypted: string, key: Uint8Array, owner = ''): string | null {
  const bytes = Buffer.from(encrypted, 'base64url');
  // The decoder ignores characters and bits that do not belong into the text.
  if (bytes.length < nonceBytes + tagBytes || bytes.toString('base64url') !== encrypted) return null;
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes))
    .setAAD(Buffer.from(owner))
    .setAuthTag(bytes.subarray(-tagBytes));
  const text = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
  try {
    return Buffer.concat([text, decipher.final()]).toString();
  } catch {
    // The cipher reports a wrong tag in no other way.
    return null;
  }
}
