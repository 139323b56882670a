import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Info, Mutation, Query, Resolver } from 'type-graphql';
import {
  type ChangeArguments,
  changeArgs,
  type IdArguments,
  idArgs,
  inputArgs,
  type VerbArguments,
  verbArgs,
} from '../../platform/graphql/arguments.js';
import type { Context } from '../../platform/graphql/context.js';
import { DeletePayload } from '../../platform/graphql/deletion.js';
import { connectionOf, type ListArguments, listArgumentsOf } from '../../platform/lists/types.js';
import { Selection } from '../../platform/reading/selection.js';
import { User } from '../users/user.js';
import { createPermission, deletePermission, updatePermission } from './permission.actions.js';
import {
  assignPermission,
  assignRole,
  createRole,
  deleteRole,
  removePermission,
  removeRole,
  setRolePermissions,
  updateRole,
} from './role.actions.js';
import {
  AssignPermissionArgs,
  AssignRoleArgs,
  CreatePermissionInput,
  CreateRoleInput,
  DeleteRoleArgs,
  type NewRole,
  type PermissionChanges,
  RemovePermissionArgs,
  RemoveRoleArgs,
  type RoleChanges,
  SetRolePermissionsArgs,
  UpdatePermissionInput,
  UpdateRoleInput,
} from './role.inputs.js';
import { Permission, Role } from './role.js';

const RoleList = listArgumentsOf(Role, 'name and description');
const PermissionList = listArgumentsOf(Permission, 'resource, action and description');
const RoleId = idArgs('Id of the role.');
const PermissionId = idArgs('Id of the permission.');
const PermissionVerb = verbArgs('Id of the permission.');
const NewRoleArgs = inputArgs<NewRole>(CreateRoleInput, 'The role.');
const NewPermission = inputArgs<PermissionChanges>(CreatePermissionInput, 'The permission.');
const RoleChange = changeArgs<RoleChanges>('Id of the role.', UpdateRoleInput);
const PermissionChange = changeArgs<PermissionChanges>('Id of the permission.', UpdatePermissionInput);

@Resolver()
export class RoleResolver {
  @Query(() => connectionOf(Role), { nullable: true, description: 'Roles of the organization. Needs role:read.' })
  roles(@Args(() => RoleList) args: ListArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.connection(Role, args, info);
  }

  @Query(() => Role, { nullable: true, description: 'One role. Needs role:read.' })
  role(@Args(() => RoleId) { id }: IdArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.one(Role, id, Selection.of(info));
  }

  @Mutation(() => Role, { nullable: true, description: 'Create a role. Needs role:create.' })
  async createRole(
    @Args(() => NewRoleArgs) { input }: { input: NewRole },
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.answer(Role, await createRole(context, input), info);
  }

  @Mutation(() => Role, { nullable: true, description: 'Change a role. Needs role:update.' })
  async updateRole(
    @Args(() => RoleChange) { id, input, expectedVersion }: ChangeArguments<RoleChanges>,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.answer(Role, await updateRole(context, id, input, expectedVersion), info);
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description: 'Delete a role that is not a system role. Needs role:delete.',
  })
  async deleteRole(@Args(() => DeleteRoleArgs) args: DeleteRoleArgs, @Ctx() context: Context): Promise<DeletePayload> {
    await deleteRole(context, args);
    return { id: args.id };
  }

  @Mutation(() => Role, {
    nullable: true,
    description: 'Grant a permission to a role; no effect when granted already. Needs role:update.',
  })
  async assignPermission(
    @Args(() => AssignPermissionArgs) args: AssignPermissionArgs,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.answer(Role, await assignPermission(context, args), info);
  }

  @Mutation(() => Role, {
    nullable: true,
    description: 'Take a permission from a role; no effect when not granted. Needs role:update.',
  })
  async removePermission(
    @Args(() => RemovePermissionArgs) args: RemovePermissionArgs,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.answer(Role, await removePermission(context, args), info);
  }

  @Mutation(() => Role, { nullable: true, description: "Replace a role's permissions. Needs role:update." })
  async setRolePermissions(
    @Args(() => SetRolePermissionsArgs) args: SetRolePermissionsArgs,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.answer(Role, await setRolePermissions(context, args), info);
  }

  @Mutation(() => User, {
    nullable: true,
    description: 'Assign a role to a member; no effect when assigned already. Needs role:update.',
  })
  async assignRole(
    @Args(() => AssignRoleArgs) { userId, roleId }: AssignRoleArgs,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    await assignRole(context, userId, roleId);
    return context.answer(User, { id: userId }, info);
  }

  @Mutation(() => User, {
    nullable: true,
    description: "Take an assigned role from a member; the employee record's primary role stays. Needs role:update.",
  })
  async removeRole(
    @Args(() => RemoveRoleArgs) { userId, roleId }: RemoveRoleArgs,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    await removeRole(context, userId, roleId);
    return context.answer(User, { id: userId }, info);
  }
}

@Resolver()
export class PermissionResolver {
  @Query(() => connectionOf(Permission), {
    nullable: true,
    description: 'Permissions of the organization; default order resource, action. Needs role:read.',
  })
  permissions(
    @Args(() => PermissionList) args: ListArguments,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return read.connection(Permission, args, info);
  }

  @Query(() => Permission, { nullable: true, description: 'One permission. Needs role:read.' })
  permission(
    @Args(() => PermissionId) { id }: IdArguments,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return read.one(Permission, id, Selection.of(info));
  }

  @Mutation(() => Permission, { nullable: true, description: 'Create a custom permission. Needs role:create.' })
  async createPermission(
    @Args(() => NewPermission) { input }: { input: PermissionChanges },
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.answer(Permission, await createPermission(context, input), info);
  }

  @Mutation(() => Permission, { nullable: true, description: 'Change a custom permission. Needs role:update.' })
  async updatePermission(
    @Args(() => PermissionChange) { id, input, expectedVersion }: ChangeArguments<PermissionChanges>,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.answer(Permission, await updatePermission(context, id, input, expectedVersion), info);
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description: 'Delete a custom permission and its grants. Needs role:delete.',
  })
  async deletePermission(
    @Args(() => PermissionVerb) { id, expectedVersion }: VerbArguments,
    @Ctx() context: Context,
  ): Promise<DeletePayload> {
    await deletePermission(context, id, expectedVersion);
    return { id };
  }
}
