import { createECDH } from 'node:crypto';
import type { JWK } from 'jose';

/** Reads TOKEN_KEYS; throws an error that says what they must be. */
export function tokenKeys(text: string): JWK[] {
  const wanted = 'must be a JSON list of private ES256 keys (JWK with kid, kty EC, crv P-256, x, y, d), newest first';
  let keys: unknown;
  try {
    keys = JSON.parse(text);
  } catch {
    throw new Error(wanted);
  }
  if (!Array.isArray(keys) || keys.length === 0 || !keys.every(isSigningKey)) throw new Error(wanted);
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) throw new Error('has keys with the same kid');
  return keys;
}

/** Whether it is a private key of ES256, and its public part belongs to it. */
function isSigningKey(key: JWK | null): boolean {
  const { kty, crv, kid, x, y, d } = key ?? {};
  if (kty !== 'EC' || crv !== 'P-256' || typeof kid !== 'string' || !kid || !x || !y || !d) return false;
  try {
    const pair = createECDH('prime256v1');
    pair.setPrivateKey(d, 'base64url');
    // An uncompressed point: 4, x and y.
    return pair.getPublicKey('base64url') === Buffer.from(`04${hexOf(x)}${hexOf(y)}`, 'hex').toString('base64url');
  } catch {
    return false;
  }
}

const hexOf = (part: string): string => Buffer.from(part, 'base64url').toString('hex');
