import { type GraphQLClient, gql } from 'graphql-request';
import { v7 } from 'uuid';
import { sql } from './database.js';
import { client, refusal } from './server.js';
import { password } from './tenant.js';

export interface Tokens {
  accessToken: string;
  refreshToken: string;
  user: { id: string };
}

export const Register = gql`
  mutation ($input: RegisterInput!) {
    register(input: $input) {
      accessToken refreshToken expiresAt
      user {
        id username email firstName lastName fullName phone profileImage timezone language isActive isSuperuser version
        lastLoginAt passwordChangedAt
        memberships { isOwner isActive organization { name slug } }
        profiles { profileType isPrimary status }
        employee { firstName lastName email jobTitle }
        roles { name }
      }
    }
  }
`;
export const Login = gql`
  mutation ($input: LoginInput!) { login(input: $input) { accessToken refreshToken user { id } } }
`;
export const Refresh = gql`
  mutation ($token: String!) { refreshSession(refreshToken: $token) { accessToken refreshToken user { id } } }
`;
export const ChangePassword = gql`
  mutation ($input: ChangePasswordInput!) {
    changePassword(input: $input) { id passwordChangedAt }
  }
`;
export const Me = gql`{ me { id } }`;

export const newName = () => `u${v7().replaceAll('-', '').slice(-20)}`;

export function newAccount(changes: object = {}) {
  const username = newName();
  return { email: `${username}@people.example`, username, password, ...changes };
}

export async function login(username: string, secret = password, caller: GraphQLClient = client()): Promise<Tokens> {
  return (await caller.request<{ login: Tokens }>(Login, { input: { username, password: secret } })).login;
}

export async function refresh(token: string, caller: GraphQLClient = client()): Promise<Tokens> {
  return (await caller.request<{ refreshSession: Tokens }>(Refresh, { token })).refreshSession;
}

export const me = (token: string) => client({ token }).request<{ me: { id: string } }>(Me);
export const reasonOf = async (request: Promise<unknown>) => (await refusal(request)).reason;
export const wrong = (username: string) => reasonOf(login(username, 'not-the-password'));

/** Adds a minute to the waits after failed sign-ins, since the first is a second, and the machine may be busy. */
export const longerWaits = ({ id }: { id: string }) =>
  sql(
    `update sign_in_attempts set retry_at = retry_at + interval '1 min'
     where key like 'user ' || $1 || '%' or key in (${nameKeys})`,
    [id],
  );

/** The keys under which failed sign-ins by the names of a user count, as a subquery. */
export const nameKeys = `
  select 'name ' || encode(sha256(convert_to(folded(name), 'UTF8')), 'base64')
  from users u
  cross join lateral (values (u.email), (u.username)) as names (name)
  where u.id::text = $1`;
