import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Info, Mutation, Query, Resolver } from 'type-graphql';
import { membershipOf } from '../../platform/auth/viewer.js';
import type { Context } from '../../platform/graphql/context.js';
import { Selection } from '../../platform/reading/selection.js';
import { type Changes, inputFor } from '../../platform/records/inputs.js';
import { listArgumentsOf } from '../../platform/records/list-arguments.js';
import { connectionOf, type ListArguments } from '../../platform/records/lists.js';
import {
  type ChangeArguments,
  changeArgs,
  type IdArguments,
  idArgs,
  ownChangeArgs,
} from '../../platform/schema/arguments.js';
import { inOrganization, updateProfile, updateUser, visibleTo } from './user.actions.js';
import { User } from './user.js';

const UserList = listArgumentsOf(User, 'name, username and e-mail address');
const UserId = idArgs('Id of the user.');
const UserChange = changeArgs<Changes<User>>(
  'Id of the user.',
  inputFor(User, 'update', "Changes to a user's account; omitted fields stay, null clears."),
);
const ProfileChange = ownChangeArgs<Changes<User>>(
  inputFor(User, 'update', "Changes to one's own account; omitted fields stay, null clears.", {
    name: 'UpdateProfileInput',
    without: ['isActive'],
  }),
);

@Resolver()
export class UserResolver {
  @Query(() => User, { nullable: true, description: 'The signed-in user.' })
  me(@Ctx() { read, viewer }: Context, @Info() info: GraphQLResolveInfo) {
    return read.one(User, viewer.userId, Selection.of(info));
  }

  @Query(() => connectionOf(User), {
    nullable: true,
    description: 'Users with an active membership in the active organization.',
  })
  users(@Args(() => UserList) args: ListArguments, @Ctx() { read, viewer }: Context, @Info() info: GraphQLResolveInfo) {
    return read.connection(User, args, info, inOrganization(membershipOf(viewer).id));
  }

  @Query(() => User, {
    nullable: true,
    description: 'Oneself or a user with an active membership in the active organization.',
  })
  user(@Args(() => UserId) { id }: IdArguments, @Ctx() { read, viewer }: Context, @Info() info: GraphQLResolveInfo) {
    return read.one(User, id, Selection.of(info), visibleTo(viewer));
  }

  @Mutation(() => User, { nullable: true, description: "Change one's own account." })
  async updateProfile(
    @Args(() => ProfileChange) { input, expectedVersion }: Omit<ChangeArguments<Changes<User>>, 'id'>,
    @Ctx() { acting }: Context,
  ) {
    const { id } = await updateProfile(acting, input, expectedVersion);
    return { id };
  }

  @Mutation(() => User, { nullable: true, description: "Change a user's account; oneself or a superuser." })
  async updateUser(
    @Args(() => UserChange) { id, input, expectedVersion }: ChangeArguments<Changes<User>>,
    @Ctx() { acting }: Context,
  ) {
    await updateUser(acting, id, input, expectedVersion);
    return { id };
  }
}
