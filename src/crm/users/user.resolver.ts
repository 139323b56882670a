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
import type { UpdateProfileInput, UpdateUserInput } from '../inputs.generated.js';
import { inOrganization, updateProfile, updateUser, visibleTo } from './user.actions.js';
import { User } from './user.js';

const UserList = listArgumentsOf(User);
const UserId = idArgs('Id of the user.');
const UserChange = changeArgs<UpdateUserInput>(
  'Id of the user.',
  inputFor(User, 'update', "Changes to a user's account; omitted fields stay, null clears."),
);
const ProfileChange = ownChangeArgs<UpdateProfileInput>(
  inputFor(User, 'update', "Changes to one's own account; omitted fields stay, null clears.", {
    name: 'UpdateProfileInput',
    without: ['isActive'],
  }),
);

@Resolver()
export class UserResolver {
  @Query(() => User, { nullable: true, description: 'The signed-in user.' })
  me(@Ctx() { read, viewer }: Context, @Info() info: GraphQLResolveInfo) {
    return read.byId(User, viewer.userId, Selection.of(info));
  }

  @Query(() => connectionOf(User), {
    nullable: true,
    description: 'Users with an active membership in the active organization.',
  })
  users(@Args(() => UserList) args: ListArguments, @Ctx() { read, viewer }: Context, @Info() info: GraphQLResolveInfo) {
    return read.connection(User, args, info, inOrganization(demandMembership(viewer).id));
  }

  @Query(() => User, {
    nullable: true,
    description: 'The caller, or a user with an active membership in the active organization.',
  })
  user(@Args(() => UserId) { id }: IdArguments, @Ctx() { read, viewer }: Context, @Info() info: GraphQLResolveInfo) {
    return read.byId(User, id, Selection.of(info), visibleTo(viewer));
  }

  @Mutation(() => User, { nullable: true, description: "Change one's own account." })
  async updateProfile(
    @Args(() => ProfileChange) { input, expectedVersion }: Omit<ChangeArguments<UpdateProfileInput>, 'id'>,
    @Ctx() { action }: Context,
  ) {
    const { id } = await updateProfile(action, input, expectedVersion);
    return { id };
  }

  @Mutation(() => User, {
    nullable: true,
    description: "Change one's own account or, as a superuser, that of any member of the active organization.",
  })
  async updateUser(@Args(() => UserChange) args: ChangeArguments<UpdateUserInput>, @Ctx() { action }: Context) {
    await updateUser(action, args);
    return { id: args.id };
  }
}
