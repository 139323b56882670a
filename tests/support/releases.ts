import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { GraphQLClient } from 'graphql-request';
import { generateKey } from '../../src/platform/auth/tokens.js';
import { boot, newFolder, stop, urlOf } from './boot.js';

export const folder = 'tests/migrations/releases';

/** The answers of a release to questions about its own data, and who asked. */
interface Recorded {
  questions: Record<string, string>;
  answers: { username: string; password: string; name: string; data: object }[];
}

const login = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }';

/** Starts a server on this database, for a look at it. */
export async function serve(settings: NodeJS.ProcessEnv, look: (url: string) => Promise<void>): Promise<void> {
  const keys = JSON.stringify([await generateKey()]);
  const server = boot({ NODE_ENV: 'production', DATA_FOLDER: newFolder(), TOKEN_KEYS: keys, ...settings });
  await look(await urlOf(server));
  expect(await stop(server)).toBe(0);
}

/** The server gives the answers that the release gave; callers sign in with their passwords of that time. */
export async function expectAnswersOf(release: string, url: string): Promise<void> {
  const { questions, answers } = JSON.parse(readFileSync(`${folder}/${release}.json`, 'utf8')) as Recorded;
  const tokens: Record<string, string> = {};
  for (const { username, password, name, data } of answers) {
    tokens[username] ??= await signIn(url, username, password);
    const found = await clientOf(url, tokens[username]).request(questions[name]!);
    expect({ username, name, data: found }).toEqual({ username, name, data });
  }
}

export async function signIn(url: string, username: string, password = 'demo-password'): Promise<string> {
  const { login: signedIn } = await clientOf(url).request<{ login: { accessToken: string } }>(login, {
    input: { username, password },
  });
  return signedIn.accessToken;
}

export const clientOf = (url: string, token?: string) =>
  new GraphQLClient(`${url}/graphql`, { headers: token ? { authorization: `Bearer ${token}` } : {} });
