import { describe, expect, test } from '@jest/globals';
import { GraphQLClient, gql } from 'graphql-request';
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  jwtVerify,
  SignJWT,
} from 'jose';
import { v7 } from 'uuid';
import { generateKey } from '../../src/platform/auth/tokens.js';
import { sql, urls } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { anotherServer, client, keys, origin, refusal } from '../support/server.js';
import { login, Me, me, reasonOf, refresh } from '../support/sign-in.js';
import { newPerson, type Person, password } from '../support/tenant.js';

describe('access tokens', () => {
  const key = () => keys[0] as JWK & { kid: string };

  interface Forgery {
    header?: object;
    claims?: object;
    key?: JWK;
  }

  /** A token like the server's own, but for the changes. */
  async function forge(
    { id, token }: Person,
    { header, claims, key: signedWith = key() }: Forgery = {},
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const payload = { ...decodeJwt(token), sub: id, iat: now, exp: now + 600, ...claims };
    return new SignJWT(payload)
      .setProtectedHeader({ alg: 'ES256', kid: key().kid, typ: decodeProtectedHeader(token).typ, ...header })
      .sign(await importJWK(signedWith, 'ES256'));
  }

  const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const publicKey = ({ kty, crv, x, y }: JWK) => ({ kty, crv, x, y });

  test('are ES256, valid for ten minutes, and carry user and session only', async () => {
    const person = await newPerson('Claims');
    const claims = decodeJwt(person.token);
    expect(decodeProtectedHeader(person.token)).toMatchObject({ alg: 'ES256', kid: key().kid });
    expect(Object.keys(claims).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'sid', 'sub']);
    expect(claims.sub).toBe(person.id);
    expect(claims.exp! - claims.iat!).toBe(600);
  });

  test('one signed with our key is accepted, so that the forgeries below fail for their one change', async () => {
    const person = await newPerson();
    expect(await me(await forge(person))).toEqual({ me: { id: person.id } });
  });

  test.each<[string, string, (person: Person) => Promise<string>]>([
    ['expired', 'TOKEN_EXPIRED', (person) => forge(person, { claims: { exp: Math.floor(Date.now() / 1000) - 1 } })],
    ['without expiry', 'TOKEN_INVALID', (person) => forge(person, { claims: { exp: undefined } })],
    ['of another issuer', 'TOKEN_INVALID', (person) => forge(person, { claims: { iss: 'somebody-else' } })],
    ['for another audience', 'TOKEN_INVALID', (person) => forge(person, { claims: { aud: 'another-api' } })],
    ['of another type', 'TOKEN_INVALID', (person) => forge(person, { header: { typ: 'JWT' } })],
    ['without a type', 'TOKEN_INVALID', (person) => forge(person, { header: { typ: undefined } })],
    ['without a session', 'TOKEN_INVALID', (person) => forge(person, { claims: { sid: undefined } })],
    ['of an unknown key', 'TOKEN_INVALID', (person) => forge(person, { header: { kid: v7() } })],
    ['signed with another key', 'TOKEN_INVALID', async (person) => forge(person, { key: await generateKey() })],
    [
      'that brings its own key',
      'TOKEN_INVALID',
      async (person) => {
        const own = await generateKey();
        return forge(person, { key: own, header: { kid: own.kid, jwk: publicKey(own) } });
      },
    ],
    [
      'that says where its key is',
      'TOKEN_INVALID',
      async (person) => {
        const own = await generateKey();
        return forge(person, { key: own, header: { kid: own.kid, jku: 'https://evil.example/jwks.json' } });
      },
    ],
    [
      'with alg none',
      'TOKEN_INVALID',
      async ({ token }) => `${base64({ alg: 'none', typ: 'at+jwt', kid: key().kid })}.${token.split('.')[1]}.`,
    ],
    [
      'signed HS256 with the public key',
      'TOKEN_INVALID',
      async ({ token }) =>
        new SignJWT(decodeJwt(token))
          .setProtectedHeader({ alg: 'HS256', kid: key().kid, typ: 'at+jwt' })
          .sign(new TextEncoder().encode(JSON.stringify(publicKey(key())))),
    ],
    [
      'with another payload under its signature',
      'TOKEN_INVALID',
      async ({ token }) => {
        const [head, , signature] = token.split('.');
        return `${head}.${base64({ ...decodeJwt(token), sub: v7() })}.${signature}`;
      },
    ],
    ['that is garbage', 'TOKEN_INVALID', async () => 'garbage'],
    ['of three empty parts', 'TOKEN_INVALID', async () => '..'],
    [
      'naming a session of somebody else',
      'SESSION_ENDED',
      async (person) => forge(person, { claims: { sid: decodeJwt((await newPerson()).token).sid } }),
    ],
    ['naming a session that never was', 'SESSION_ENDED', (person) => forge(person, { claims: { sid: v7() } })],
  ])('one %s is refused', async (_what, reason, make) => {
    expect(await refusal(me(await make(await newPerson())))).toMatchObject({ code: 'UNAUTHENTICATED', reason });
  });

  test('a token that was good expires all the same', async () => {
    const person = await newPerson();
    const token = await forge(person, { claims: { exp: Math.floor(Date.now() / 1000) + 2 } });
    const me = () => client({ token }).request('{ me { id } }');
    await me();
    const refused = async () =>
      expect(await refusal(me())).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'TOKEN_EXPIRED' });
    await eventually(refused, { within: 2_100 });
  });

  test.each([[undefined], ['Basic cGF0OnBvZQ=='], ['Bearer'], ['Bearer '], ['']])(
    'the Authorization header %j counts as no token',
    async (authorization) => {
      const caller = new GraphQLClient(`${origin}/graphql`, {
        headers: authorization === undefined ? {} : { authorization },
      });
      expect(await refusal(caller.request(Me))).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'TOKEN_MISSING' });
      expect(await caller.request(gql`{ errorCodes { code } }`)).toHaveProperty('errorCodes');
    },
  );

  test("a deactivated user's token is refused", async () => {
    const person = await newPerson();
    await sql('update users set is_active = false where id = $1', [person.id]);
    expect(await refusal(me(person.token))).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('the published keys have no private part and verify a token', async () => {
    const { token, id } = await newPerson();
    const jwks = (await (await fetch(`${origin}/.well-known/jwks.json`)).json()) as JSONWebKeySet;
    expect(jwks.keys.map((published: object) => Object.keys(published).sort())).toEqual([
      ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
    ]);
    expect((await jwtVerify(token, createLocalJWKSet(jwks))).payload.sub).toBe(id);
  });
});

