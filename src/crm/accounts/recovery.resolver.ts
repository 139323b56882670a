import { Args, Ctx, Field, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../../platform/graphql/context.js';
import { inputArgs } from '../../platform/schema/arguments.js';
import { TokenArgs } from '../users/token-args.js';
import { RequestEmailChangeInput, RequestPasswordResetInput, ResetPasswordInput } from './account.inputs.js';
import { confirmEmailChange, requestEmailChange, resendVerification, verifyEmail } from './email.actions.js';
import { requestPasswordReset, resetPassword } from './password.actions.js';

@ObjectType({ simpleResolvers: true, description: 'The result of a request for a message.' })
class MailRequestPayload {
  @Field(() => Boolean, { description: 'Always true; whether and when the message arrives depends on its recipient.' })
  accepted!: boolean;
}

@ObjectType({ simpleResolvers: true, description: 'An e-mail address that was confirmed by its owner.' })
class VerifiedEmailPayload {
  @Field(() => String, { description: 'The e-mail address of the account.' })
  email!: string;
}

@ObjectType({ simpleResolvers: true, description: 'The result of a new password.' })
class ResetPasswordPayload {
  @Field(() => Int, { description: 'Number of sessions that were ended.' })
  revokedSessions!: number;
}

const EmailChange = inputArgs<RequestEmailChangeInput>(RequestEmailChangeInput, 'The new address and the password.');
const Forgotten = inputArgs<RequestPasswordResetInput>(RequestPasswordResetInput, 'The e-mail address.');
const Replacement = inputArgs<ResetPasswordInput>(ResetPasswordInput, 'The token and the new password.');

const accepted: MailRequestPayload = { accepted: true };

@Resolver()
export class RecoveryResolver {
  @Mutation(() => MailRequestPayload, {
    nullable: true,
    description:
      'Sends a link for a new password, valid for 30 minutes, if an account has this address; at most 3 an hour. The ' +
      'answer does not tell whether it has. At most 20 requests an hour from one network address.',
  })
  async requestPasswordReset(
    @Args(() => Forgotten) { input }: { input: RequestPasswordResetInput },
    @Ctx() context: Context,
  ): Promise<MailRequestPayload> {
    await requestPasswordReset(context, input.email);
    return accepted;
  }

  @Mutation(() => ResetPasswordPayload, {
    nullable: true,
    description:
      'Sets a new password with the token of a message, ends every session, and lifts the wait after failed ' +
      'sign-ins. It does not sign in.',
  })
  async resetPassword(
    @Args(() => Replacement) { input }: { input: ResetPasswordInput },
    @Ctx() context: Context,
  ): Promise<ResetPasswordPayload> {
    return { revokedSessions: await resetPassword(context, input) };
  }

  @Mutation(() => VerifiedEmailPayload, {
    nullable: true,
    description: 'Confirms the e-mail address of an account with the token of a message.',
  })
  async verifyEmail(
    @Args(() => TokenArgs) { token }: TokenArgs,
    @Ctx() context: Context,
  ): Promise<VerifiedEmailPayload> {
    return { email: await verifyEmail(context, token) };
  }

  @Mutation(() => MailRequestPayload, {
    nullable: true,
    description: "Sends the link that confirms the caller's e-mail address again, at most once a minute.",
  })
  async resendVerification(@Ctx() context: Context): Promise<MailRequestPayload> {
    await resendVerification(context);
    return accepted;
  }

  @Mutation(() => MailRequestPayload, {
    nullable: true,
    description:
      'Sends a link to a new e-mail address, valid for 24 hours, and tells the old one; at most once a minute. The ' +
      'address changes with `confirmEmailChange`, and only the latest request counts.',
  })
  async requestEmailChange(
    @Args(() => EmailChange) { input }: { input: RequestEmailChangeInput },
    @Ctx() context: Context,
  ): Promise<MailRequestPayload> {
    await requestEmailChange(context, input);
    return accepted;
  }

  @Mutation(() => VerifiedEmailPayload, {
    nullable: true,
    description:
      'Changes the e-mail address of an account with the token of the message to the new one, and ends all sessions ' +
      'but the one that asks.',
  })
  async confirmEmailChange(
    @Args(() => TokenArgs) { token }: TokenArgs,
    @Ctx() context: Context,
  ): Promise<VerifiedEmailPayload> {
    return { email: await confirmEmailChange(context, token) };
  }
}
