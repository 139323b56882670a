import { type GraphQLClient, gql } from 'graphql-request';
import { Secret, TOTP } from 'otpauth';
import { sql } from './database.js';
import { client } from './server.js';
import type { Tokens } from './sign-in.js';
import { newPerson, type Person, password } from './tenant.js';

const Begin = gql`mutation { beginSecondFactor { secret otpauthUri } }`;
const Confirm = gql`
  mutation ($code: String!) { confirmSecondFactor(input: { code: $code }) { recoveryCodes } }
`;
export const Remove = gql`
  mutation ($password: String!, $code: String!) {
    removeSecondFactor(input: { password: $password, code: $code }) { id hasSecondFactor }
  }
`;
const BeginLogin = gql`
  mutation ($input: LoginInput!) {
    beginLogin(input: $input) {
      __typename
      ... on AuthPayload { accessToken deviceToken user { id } }
      ... on SecondFactorChallenge { ticket expiresAt }
    }
  }
`;
export const Complete = gql`
  mutation ($ticket: String!, $code: String!) {
    completeLogin(input: { ticket: $ticket, code: $code }) { accessToken refreshToken deviceToken user { id } }
  }
`;
export const HasSecondFactor = gql`{ me { hasSecondFactor } }`;

interface Begun {
  __typename: 'AuthPayload' | 'SecondFactorChallenge';
  ticket: string;
  expiresAt: string;
  accessToken?: string;
  deviceToken?: string;
}

/** Somebody with a second factor. */
export interface Protected extends Person {
  secret: string;
  recoveryCodes: string[];
}

/** The code that an app shows, or shows so many steps of 30 seconds later or earlier. */
export const codeOf = (secret: string, steps = 0): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + steps * 30_000 });

export async function beginSecondFactor(person: Pick<Person | GraphQLClient, 'request'>) {
  type Answer = { beginSecondFactor: { secret: string; otpauthUri: string } };
  return (await person.request<Answer>(Begin)).beginSecondFactor;
}

export async function confirm(person: Pick<Person | GraphQLClient, 'request'>, code: string): Promise<string[]> {
  type Answer = { confirmSecondFactor: { recoveryCodes: string[] } };
  return (await person.request<Answer>(Confirm, { code })).confirmSecondFactor.recoveryCodes;
}

/** Pretends that no code was used yet, since a step lasts 30 seconds. */
export const freshCodes = ({ id }: { id: string }) =>
  sql('update user_secrets set last_code_step = 0 where user_id = $1', [id]);

/** Pretends that the wait after wrong codes is over. */
export const waited = ({ id }: { id: string }) =>
  sql(`update sign_in_attempts set retry_at = now() where key like '%' || $1 || '%'`, [id]);

export async function protectedPerson(organizationName?: string): Promise<Protected> {
  const person = await newPerson(organizationName);
  const { secret } = await beginSecondFactor(person);
  const recoveryCodes = await confirm(person, codeOf(secret));
  await freshCodes(person);
  return { ...person, secret, recoveryCodes };
}

export async function beginLogin(
  username: string,
  further: { password?: string; deviceToken?: string } = {},
  caller: GraphQLClient = client(),
): Promise<Begun> {
  const input = { username, password, ...further };
  return (await caller.request<{ beginLogin: Begun }>(BeginLogin, { input })).beginLogin;
}

export const ticketOf = async (person: Person): Promise<string> => (await beginLogin(person.email)).ticket;

export async function complete(
  ticket: string,
  code: string,
  caller: GraphQLClient = client(),
): Promise<Tokens & { deviceToken: string }> {
  type Answer = { completeLogin: Tokens & { deviceToken: string } };
  return (await caller.request<Answer>(Complete, { ticket, code })).completeLogin;
}
