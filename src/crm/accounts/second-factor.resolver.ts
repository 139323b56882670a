import { Args, Ctx, createUnionType, Field, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../../platform/graphql/context.js';
import { inputArgs } from '../../platform/schema/arguments.js';
import { DateTimeScalar } from '../../platform/schema/scalars.js';
import { User } from '../users/user.js';
import type { LoginInput } from './account.inputs.js';
import { AuthPayload, asUser } from './auth-payload.js';
import { Credentials } from './credentials.js';
import {
  beginLogin,
  beginSecondFactor,
  completeLogin,
  confirmSecondFactor,
  removeSecondFactor,
} from './second-factor.actions.js';
import { CompleteLoginInput, ConfirmSecondFactorInput, RemoveSecondFactorInput } from './second-factor.inputs.js';

@ObjectType({ simpleResolvers: true, description: 'A sign-in whose password was right and which needs a code now.' })
class SecondFactorChallenge {
  @Field(() => String, { description: 'Token for `completeLogin`, for one sign-in; five wrong codes end it.' })
  ticket!: string;

  @Field(() => DateTimeScalar, { description: 'When the ticket expires, 5 minutes after it was issued.' })
  expiresAt!: string;
}

const LoginResult = createUnionType({
  name: 'LoginResult',
  description: 'The tokens of a new session or, for an account with a second factor, a ticket for it.',
  types: () => [AuthPayload, SecondFactorChallenge] as const,
  resolveType: (result) => ('ticket' in result ? SecondFactorChallenge : AuthPayload),
});

@ObjectType({ simpleResolvers: true, description: 'A secret to enter in an app for codes.' })
class BeginSecondFactorPayload {
  @Field(() => String, { description: 'The secret in base32, to type in; it is not shown again.' })
  secret!: string;

  @Field(() => String, { description: 'The secret as an `otpauth://` URI, to show as a QR code.' })
  otpauthUri!: string;
}

@ObjectType({ simpleResolvers: true, description: 'A second factor that is in force.' })
class ConfirmSecondFactorPayload {
  @Field(() => [String], {
    description: 'Ten codes that replace a code of the app, each once; they are not shown again.',
  })
  recoveryCodes!: string[];
}

const Completion = inputArgs<CompleteLoginInput>(CompleteLoginInput, 'Ticket and code.');
const Confirmation = inputArgs<ConfirmSecondFactorInput>(ConfirmSecondFactorInput, 'The first code of the app.');
const Removal = inputArgs<RemoveSecondFactorInput>(RemoveSecondFactorInput, 'Password and code.');

@Resolver()
export class SecondFactorResolver {
  @Mutation(() => LoginResult, {
    nullable: true,
    description:
      'Signs in or, if the account has a second factor, asks for a code. Failures count as those of `login`.',
  })
  async beginLogin(@Args(() => Credentials) { input }: { input: LoginInput }, @Ctx() context: Context) {
    const result = await beginLogin(context, input);
    return 'ticket' in result ? result : asUser(context, result);
  }

  @Mutation(() => AuthPayload, {
    nullable: true,
    description:
      'Signs in with the ticket of `beginLogin` and a code. Wrong codes make the next ones wait, as in `login`.',
  })
  async completeLogin(@Args(() => Completion) { input }: { input: CompleteLoginInput }, @Ctx() context: Context) {
    return asUser(context, await completeLogin(context, input));
  }

  @Mutation(() => BeginSecondFactorPayload, {
    nullable: true,
    description: "Makes a secret for the caller's second factor, which is in force once it is confirmed.",
  })
  beginSecondFactor(@Ctx() context: Context): Promise<BeginSecondFactorPayload> {
    return beginSecondFactor(context);
  }

  @Mutation(() => ConfirmSecondFactorPayload, {
    nullable: true,
    description:
      'Turns the second factor on: from now on, sign-in needs a code. Other sessions go on. A mail informs the user.',
  })
  async confirmSecondFactor(
    @Args(() => Confirmation) { input }: { input: ConfirmSecondFactorInput },
    @Ctx() context: Context,
  ): Promise<ConfirmSecondFactorPayload> {
    return { recoveryCodes: await confirmSecondFactor(context, input) };
  }

  @Mutation(() => User, {
    nullable: true,
    description: "Removes the caller's second factor and the recovery codes that are left.",
  })
  async removeSecondFactor(
    @Args(() => Removal) { input }: { input: RemoveSecondFactorInput },
    @Ctx() context: Context,
  ) {
    await removeSecondFactor(context, input);
    return { id: context.person.userId };
  }
}
