import { BadInput, Conflict } from '../../platform/errors.js';
import type { Context } from '../../platform/graphql/context.js';
import type { MailWorker } from '../../platform/mail/mail-worker.js';

/** The same for a token that is unknown, used, expired, of another kind, or of a closed account. */
export const mailedTokenInvalid = (path: string) =>
  new BadInput(
    [{ path, code: 'INVALID', message: 'is not valid, was used before or has expired; ask for a new message' }],
    'TOKEN_NOT_USABLE',
  );

export const mailNotConfigured = () =>
  new Conflict('MAIL_NOT_CONFIGURED', 'This server sends no mail; ask its operator to set MAIL_URL');

/** Throws CONFLICT if this server sends no mail. */
export function demandMail({ services }: Context): MailWorker {
  if (!services.mail) throw mailNotConfigured();
  return services.mail;
}
