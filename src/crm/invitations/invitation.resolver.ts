import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { sql } from '../../platform/database/sql.js';
import type { Context } from '../../platform/graphql/context.js';
import { Selection } from '../../platform/reading/selection.js';
import { listArgumentsOf } from '../../platform/records/list-arguments.js';
import { connectionOf, type ListArguments } from '../../platform/records/lists.js';
import type { RecordRow } from '../../platform/records/record-row.js';
import { inputArgs, type VerbArguments, verbArgs } from '../../platform/schema/arguments.js';
import { Role } from '../access/role.js';
import { inviteMember, resendInvitation, revokeInvitation } from './invitation.actions.js';
import { InviteMemberInput } from './invitation.inputs.js';
import { Invitation } from './invitation.js';

const InvitationList = listArgumentsOf(Invitation);
const NewInvitation = inputArgs<InviteMemberInput>(InviteMemberInput, 'The person to invite.');
const InvitationVerb = verbArgs('Id of the invitation.');

@Resolver()
export class InvitationResolver {
  @Query(() => connectionOf(Invitation), {
    nullable: true,
    description: 'Lists the invitations of the active organization, answered ones too.',
  })
  invitations(
    @Args(() => InvitationList) args: ListArguments,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return read.connection(Invitation, args, info);
  }

  @Mutation(() => Invitation, {
    nullable: true,
    description:
      'Invites an e-mail address to the active organization: sends a link that is valid for 7 days. The answer does ' +
      'not tell whether an account has the address.',
  })
  async inviteMember(@Args(() => NewInvitation) { input }: { input: InviteMemberInput }, @Ctx() { action }: Context) {
    return inviteMember(action, input);
  }

  @Mutation(() => Invitation, {
    nullable: true,
    description:
      "Sends an invitation again in the caller's name, at most once a minute; it is then valid for 7 days more, even " +
      'if it had expired.',
  })
  async resendInvitation(@Args(() => InvitationVerb) args: VerbArguments, @Ctx() { action }: Context) {
    return resendInvitation(action, args);
  }

  @Mutation(() => Invitation, { nullable: true, description: 'Revokes an invitation: its links stop working.' })
  async revokeInvitation(@Args(() => InvitationVerb) args: VerbArguments, @Ctx() { action }: Context) {
    return revokeInvitation(action, args);
  }
}

@Resolver(() => Invitation)
export class InvitationRoles {
  @FieldResolver(() => [Role], {
    description: 'Roles that the new member gets, by name; those that are inactive when it is accepted are left out.',
  })
  roles(
    @Root() { id }: RecordRow<Invitation>,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object[]> {
    return read.load(info, id, async (invitations) => {
      const source = sql`
        (
          select l.invitation_id as invitation, r.*
          from invitation_roles l
          join roles r
            on r.organization_id = l.organization_id
            and r.id = l.role_id
          where l.organization_id = ${read.viewer.organization?.id ?? null}::uuid
            and l.invitation_id = any(${invitations}::uuid[])
        ) as t`;
      const found = await read.byKeys(Role, 'invitation', invitations, Selection.of(info), {
        source,
        order: sql`t.name_sort, t.id`,
      });
      return invitations.map((invitation) => found.get(invitation) ?? []);
    });
  }
}