describe('rotation of signing keys', () => {
  /** Another server on the same database, with keys of its own. */
  async function withServer(serverKeys: JWK[], work: (caller: (token?: string) => GraphQLClient) => Promise<void>) {
    const settings = { NODE_ENV: 'test', SIGN_INS_PER_MINUTE: '1000' };
    const address = await anotherServer(settings, urls.databaseUrl, { tokenKeys: serverKeys });
    await work(
      (token) =>
        new GraphQLClient(`${address}/graphql`, { headers: token ? { authorization: `Bearer ${token}` } : {} }),
    );
  }

  test('the new key signs, tokens of the old one stay valid, refresh tokens too', async () => {
    const person = await newPerson();
    const newest = await generateKey();
    await withServer([newest, ...keys], async (caller) => {
      expect(await caller(person.token).request(Me)).toEqual({ me: { id: person.id } });
      const next = await refresh(person.refreshToken, caller());
      expect(decodeProtectedHeader(next.accessToken).kid).toBe(newest.kid);
    });
  });

  test('a refresh token from before the rotation is still known as reused', async () => {
    const person = await newPerson();
    const { accessToken, refreshToken } = await refresh(person.refreshToken);
    await refresh(refreshToken);
    await withServer([await generateKey(), ...keys], async (caller) => {
      expect(await reasonOf(refresh(person.refreshToken, caller()))).toBe('REFRESH_TOKEN_REUSED');
      expect(await reasonOf(caller(accessToken).request(Me))).toBe('SESSION_ENDED');
    });
  });

  test('tokens of a retired key are refused', async () => {
    const person = await newPerson();
    await withServer([await generateKey()], async (caller) => {
      expect(await reasonOf(caller(person.token).request(Me))).toBe('TOKEN_INVALID');
      expect(await login(person.username, password, caller())).toMatchObject({ user: { id: person.id } });
    });
  });
});
