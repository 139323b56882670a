import { decodeJwt, decodeProtectedHeader, importJWK, SignJWT } from 'jose';
import { keys } from './server.js';

/** The same access token with another expiry, in seconds from now. */
export async function expiringIn(seconds: number, token: string): Promise<string> {
  const [key] = keys;
  const { typ } = decodeProtectedHeader(token);
  return new SignJWT({ ...decodeJwt(token), exp: Math.floor(Date.now() / 1000) + seconds })
    .setProtectedHeader({ alg: 'ES256', kid: key!.kid, typ })
    .sign(await importJWK(key!, 'ES256'));
}
