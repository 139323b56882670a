import { NIL } from 'uuid';
import { hashOfToken } from '../../platform/auth/opaque-tokens.js';
import { type Fragment, instant, sql } from '../../platform/database/sql.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { Context } from '../../platform/graphql/context.js';
import { Id, Text } from '../../platform/records/decorators.js';
import { Arguments, type InputFault } from '../../platform/records/inputs.js';
import type { Membership } from '../organizations/membership.js';
import { mailedTokenInvalid } from '../users/mailed-token.js';
import { inOwnTransaction } from '../users/own-transaction.js';
import { type Answered, accept, decline, notInvited } from './answering.js';

function namesOne({ token, id }: AnswerArgs): InputFault[] {
  if ((token == null) !== (id == null)) return [];
  const message = 'exactly one of token and id must be given';
  return [{ path: token == null ? 'token' : 'id', code: 'INVALID', message }];
}

@Arguments(namesOne)
export class AnswerArgs {
  @Text({ description: 'Token from the link of the message.', max: 255, trim: false })
  token?: string | null;

  @Id({ description: 'Id of the invitation, from `myInvitations`.' })
  id?: string | null;
}

/** An invitation as its recipient sees it. */
export interface ReceivedInvitation {
  id: string;
  organizationName: string;
  invitedByName: string;
  expiresAt: string;
}

/** Rows of a function of the database as recipients see them. */
export const received = (source: Fragment): Fragment => sql`
  select id, organization_name as "organizationName", invited_by_name as "invitedByName", email,
    ${instant(sql`expires_at`)} as "expiresAt"
  from ${source}`;

/** The invitation of a token, with the address that it is for, which is not told. */
export async function openInvitation(
  { side }: Context,
  token: string,
  path: string,
): Promise<ReceivedInvitation & { email: string }> {
  const [invitation] = await side.query<ReceivedInvitation & { email: string }>(
    received(sql`open_invitation(${hashOfToken(token)})`),
  );
  if (!invitation) throw mailedTokenInvalid(path);
  return invitation;
}

/** Makes the caller a member, and reads the answer in that organization. */
export async function acceptInvitation(context: Context, args: AnswerArgs): Promise<Membership> {
  const { userId } = context.person;
  const membership = await inOwnTransaction(context, userId, (work) => accept(work, userId, named(args)));
  context.services.viewers.invalidate(userId);
  await context.become(context.facts.authorization, membership.organizationId);
  return membership;
}

/** Declines an invitation. Only those who name it by its id need have signed in. */
export async function declineInvitation(context: Context, args: AnswerArgs): Promise<string> {
  if (args.id != null) await context.identify({ toRead: false });
  const userId = args.id == null ? NIL : context.person.userId;
  return inOwnTransaction(context, userId, (work) => decline(work, userId, named(args)));
}

const named = ({ token, id }: AnswerArgs): Answered => (token == null ? { id: id! } : { token, path: 'token' });

/** Throws unless a token invites this address. */
export async function demandInvited(context: Context, token: string, email: string): Promise<void> {
  const invitation = await openInvitation(context, token, 'input.invitationToken');
  if (invitation.email !== email) throw notInvited();
}

/** Accepts the invitation of a new account. Its address is confirmed: the token was mailed there. */
export async function acceptInvited(work: UnitOfWork, userId: string, token: string): Promise<void> {
  await work.query(sql`select verify_invited_email(${hashOfToken(token)})`);
  await accept(work, userId, { token, path: 'input.invitationToken' });
}
