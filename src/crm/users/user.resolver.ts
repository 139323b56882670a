import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Info, Mutation, Query, Resolver } from 'type-graphql';
import { demandMembership } from '../../platform/auth/viewer.js';
import type { Context } from '../../platform/graphql/context.js';
import { Selection } from '../../platform/reading/selection.js';
import { inputFor } from '../../platform/records/inputs.js';
import { listArgumentsOf } from '../../platform/records/list-arguments.js';
import { connectionOf, type ListArguments } from '../../platform/records/lists.js';
import {
  type ChangeArguments,
  changeArgs,
  type IdArguments,
  idArgs,
  ownChangeArgs,
} from '../../platform/schema/arguments.js';
import { becomes } from '../../platform/schema/deprecations.js';
import type { UpdateProfileInput, UpdateUserInput } from '../inputs.generated.js';
import { inOrganization, updateProfile, updateUser, visibleTo } from './user.actions.js';
import { User } from './user.js';

const UserList = listArgumentsOf(User);
const UserId = idArgs('Id of the user.');
const UserChange = changeArgs<UpdateUserInput>(
  'Id of the user.',
  inputFor(User, 'update', "Changes to a user's account. Omitted fields keep their values; null clears."),
);
const ProfileChange = ownChangeArgs<UpdateProfileInput>(
  inputFor(User, 'update', "Changes to the caller's own account. Omitted fields keep their values; null clears.", {
    name: 'UpdateProfileInput',
    without: ['isActive'],
  }),
);

@Resolver()
export class UserResolver {
  @Query(() => User, {
    nullable: true,
    description: 'The signed-in user, with memberships and roles; null for an API key.',
  })
  me(@Ctx() { read, viewer }: Context, @Info() info: GraphQLResolveInfo) {
    return viewer.userId && read.byId(User, viewer.userId, Selection.of(info));
  }

  @Query(() => connectionOf(User), {
    nullable: true,
    description: 'Lists the users who are active members of the active organization.',
  })
  users(@Args(() => UserList) args: ListArguments, @Ctx() { read, viewer }: Context, @Info() info: GraphQLResolveInfo) {
    return read.connection(User, args, info, inOrganization(demandMembership(viewer).id));
  }

  @Query(() => User, {
    nullable: true,
    description: 'Finds a user by id: the caller, or an active member of the active organization; null for others.',
  })
  user(@Args(() => UserId) { id }: IdArguments, @Ctx() { read, viewer }: Context, @Info() info: GraphQLResolveInfo) {
    return read.byId(User, id, Selection.of(info), visibleTo(viewer));
  }

  @Mutation(() => User, { nullable: true, description: "Changes the caller's own account." })
  async updateMyAccount(
    @Args(() => ProfileChange) { input, expectedVersion }: Omit<ChangeArguments<UpdateProfileInput>, 'id'>,
    @Ctx() { action }: Context,
  ) {
    const { id } = await updateProfile(action, input, expectedVersion);
    return { id };
  }

  @Mutation(() => User, {
    nullable: true,
    description: "Changes the caller's own account.",
    deprecationReason: becomes('updateMyAccount'),
  })
  updateProfile(
    @Args(() => ProfileChange) args: Omit<ChangeArguments<UpdateProfileInput>, 'id'>,
    @Ctx() context: Context,
  ) {
    return this.updateMyAccount(args, context);
  }

  @Mutation(() => User, {
    nullable: true,
    description:
      "Changes a user's account: the caller's own or, for superusers, that of a member of the active organization.",
  })
  async updateUser(@Args(() => UserChange) args: ChangeArguments<UpdateUserInput>, @Ctx() { action }: Context) {
    await updateUser(action, args);
    return { id: args.id };
  }
}
