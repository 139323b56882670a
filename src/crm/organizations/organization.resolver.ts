import type { GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, FieldResolver, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { demandMembership } from '../../platform/auth/viewer.js';
import { column, sql } from '../../platform/database/sql.js';
import type { Context } from '../../platform/graphql/context.js';
import type { Referred } from '../../platform/reading/projection.js';
import type { Narrowing } from '../../platform/reading/reader.js';
import { Selection } from '../../platform/reading/selection.js';
import { Id } from '../../platform/records/decorators.js';
import { Arguments } from '../../platform/records/inputs.js';
import { listArgumentsOf } from '../../platform/records/list-arguments.js';
import { connectionOf, type ListArguments } from '../../platform/records/lists.js';
import type { RecordRow } from '../../platform/records/record-row.js';
import { type ChangeArguments, changeArgs, type VerbArguments, verbArgs } from '../../platform/schema/arguments.js';
import { DeletePayload } from '../../platform/schema/deletion.js';
import { User } from '../users/user.js';
import { Membership } from './membership.js';
import { byMembership, deleteOrganization, ofMember, updateOrganization } from './organization.actions.js';
import { UpdateOrganizationInput } from './organization.inputs.js';
import { Organization, type SeenOrganization } from './organization.js';
import { UserProfile } from './user-profile.js';

const OrganizationList = listArgumentsOf(Organization);
const MemberList = listArgumentsOf(Membership);
const ProfileList = listArgumentsOf(UserProfile);
const OrganizationChange = changeArgs<UpdateOrganizationInput>(
  'Id of the active organization.',
  UpdateOrganizationInput,
);
const OrganizationVerb = verbArgs('Id of the active organization.');

@Arguments()
class OrganizationArgs {
  @Id({ description: 'Id of the organization; default: the active one.' })
  id?: string | null;
}

@ArgsType()
class AllMembersArgs extends (MemberList as new () => ListArguments) {
  @Field(() => Boolean, { defaultValue: false, description: 'Returns ended memberships as well.' })
  includeInactive!: boolean;
}

const active: Narrowing = (alias) => column(alias, 'is_active');

@Resolver()
export class OrganizationResolver {
  @Query(() => [Organization], {
    nullable: true,
    description: 'Lists all organizations of which the caller is an active member, oldest membership first.',
  })
  myOrganizations(@Ctx() { read, viewer }: Context, @Info() info: GraphQLResolveInfo) {
    return read.all(Organization, Selection.of(info), {
      narrowing: ofMember(viewer),
      order: byMembership(viewer),
    });
  }

  @Query(() => connectionOf(Organization), {
    nullable: true,
    description: 'Lists the organizations of which the caller is an active member, in pages.',
  })
  organizations(
    @Args(() => OrganizationList) args: ListArguments,
    @Ctx() { read, viewer }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return read.connection(Organization, args, info, ofMember(viewer));
  }

  @Query(() => Organization, {
    nullable: true,
    description: 'Finds an organization of which the caller is an active member; null for others.',
  })
  organization(
    @Args(() => OrganizationArgs) { id }: OrganizationArgs,
    @Ctx() { read, viewer }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const wanted = id ?? demandMembership(viewer).id;
    return read.byId(Organization, wanted, Selection.of(info), ofMember(viewer));
  }

  @Query(() => connectionOf(Membership), {
    nullable: true,
    description: 'Lists the memberships of the active organization.',
  })
  organizationMembers(
    @Args(() => AllMembersArgs) { includeInactive, ...args }: AllMembersArgs,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return read.connection(Membership, args, info, includeInactive ? undefined : active);
  }

  @Query(() => [UserProfile], {
    nullable: true,
    description: "Lists the caller's profiles in all organizations, the primary one first.",
  })
  myProfiles(@Ctx() { read, viewer }: Context, @Info() info: GraphQLResolveInfo) {
    return read.all(UserProfile, Selection.of(info), {
      narrowing: (alias) => sql`${column(alias, 'user_id')} = ${viewer.userId}::uuid`,
      order: profileOrder,
      everywhere: true,
    });
  }

  @Query(() => connectionOf(UserProfile), {
    nullable: true,
    description: 'Lists the profiles of all users in the active organization.',
  })
  userProfiles(
    @Args(() => ProfileList) args: ListArguments,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return read.connection(UserProfile, args, info);
  }

  @Mutation(() => Organization, {
    nullable: true,
    description: 'Changes fields of the active organization.',
  })
  async updateOrganization(
    @Args(() => OrganizationChange) args: ChangeArguments<UpdateOrganizationInput>,
    @Ctx() { action }: Context,
  ) {
    await updateOrganization(action, args);
    return { id: args.id };
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description: 'Closes the active organization for good and ends all memberships.',
  })
  async deleteOrganization(
    @Args(() => OrganizationVerb) args: VerbArguments,
    @Ctx() { action }: Context,
  ): Promise<DeletePayload> {
    return deleteOrganization(action, args);
  }
}

const profileOrder = sql`t.is_primary desc, t.created_at, t.id`;

@Resolver(() => Organization)
export class OrganizationFields {
  @FieldResolver(() => connectionOf(Membership), {
    nullable: true,
    description:
      'Memberships, active ones unless `includeInactive` is true; null unless this is the active organization.',
  })
  members(
    @Root() { id, seenBy, isSnapshot }: RecordRow<Organization> & SeenOrganization & Referred,
    @Args(() => AllMembersArgs) { includeInactive, ...args }: AllMembersArgs,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const read = seenBy ? context.read.as(seenBy) : context.read;
    if (isSnapshot || id !== read.viewer.organization?.id) return null;
    demandMembership(read.viewer);
    return read.children(Membership, 'organization', id, args, info, includeInactive ? undefined : active);
  }
}

/** Memberships and profiles of a user: in all organizations for the caller, in the active one for others. */
@Resolver(() => User)
export class UserInOrganizations {
  @FieldResolver(() => [Membership], {
    description: "Active memberships: all of the caller's own; of other users only the one in the active organization.",
  })
  memberships(
    @Root() { id, isSnapshot }: RecordRow<User> & Referred,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object[]> | object[] {
    if (isSnapshot) return [];
    return read.load(info, id, async (users) => {
      const found = await read.byKeys(Membership, 'userId', users, Selection.of(info), {
        everywhere: true,
        narrowing: (alias) => sql`${visible(read, alias)} and ${column(alias, 'is_active')}`,
        order: sql`t.joined_at, t.id`,
      });
      return users.map((user) => found.get(user) ?? []);
    });
  }

  @FieldResolver(() => [UserProfile], {
    description: "Profiles: all of the caller's own; of other users only those in the active organization.",
  })
  profiles(
    @Root() { id, isSnapshot }: RecordRow<User> & Referred,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object[]> | object[] {
    if (isSnapshot) return [];
    return read.load(info, id, async (users) => {
      const found = await read.byKeys(UserProfile, 'userId', users, Selection.of(info), {
        everywhere: true,
        narrowing: (alias) => visible(read, alias),
        order: profileOrder,
      });
      return users.map((user) => found.get(user) ?? []);
    });
  }
}

const visible = ({ viewer }: Context['read'], alias: string) => sql`
  (
    ${column(alias, 'organization_id')} = ${viewer.organization?.id ?? null}::uuid
    or ${column(alias, 'user_id')} = ${viewer.userId}::uuid
  )`;
