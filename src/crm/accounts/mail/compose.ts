import { hashOfToken, newToken } from '../../../platform/auth/mailed-tokens.js';
import type { QueryRunner } from '../../../platform/database/sql.js';
import { sql } from '../../../platform/database/sql.js';
import type { Compose, LeasedMail } from '../../../platform/mail/mail.js';
import { type Letter, messageOf } from './letter.js';
import { changeEmail, emailChangeRequested, resetPassword, verifyEmail } from './letters.js';

/** A message with a link that carries a token. */
interface LinkTemplate {
  /** Path of the page in the front end. */
  page: string;
  letter: (link: string, mail: LeasedMail) => Letter;
  /** Stores the hash of the token, and returns the recipient; null if the message is not to be sent any more. */
  issue: (hash: string, mail: LeasedMail, database: QueryRunner) => Promise<string | null>;
}

/** A message that only tells something. */
interface NoticeTemplate {
  letter: (variables: LeasedMail['variables']) => Letter;
}

const aboutAccount = (page: string, letter: (link: string) => Letter): LinkTemplate => ({
  page,
  letter,
  async issue(hash, { lease }, database) {
    const [issued] = await database.query<{ recipient: string }>(
      sql`select * from issue_mail_token(${lease}::uuid, ${hash})`,
    );
    return issued?.recipient ?? null;
  },
});

/** By the name under which a message is queued. A notice goes to the address in its variable `to`. */
const templates: Record<string, LinkTemplate | NoticeTemplate> = {
  VERIFY_EMAIL: aboutAccount('verify', verifyEmail),
  RESET_PASSWORD: aboutAccount('reset', resetPassword),
  CHANGE_EMAIL: aboutAccount('change-email', changeEmail),
  EMAIL_CHANGE_REQUESTED: { letter: emailChangeRequested },
};

/** Makes messages whose links lead to the front end. */
export const composing =
  (appUrl: string): Compose =>
  async (mail, database) => {
    const template = templates[mail.template];
    // A newer server may have queued it.
    if (!template) throw new Error(`There is no template ${mail.template}`);
    if (!('page' in template)) return messageOf(mail.variables.to!, template.letter(mail.variables));
    const token = newToken();
    const recipient = await template.issue(hashOfToken(token), mail, database);
    return recipient === null
      ? null
      : messageOf(recipient, template.letter(`${appUrl}/${template.page}?token=${token}`, mail));
  };
