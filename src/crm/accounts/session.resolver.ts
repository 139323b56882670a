import { Args, Ctx, Field, ID, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { sql } from '../../platform/database/sql.js';
import { NotFound } from '../../platform/errors.js';
import type { Context } from '../../platform/graphql/context.js';
import { type IdArguments, idArgs } from '../../platform/schema/arguments.js';
import { DateTimeScalar } from '../../platform/schema/scalars.js';
import { logout } from './account.actions.js';
import { LogoutPayload } from './account.resolver.js';

@ObjectType('Session', { simpleResolvers: true, description: 'A device on which the caller is signed in.' })
class OwnSession {
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
  mySessions(@Ctx() { read, viewer }: Context) {
    const instant = (time: string) => sql.raw(`to_char(${time}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);
    return read.query(sql`
      select id, user_agent as "userAgent", ip_address as "ipAddress", id = ${viewer.sessionId}::uuid as "isCurrent",
        ${instant('created_at')} as "createdAt", ${instant('last_used_at')} as "lastUsedAt",
        ${instant(`least(expires_at, last_used_at + interval '7 days')`)} as "expiresAt"
      from sessions
      where user_id = ${viewer.userId}::uuid
        and revoked_at is null
        and expires_at > now()
        and last_used_at > now() - interval '7 days'
      order by last_used_at desc, id`);
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
