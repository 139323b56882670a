import { gql } from 'graphql-request';
import { sql } from './database.js';
import { type MailingServer, tokenIn } from './mail-server.js';
import { newAccount } from './sign-in.js';

export const RequestReset = gql`
  mutation ($email: String!) { requestPasswordReset(input: { email: $email }) { accepted } }
`;
export const Reset = gql`
  mutation ($token: String!, $newPassword: String!) {
    resetPassword(input: { token: $token, newPassword: $newPassword }) { revokedSessions }
  }
`;
export const Verify = gql`mutation ($token: String!) { verifyEmail(token: $token) { email } }`;
export const Resend = gql`mutation { resendVerification { accepted } }`;
export const RequestChange = gql`
  mutation ($input: RequestEmailChangeInput!) { requestEmailChange(input: $input) { accepted } }
`;
export const ConfirmChange = gql`mutation ($token: String!) { confirmEmailChange(token: $token) { email } }`;
export const Own = gql`{ me { email isEmailVerified version } }`;

const RegisterOnDevice = gql`
  mutation ($input: RegisterInput!) {
    register(input: $input) { accessToken refreshToken deviceToken user { id } }
  }
`;

export interface Newcomer {
  id: string;
  email: string;
  username: string;
  token: string;
  refreshToken: string;
  deviceToken: string;
}

/** Somebody who has just registered at the server that sends mail. */
export async function newcomer({ client }: MailingServer): Promise<Newcomer> {
  const input = newAccount();
  const { register } = await client().request<{
    register: { accessToken: string; refreshToken: string; deviceToken: string; user: { id: string } };
  }>(RegisterOnDevice, { input });
  const { accessToken, user, ...tokens } = register;
  return { ...input, ...tokens, id: user.id, token: accessToken };
}

/** Asks for a new password; the token of the newest message for it, once there are that many of any kind. */
export async function resetToken({ client, mails }: MailingServer, email: string, count = 2): Promise<string> {
  await client().request(RequestReset, { email });
  const letters = await mails.to(email, count);
  // Messages are sent side by side, so that an earlier one may arrive later.
  return tokenIn(letters.findLast(({ source }) => source.includes('/reset?token='))!, 'reset');
}

export const verificationToken = async ({ mails }: MailingServer, { email }: { email: string }): Promise<string> =>
  tokenIn((await mails.to(email))[0]!, 'verify');

/** Another address, unused so far. */
export const anotherEmail = () => newAccount().email;

/** Pretends that the token of a link is about to expire, or has expired, as the clock of the database sees it. */
export const expireTokens = ({ id }: { id: string }) =>
  sql(`update account_tokens set expires_at = now() where user_id = $1`, [id]);

/** Pretends that the messages of an account are an hour old. */
export const anHourLater = ({ id }: { id: string }) =>
  sql(`update outgoing_mails set created_at = created_at - interval '61 min' where user_id = $1`, [id]);
