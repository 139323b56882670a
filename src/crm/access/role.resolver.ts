import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Info, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../platform/graphql/context.js';
import { Selection } from '../../platform/reading/selection.js';
import { listArgumentsOf } from '../../platform/records/list-arguments.js';
import { connectionOf, type ListArguments } from '../../platform/records/lists.js';
import {
  type ChangeArguments,
  changeArgs,
  type IdArguments,
  idArgs,
  inputArgs,
  type VerbArguments,
  verbArgs,
} from '../../platform/schema/arguments.js';
import { DeletePayload } from '../../platform/schema/deletion.js';
import { becomes } from '../../platform/schema/deprecations.js';
import { User } from '../users/user.js';
import { assignRole, removeRole } from './assignment.actions.js';
import { assignPermission, removePermission, setRolePermissions } from './grant.actions.js';
import { createPermission, deletePermission, updatePermission } from './permission.actions.js';
import { createRole, deleteRole, updateRole } from './role.actions.js';
import {
  AssignmentArgs,
  CreatePermissionInput,
  CreateRoleInput,
  DeleteRoleArgs,
  GrantArgs,
  SetRolePermissionsArgs,
  UpdatePermissionInput,
  UpdateRoleInput,
} from './role.inputs.js';
import { Permission, Role } from './role.js';

const RoleList = listArgumentsOf(Role);
const PermissionList = listArgumentsOf(Permission);
const RoleId = idArgs('Id of the role.');
const PermissionId = idArgs('Id of the permission.');
const PermissionVerb = verbArgs('Id of the permission.');
const NewRoleArgs = inputArgs<CreateRoleInput>(CreateRoleInput, 'The role to create.');
const NewPermission = inputArgs<CreatePermissionInput>(CreatePermissionInput, 'The permission to create.');
const RoleChange = changeArgs<UpdateRoleInput>('Id of the role.', UpdateRoleInput);
const PermissionChange = changeArgs<UpdatePermissionInput>('Id of the permission.', UpdatePermissionInput);

@Resolver()
export class RoleResolver {
  @Query(() => connectionOf(Role), { nullable: true, description: 'Lists the roles of the organization.' })
  roles(@Args(() => RoleList) args: ListArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.connection(Role, args, info);
  }

  @Query(() => Role, { nullable: true, description: 'Finds a role by its id; null if there is none.' })
  role(@Args(() => RoleId) { id }: IdArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.byId(Role, id, Selection.of(info));
  }

  @Mutation(() => Role, { nullable: true, description: 'Creates a role.' })
  async createRole(@Args(() => NewRoleArgs) { input }: { input: CreateRoleInput }, @Ctx() { action }: Context) {
    return createRole(action, input);
  }

  @Mutation(() => Role, { nullable: true, description: 'Changes fields of a role.' })
  async updateRole(@Args(() => RoleChange) args: ChangeArguments<UpdateRoleInput>, @Ctx() { action }: Context) {
    return updateRole(action, args);
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description: 'Deletes a role, unless it is a system role.',
  })
  async deleteRole(
    @Args(() => DeleteRoleArgs) args: DeleteRoleArgs,
    @Ctx() { action }: Context,
  ): Promise<DeletePayload> {
    return deleteRole(action, args);
  }

  @Mutation(() => Role, {
    nullable: true,
    description: 'Grants a permission to a role; no effect if the role grants it already.',
  })
  async addPermissionToRole(@Args(() => GrantArgs) args: GrantArgs, @Ctx() { action }: Context) {
    return assignPermission(action, args);
  }

  @Mutation(() => Role, {
    nullable: true,
    description: 'Takes a permission from a role; no effect if the role does not grant it.',
  })
  async removePermissionFromRole(@Args(() => GrantArgs) args: GrantArgs, @Ctx() { action }: Context) {
    return removePermission(action, args);
  }

  @Mutation(() => Role, {
    nullable: true,
    description: 'Grants a permission to a role; no effect if the role grants it already.',
    deprecationReason: becomes('addPermissionToRole'),
  })
  async assignPermission(@Args(() => GrantArgs) args: GrantArgs, @Ctx() { action }: Context) {
    return assignPermission(action, args);
  }

  @Mutation(() => Role, {
    nullable: true,
    description: 'Takes a permission from a role; no effect if the role does not grant it.',
    deprecationReason: becomes('removePermissionFromRole'),
  })
  async removePermission(@Args(() => GrantArgs) args: GrantArgs, @Ctx() { action }: Context) {
    return removePermission(action, args);
  }

  @Mutation(() => Role, { nullable: true, description: 'Replaces all permissions of a role.' })
  async setRolePermissions(
    @Args(() => SetRolePermissionsArgs) args: SetRolePermissionsArgs,
    @Ctx() { action }: Context,
  ) {
    return setRolePermissions(action, args);
  }

  @Mutation(() => User, {
    nullable: true,
    description: 'Assigns a role to a member; no effect if it is assigned already.',
  })
  async assignRole(@Args(() => AssignmentArgs) args: AssignmentArgs, @Ctx() { action }: Context) {
    await assignRole(action, args);
    return { id: args.userId };
  }

  @Mutation(() => User, {
    nullable: true,
    description: "Takes an assigned role from a member. The primary role of the member's employee record is kept.",
  })
  async removeRole(@Args(() => AssignmentArgs) args: AssignmentArgs, @Ctx() { action }: Context) {
    await removeRole(action, args);
    return { id: args.userId };
  }
}

@Resolver()
export class PermissionResolver {
  @Query(() => connectionOf(Permission), {
    nullable: true,
    description: 'Lists the permissions of the organization, built-in and custom.',
  })
  permissions(
    @Args(() => PermissionList) args: ListArguments,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return read.connection(Permission, args, info);
  }

  @Query(() => Permission, { nullable: true, description: 'Finds a permission by its id; null if there is none.' })
  permission(
    @Args(() => PermissionId) { id }: IdArguments,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return read.byId(Permission, id, Selection.of(info));
  }

  @Mutation(() => Permission, { nullable: true, description: 'Creates a custom permission.' })
  async createPermission(
    @Args(() => NewPermission) { input }: { input: CreatePermissionInput },
    @Ctx() { action }: Context,
  ) {
    return createPermission(action, input);
  }

  @Mutation(() => Permission, { nullable: true, description: 'Changes fields of a custom permission.' })
  async updatePermission(
    @Args(() => PermissionChange) args: ChangeArguments<UpdatePermissionInput>,
    @Ctx() { action }: Context,
  ) {
    return updatePermission(action, args);
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description: 'Deletes a custom permission; roles no longer grant it.',
  })
  async deletePermission(
    @Args(() => PermissionVerb) args: VerbArguments,
    @Ctx() { action }: Context,
  ): Promise<DeletePayload> {
    return deletePermission(action, args);
  }
}
