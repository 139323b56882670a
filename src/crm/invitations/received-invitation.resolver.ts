import { Args, Ctx, Field, ID, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { sql } from '../../platform/database/sql.js';
import type { Context } from '../../platform/graphql/context.js';
import { DateTimeScalar } from '../../platform/schema/scalars.js';
import { Membership } from '../organizations/membership.js';
import { TokenArgs } from '../users/token-args.js';
import {
  AnswerArgs,
  acceptInvitation,
  declineInvitation,
  openInvitation,
  type ReceivedInvitation,
  received,
} from './received-invitation.js';

@ObjectType('ReceivedInvitation', { simpleResolvers: true, description: 'An invitation as its recipient sees it.' })
class Received implements ReceivedInvitation {
  @Field(() => ID, { description: 'Id by which `acceptInvitation` and `declineInvitation` find it.' })
  id!: string;

  @Field(() => String, { description: 'Name of the organization.' })
  organizationName!: string;

  @Field(() => String, { description: 'Full name of the user who sent it.' })
  invitedByName!: string;

  @Field(() => DateTimeScalar, { description: 'Until when it can be accepted.' })
  expiresAt!: string;
}

@ObjectType({ simpleResolvers: true, description: 'The result of declining an invitation.' })
class DeclineInvitationPayload {
  @Field(() => ID, { description: 'Id of the invitation.' })
  id!: string;
}

@Resolver()
export class ReceivedInvitationResolver {
  @Query(() => Received, {
    nullable: true,
    description:
      'Shows an open invitation to the bearer of its token; BAD_USER_INPUT `TOKEN_NOT_USABLE` for other tokens.',
  })
  invitation(@Args(() => TokenArgs) { token }: TokenArgs, @Ctx() context: Context): Promise<Received> {
    return openInvitation(context, token, 'token');
  }

  @Query(() => [Received], {
    nullable: true,
    description:
      "Lists the open invitations to the caller's e-mail address, newest first; none before it is confirmed.",
  })
  myInvitations(@Ctx() { read }: Context): Promise<Received[]> {
    return read.query<Received>(received(sql`my_invitations()`));
  }

  @Mutation(() => Membership, {
    nullable: true,
    description:
      "Accepts an invitation to the caller's confirmed e-mail address: the caller is a member from now on. The " +
      'answer is read in that organization. Give either `token` or `id`.',
  })
  async acceptInvitation(@Args(() => AnswerArgs) args: AnswerArgs, @Ctx() context: Context) {
    const { id } = await acceptInvitation(context, args);
    return { id };
  }

  @Mutation(() => DeclineInvitationPayload, {
    nullable: true,
    description: 'Declines an invitation. Give either `token` or, signed in with a confirmed address, `id`.',
  })
  async declineInvitation(
    @Args(() => AnswerArgs) args: AnswerArgs,
    @Ctx() context: Context,
  ): Promise<DeclineInvitationPayload> {
    return { id: await declineInvitation(context, args) };
  }
}
