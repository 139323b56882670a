import { Secret, TOTP } from 'otpauth';
import { hashOfToken } from './opaque-tokens.js';

/** Steps of 30 seconds by which a clock may be fast or slow. */
const drift = 1;
const recoveryCodes = 10;
const [secretBytes, recoveryBytes] = [20, 10];

export const newSecret = (): string => new Secret({ size: secretBytes }).base32;

/** A URI that apps for codes read, mostly as a QR code. */
export const uriOf = (secret: string, issuer: string, account: string): string =>
  new TOTP({ secret: Secret.fromBase32(secret), issuer, label: account }).toString();

/** The time step of a code, by which it is used once; null if the code is wrong or of another time. */
export function stepOf(secret: string, code: string, now: Date): number | null {
  const token = code.replaceAll(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return null;
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  const timestamp = now.getTime();
  const delta = totp.validate({ token, timestamp, window: drift });
  return delta === null ? null : totp.counter({ timestamp }) + delta;
}

/** Codes for a person who has lost the device: 80 random bits each, in groups of four letters and digits. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: recoveryCodes }, () =>
    new Secret({ size: recoveryBytes }).base32.toLowerCase().match(/.{4}/g)!.join('-'),
  );

/** Hash of a recovery code as typed, in any case, with or without spaces and hyphens. */
export const hashOfRecoveryCode = (code: string): string => hashOfToken(code.replaceAll(/[\s-]/g, '').toLowerCase());
