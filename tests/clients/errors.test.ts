import { expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { gql } from 'graphql-request';
import { client } from '../support/server.js';
import { newPerson, newTenant, password } from '../support/tenant.js';
import { makeClient as makeApollo } from './apollo.js';
import { refusalOf, refusalsOf, repeated, worthRepeating } from './errors.js';
import { graphqlUrl } from './support.js';
import { makeClient as makeTyped } from './typed.js';
import { makeClient as makeUrql } from './urql.js';

const Partly = gql`{ me { id username } deal(id: "no id") { id title } }`;

/** What each client answers with when one of two fields is refused. */
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
  const signed: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${owner.token}`);
    return fetch(input, { ...init, headers });
  };
  const { data, error } = await ask(signed);
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
