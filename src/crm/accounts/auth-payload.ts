import { Field, ObjectType } from 'type-graphql';
import type { Context } from '../../platform/graphql/context.js';
import { DateTimeScalar } from '../../platform/schema/scalars.js';
import type { SignedIn } from './account.actions.js';

@ObjectType({ simpleResolvers: true, description: 'The tokens of a session, and its user.' })
export class AuthPayload {
  @Field(() => String, { description: 'Token for the header `Authorization: Bearer …`, valid for 10 minutes.' })
  accessToken!: string;

  @Field(() => String, {
    description: 'Single-use token for `refreshSession`; the session lasts 30 days, or 7 days without use.',
  })
  refreshToken!: string;

  @Field(() => DateTimeScalar, { description: 'When the access token expires.' })
  expiresAt!: string;

  @Field(() => String, {
    description:
      'Token for `beginLogin` and `login` that this device keeps for good: failed sign-ins elsewhere then do not ' +
      'make the user wait here. Null in the answer of `refreshSession`.',
    nullable: true,
  })
  deviceToken!: string | null;
}

/** The rest of the response is read as the user who has just signed in. */
export async function asUser(context: Context, signedIn: SignedIn): Promise<SignedIn> {
  await context.become(`Bearer ${signedIn.accessToken}`);
  return signedIn;
}
