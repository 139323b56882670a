import {
  createLocalJWKSet,
  errors,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  jwtVerify,
  SignJWT,
} from 'jose';
import { LRUCache } from 'lru-cache';
import { validate as isUuid, v7 } from 'uuid';
import { Unauthenticated } from '../errors.js';
import { type ApiKeyClaims, isApiKey, isApiKeySecret } from './api-keys.js';
import { hashOfToken } from './opaque-tokens.js';

const algorithm = 'ES256';
const audience = 'too-good-crm-api';
const type = 'at+jwt';
const accessTokenSeconds = 600;

/** The claims of an access token. Everything else about the person is looked up. */
export interface Claims {
  userId: string;
  sessionId: string;
}

/** The claim of an `Authorization` header: a session, or an API key. */
export type Credentials = Claims | ApiKeyClaims;

/** Verified credentials; those of a session hold until its token expires, in milliseconds since 1970. */
export type Verified = (Claims & { expiresAt: number }) | ApiKeyClaims;

/** Signs with the newest key and verifies with all keys, so that a key rotation refuses no request. */
export class Tokens {
  private readonly publicKeys: JSONWebKeySet;
  private readonly findKey: ReturnType<typeof createLocalJWKSet>;
  /** Tokens with a verified signature, which stays valid; only their expiry has to be checked again. */
  private readonly verified = new LRUCache<string, Claims & { expiresAt: number }>({ max: 10_000 });

  constructor(
    private readonly keys: JWK[],
    private readonly issuer: string,
  ) {
    this.publicKeys = {
      keys: keys.map(({ kty, crv, x, y, kid }) => ({ kty, crv, x, y, kid, alg: algorithm, use: 'sig' })),
    };
    this.findKey = createLocalJWKSet(this.publicKeys);
  }

  get jwks(): JSONWebKeySet {
    return this.publicKeys;
  }

  async sign({ userId, sessionId }: Claims): Promise<{ accessToken: string; expiresAt: string }> {
    const [newest] = this.keys;
    const now = Math.floor(Date.now() / 1000);
    const accessToken = await new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: algorithm, kid: newest!.kid!, typ: type })
      .setSubject(userId)
      .setIssuer(this.issuer)
      .setAudience(audience)
      .setIssuedAt(now)
      .setExpirationTime(now + accessTokenSeconds)
      .sign(await importJWK(newest!, algorithm));
    return { accessToken, expiresAt: new Date((now + accessTokenSeconds) * 1000).toISOString() };
  }

  /**
   * The credentials in an `Authorization` header, if they are an access token that was verified before and has not
   * expired, or if they may be an API key.
   */
  known(authorization: string | undefined): Verified | undefined {
    const token = bearerToken(authorization) ?? '';
    if (isApiKeySecret(token)) return { secretHash: hashOfToken(token) };
    const known = this.verified.get(token);
    return known && Date.now() < known.expiresAt ? known : undefined;
  }

  /** The credentials in an `Authorization` header; throws UNAUTHENTICATED with the reason if they are invalid. */
  async verify(authorization: string | undefined): Promise<Verified> {
    const token = bearerToken(authorization);
    if (!token)
      throw new Unauthenticated('TOKEN_MISSING', 'Sign in and send the access token as `Authorization: Bearer …`');
    const known = this.known(authorization);
    if (known) return known;
    if (isApiKey(token)) throw apiKeyInvalid();
    try {
      const { payload } = await jwtVerify(token, this.findKey, {
        algorithms: [algorithm],
        issuer: this.issuer,
        audience,
        typ: type,
        requiredClaims: ['sub', 'sid', 'exp'],
      });
      const claims = { userId: String(payload.sub), sessionId: String(payload.sid), expiresAt: payload.exp! * 1000 };
      if (!isUuid(claims.userId) || !isUuid(claims.sessionId))
        throw new errors.JWTClaimValidationFailed('no ids', payload);
      this.verified.set(token, claims);
      return claims;
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw tokenExpired();
      throw new Unauthenticated('TOKEN_INVALID', 'The access token is invalid; sign in again');
    }
  }
}

/** The same for unknown, expired and revoked keys, and for those whose responsible person has left. */
export const apiKeyInvalid = () =>
  new Unauthenticated('API_KEY_INVALID', 'The API key is not valid; ask an owner of the organization for another one');

export const tokenExpired = () =>
  new Unauthenticated('TOKEN_EXPIRED', 'The access token has expired; get a new one with refreshSession');

/** Whether an `Authorization` header holds an API key, valid or not. */
export const bearsApiKey = (authorization: string | undefined): boolean => isApiKey(bearerToken(authorization) ?? '');

function bearerToken(authorization: string | undefined): string | undefined {
  const [scheme, token] = authorization?.split(' ') ?? [];
  return scheme?.toLowerCase() === 'bearer' ? token : undefined;
}

/** A new private signing key. */
export async function generateKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: v7(), alg: algorithm };
}
