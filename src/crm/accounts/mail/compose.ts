import { hashOfToken, newToken } from '../../../platform/auth/opaque-tokens.js';
import { type Fragment, type QueryRunner, sql } from '../../../platform/database/sql.js';
import type { Compose, LeasedMail, Message } from '../../../platform/mail/mail.js';
import { type Letter, messageOf } from './letter.js';
import {
  changeEmail,
  emailChangeRequested,
  invitation,
  resetPassword,
  type Sides,
  secondFactorAdded,
  verifyEmail,
  webhookDisabled,
} from './letters.js';

/** Makes a message; null if it is not to be sent any more. */
type Template = (mail: LeasedMail, database: QueryRunner, appUrl: string) => Promise<Message | null>;

/** A message with a link to a page of the front end. The link carries a token, of which `issue` stores the hash. */
const withLink =
  <Issued extends { recipient: string }>(
    page: string,
    issue: (lease: string, hash: string) => Fragment,
    letter: (link: string, issued: Issued) => Letter,
  ): Template =>
  async ({ lease }, database, appUrl) => {
    const token = newToken();
    const [issued] = await database.query<Issued>(issue(lease, hashOfToken(token)));
    return issued ? messageOf(issued.recipient, letter(`${appUrl}/${page}?token=${token}`, issued)) : null;
  };

const aboutAccount = (page: string, letter: (link: string) => Letter): Template =>
  withLink(page, (lease, hash) => sql`select * from issue_mail_token(${lease}::uuid, ${hash})`, letter);

/** A message that only tells something, to the address in its variable `to`. */
const notice =
  (letter: (variables: LeasedMail['variables']) => Letter): Template =>
  async ({ variables }) =>
    messageOf(variables.to!, letter(variables));

/** By the name under which a message is queued. */
const templates: Record<string, Template> = {
  VERIFY_EMAIL: aboutAccount('verify', verifyEmail),
  RESET_PASSWORD: aboutAccount('reset', resetPassword),
  CHANGE_EMAIL: aboutAccount('change-email', changeEmail),
  EMAIL_CHANGE_REQUESTED: notice(emailChangeRequested),
  SECOND_FACTOR_ADDED: notice(secondFactorAdded),
  WEBHOOK_DISABLED: notice(webhookDisabled),
  INVITATION: withLink<{ recipient: string } & Sides>(
    'invitation',
    (lease, hash) => sql`select * from issue_invitation_token(${lease}::uuid, ${hash})`,
    invitation,
  ),
};

/** Makes messages whose links lead to the front end. */
export const composing =
  (appUrl: string): Compose =>
  async (mail, database) => {
    const template = templates[mail.template];
    // A newer server may have queued it.
    if (!template) throw new Error(`There is no template ${mail.template}`);
    return template(mail, database, appUrl);
  };
