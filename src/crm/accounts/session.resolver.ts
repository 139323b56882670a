import { Args, Ctx, Field, ID, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { NotFound } from '../../platform/errors.js';
import type { Context } from '../../platform/graphql/context.js';
import { type IdArguments, idArgs } from '../../platform/schema/arguments.js';
import { DateTimeScalar } from '../../platform/schema/scalars.js';
import { logout } from './account.actions.js';
import { LogoutPayload } from './logout-payload.js';
import { type ListedSession, sessionsOf } from './session.actions.js';

@ObjectType('Session', { simpleResolvers: true, description: 'A device on which the caller is signed in.' })
class OwnSession implements ListedSession {
  @Field(() => ID, { description: 'Id to end the session with `revokeSession`.' })
  id!: string;

  @Field(() => DateTimeScalar, { description: 'When the caller signed in.' })
  createdAt!: string;

  @Field(() => DateTimeScalar, {
    description: 'When its tokens were last renewed; its last use is at most 10 minutes later.',
  })
  lastUsedAt!: string;

  @Field(() => DateTimeScalar, {
    description: 'When it ends by itself: 30 days after the sign-in, or after 7 days without use.',
  })
  expiresAt!: string;

  @Field(() => String, {
    description: 'The `User-Agent` of the sign-in, at most 500 characters; null if there was none.',
    nullable: true,
  })
  userAgent!: string | null;

  @Field(() => String, { description: 'Network address of the sign-in; null if unknown.', nullable: true })
  ipAddress!: string | null;

  @Field(() => Boolean, { description: 'Whether this request belongs to the session.' })
  isCurrent!: boolean;
}

const SessionId = idArgs('Id of the session, from `mySessions`.');

@Resolver()
export class SessionResolver {
  @Query(() => [OwnSession], {
    nullable: true,
    description: 'Lists the sessions in which the caller is signed in, the one that was used last first.',
  })
  mySessions(@Ctx() { read, viewer }: Context): Promise<OwnSession[]> {
    return sessionsOf(read, viewer);
  }

  @Mutation(() => LogoutPayload, {
    nullable: true,
    description: "Ends one of the caller's sessions; its device is signed out within 5 seconds.",
  })
  async revokeSession(@Args(() => SessionId) { id }: IdArguments, @Ctx() context: Context): Promise<LogoutPayload> {
    const revokedSessions = await logout(context, id);
    if (!revokedSessions) throw new NotFound('id', 'You have no such session; it may have ended already');
    return { revokedSessions };
  }
}
