import type { GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, FieldResolver, Info, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../platform/graphql/context.js';
import { Selection } from '../../platform/reading/selection.js';
import { Flag } from '../../platform/records/decorators.js';
import { Arguments } from '../../platform/records/inputs.js';
import { inputArgs } from '../../platform/schema/arguments.js';
import { ErrorCodeInfo, errorCodeTable } from '../../platform/schema/error-table.js';
import { User } from '../users/user.js';
import { login, logout, refreshSession, register } from './account.actions.js';
import { ChangePasswordInput, type LoginInput, RegisterInput } from './account.inputs.js';
import { AuthPayload, asUser } from './auth-payload.js';
import { Credentials } from './credentials.js';
import { LogoutPayload } from './logout-payload.js';
import { changePassword } from './password.actions.js';

@ArgsType()
class RefreshArgs {
  @Field(() => String, { description: 'The `refreshToken` of the latest `AuthPayload`.' })
  refreshToken!: string;
}

@Arguments()
class LogoutArgs {
  @Flag({ default: false, description: 'Ends every session of the user; default false.' })
  allDevices?: boolean | null;
}

const NewAccount = inputArgs<RegisterInput>(RegisterInput, 'The account to create.');
const NewPassword = inputArgs<ChangePasswordInput>(ChangePasswordInput, 'The old and the new password.');

@Resolver()
export class AccountResolver {
  @Query(() => [ErrorCodeInfo], { nullable: true, description: 'Explains every error code, with its reasons.' })
  errorCodes(): ErrorCodeInfo[] {
    return errorCodeTable();
  }

  @Mutation(() => AuthPayload, { nullable: true, description: 'Creates an account and signs in.' })
  async register(@Args(() => NewAccount) { input }: { input: RegisterInput }, @Ctx() context: Context) {
    return asUser(context, await register(context, input));
  }

  @Mutation(() => AuthPayload, {
    nullable: true,
    description:
      'Signs in an account without a second factor. After 5 failed attempts, each further one must wait 1 s, 2 s, … ' +
      'up to 15 min (`LOGIN_THROTTLED`).',
  })
  async login(@Args(() => Credentials) { input }: { input: LoginInput }, @Ctx() context: Context) {
    return asUser(context, await login(context, input));
  }

  @Mutation(() => AuthPayload, {
    nullable: true,
    description: 'Exchanges a refresh token for new tokens. Reuse of an old token ends the session.',
  })
  async refreshSession(@Args(() => RefreshArgs) { refreshToken }: RefreshArgs, @Ctx() context: Context) {
    return asUser(context, await refreshSession(context, refreshToken));
  }

  @Mutation(() => LogoutPayload, {
    nullable: true,
    description: 'Ends the current session, or all sessions of the user.',
  })
  async logout(@Args(() => LogoutArgs) { allDevices }: LogoutArgs, @Ctx() context: Context): Promise<LogoutPayload> {
    return { revokedSessions: await logout(context, allDevices ? null : context.person.sessionId) };
  }

  @Mutation(() => User, { nullable: true, description: "Changes the caller's password and ends all other sessions." })
  async changePassword(@Args(() => NewPassword) { input }: { input: ChangePasswordInput }, @Ctx() context: Context) {
    await changePassword(context, input);
    return { id: context.person.userId };
  }
}

@Resolver(() => AuthPayload)
export class AuthPayloadFields {
  @FieldResolver(() => User, { description: 'The user who has signed in.' })
  user(@Ctx() { read, person }: Context, @Info() info: GraphQLResolveInfo) {
    return read.byId(User, person.userId, Selection.of(info));
  }
}
