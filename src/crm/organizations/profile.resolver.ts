import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { column, sql } from '../../platform/database/sql.js';
import type { Context } from '../../platform/graphql/context.js';
import { ReadRow } from '../../platform/graphql/middleware.js';
import { Selection } from '../../platform/reading/selection.js';
import { inputArgs, type VerbArguments, verbArgs } from '../../platform/schema/arguments.js';
import { CreateUserProfileInput } from './organization.inputs.js';
import {
  activateProfile,
  createUserProfile,
  deactivateProfile,
  suspendProfile,
  switchProfile,
} from './profile.actions.js';
import { UserProfile } from './user-profile.js';

const NewProfile = inputArgs<CreateUserProfileInput>(CreateUserProfileInput, 'The profile to create.');
const OwnProfile = verbArgs("Id of one of the caller's active profiles.");
const ProfileVerb = verbArgs('Id of the profile.');

/** Reads across organizations, since the caller's own profile may belong to another than the active one. */
async function again({ read }: Context, { id }: UserProfile, info: GraphQLResolveInfo) {
  const [profile] = await read.all(UserProfile, Selection.of(info), {
    narrowing: (alias) => sql`${column(alias, 'id')} = ${id}::uuid`,
    order: sql`t.id`,
    everywhere: true,
  });
  return new ReadRow(profile ?? null);
}

@Resolver()
export class ProfileResolver {
  @Mutation(() => UserProfile, {
    nullable: true,
    description: 'Creates a profile for a member of the active organization.',
  })
  async createUserProfile(
    @Args(() => NewProfile) { input }: { input: CreateUserProfileInput },
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return again(context, await createUserProfile(context.action, input), info);
  }

  @Mutation(() => UserProfile, {
    nullable: true,
    description: "Makes one of the caller's profiles the primary one, and so its organization the default.",
  })
  async switchProfile(
    @Args(() => OwnProfile) args: VerbArguments,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return again(context, await switchProfile(context.action, args), info);
  }

  @Mutation(() => UserProfile, {
    nullable: true,
    description: 'Activates an inactive profile, or lifts a suspension.',
  })
  async activateProfile(
    @Args(() => ProfileVerb) args: VerbArguments,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return again(context, await activateProfile(context.action, args), info);
  }

  @Mutation(() => UserProfile, {
    nullable: true,
    description: 'Deactivates a profile until it is activated again.',
  })
  async deactivateProfile(
    @Args(() => ProfileVerb) args: VerbArguments,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return again(context, await deactivateProfile(context.action, args), info);
  }

  @Mutation(() => UserProfile, {
    nullable: true,
    description: "Suspends another user's profile until an administrator activates it.",
  })
  async suspendProfile(
    @Args(() => ProfileVerb) args: VerbArguments,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return again(context, await suspendProfile(context.action, args), info);
  }
}
