import { describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { gql } from 'graphql-request';
import { type Fate, network } from '../support/scripts.js';
import { client } from '../support/server.js';
import { newPerson, newTenant, type Person, password } from '../support/tenant.js';
import { makeClient as makeApollo } from './apollo.js';
import { fetchAnswer, refusalOf, refusalsOf, repeated, Unanswered, worthRepeating } from './errors.js';
import { graphqlUrl } from './support.js';
import { makeClient as makeTyped } from './typed.js';
import { makeClient as makeUrql } from './urql.js';

const Partly = gql`{ me { id username } deal(id: "no id") { id title } }`;

/** `fetch` in the name of somebody. */
const signedFetch =
  ({ token }: Person): typeof fetch =>
  (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${token}`);
    return fetchAnswer(input, { ...init, headers });
  };

/** The answer of each client when one of two fields is refused. */
const clients: Record<string, (signed: typeof fetch) => Promise<{ data: unknown; error: unknown }>> = {
  'Apollo Client': async (signed) => {
    const { data, error } = await makeApollo(graphqlUrl(), signed).query({ query: parse(Partly), errorPolicy: 'all' });
    return { data, error };
  },
  urql: async (signed) => {
    const { data, error } = await makeUrql(graphqlUrl(), signed).query(Partly, {});
    return { data, error };
  },
  'graphql-request': async (signed) =>
    makeTyped(graphqlUrl(), signed)
      .request(Partly)
      .then(
        () => ({ data: null, error: null }),
        (error: { response: { data: unknown } }) => ({ data: error.response.data, error }),
      ),
};

test.each(Object.entries(clients))('%s keeps what was answered beside a refusal', async (_, ask) => {
  const { owner } = await newTenant();
  const { data, error } = await ask(signedFetch(owner));
  expect(data).toMatchObject({ me: { username: owner.username }, deal: null });
  expect(refusalsOf(error)).toMatchObject([{ code: 'BAD_USER_INPUT', reason: 'INVALID_ID', path: ['deal'] }]);
});

test('refusals worth repeating are those that the server calls retryable', async () => {
  type Code = { code: string; retryable: boolean };
  const { errorCodes } = await client().request<{ errorCodes: Code[] }>(gql`{ errorCodes { code retryable } }`);
  const retryable = errorCodes.filter((row) => row.retryable).map(({ code }) => code);
  expect([...worthRepeating].sort()).toEqual(retryable.sort());
});

test('a request that is asked to wait is repeated after the time that it was told', async () => {
  const { username } = await newPerson();
  const Login = gql`mutation ($input: LoginInput!) { login(input: $input) { accessToken } }`;
  const signIn = (typed: string) => client().request(Login, { input: { username, password: typed } });
  const codes = [];
  for (let tries = 0; tries < 6; tries++)
    codes.push(
      await signIn('wrong-wrong-wrong').then(
        () => null,
        (error: unknown) => refusalOf(error)?.code,
      ),
    );
  expect(codes.at(-1)).toBe('RATE_LIMITED');
  await expect(repeated(() => signIn(password))).resolves.toHaveProperty('login.accessToken');
});

test('a refusal that stays is not repeated', async () => {
  let asked = 0;
  const ask = () => {
    asked++;
    return client().request(gql`{ customers { totalCount } }`);
  };
  await expect(repeated(ask)).rejects.toThrow();
  expect(asked).toBe(1);
});

const Ask = gql`query Ask { me { id } }`;
const Change = gql`mutation Change { logout { revokedSessions } }`;
const asking: Record<string, (url: string, signed: typeof fetch, document: string) => Promise<unknown>> = {
  'graphql-request': (url, signed, document) => makeTyped(url, signed).request(document),
  'Apollo Client': (url, signed, document) => {
    const apollo = makeApollo(url, signed);
    return document === Ask ? apollo.query({ query: parse(Ask) }) : apollo.mutate({ mutation: parse(document) });
  },
  urql: async (url, signed, document) => {
    const urql = makeUrql(url, signed);
    const asked = document === Ask ? urql.query(Ask, {}, { preferGetMethod: false }) : urql.mutation(document, {});
    const { data, error } = await asked;
    if (error) throw error;
    return data;
  },
};

describe('a request whose answer was lost', () => {
  const html: Fate = { status: 503, body: '<html>' };

  test.each(
    Object.entries(asking).flatMap(([name, ask]) =>
      [html, 'lost' as const, 'answer lost' as const].map((fate) => [name, ask, fate] as const),
    ),
  )('is repeated if it is idempotent, and else is not: %s', async (_, ask, fate) => {
    const { url, seen } = await network((_, count) => (count === 1 ? fate : 'pass'));
    const signed = signedFetch((await newTenant()).owner);
    await expect(repeated(() => ask(url, signed, Ask), { isIdempotent: true })).resolves.toBeTruthy();
    expect(seen).toHaveLength(2);
    await expect(repeated(() => ask(url, signed, Change))).rejects.toThrow();
    expect(seen).toHaveLength(3);
  });
});

test.each(Object.entries(asking))('a request that the server has no room for is repeated: %s', async (_, ask) => {
  const extensions = { code: 'OVERLOADED', retryAfterMs: 20 };
  const body = JSON.stringify({ errors: [{ message: 'No room', extensions }] });
  const busy: Fate = { status: 503, headers: { 'content-type': 'application/json; charset=utf-8' }, body };
  const { url, seen } = await network((_, count) => (count === 1 ? busy : 'pass'));
  const signed = signedFetch((await newTenant()).owner);
  await expect(repeated(() => ask(url, signed, Change))).resolves.toBeTruthy();
  expect(seen).toHaveLength(2);
});

test.each([
  ['a mistake in code', () => Promise.reject(new TypeError('deal is undefined'))],
  ['a wrong address', () => fetchAnswer('http://[/graphql')],
  ['a wrong header', () => fetchAnswer(graphqlUrl(), { headers: { 'x y': 'z' } })],
  ['a cancelled request', () => fetchAnswer(graphqlUrl(), { signal: AbortSignal.abort() })],
])('%s is not repeated', async (_, ask: () => Promise<unknown>) => {
  let asked = 0;
  const asking = () => {
    asked++;
    return ask();
  };
  await expect(repeated(asking, { isIdempotent: true })).rejects.not.toBeInstanceOf(Unanswered);
  expect(asked).toBe(1);
});

test('two refusals of which one stays are not repeated', async () => {
  let asked = 0;
  const errors = ['TIMEOUT', 'CONFLICT'].map((code) => ({ message: 'No', extensions: { code } }));
  const ask = () => {
    asked++;
    return Promise.reject({ errors });
  };
  await expect(repeated(ask, { isIdempotent: true })).rejects.toEqual({ errors });
  expect(asked).toBe(1);
});
