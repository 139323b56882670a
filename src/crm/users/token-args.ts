import { ArgsType, Field } from 'type-graphql';

@ArgsType()
export class TokenArgs {
  @Field(() => String, { description: 'Token from the link of the message.' })
  token!: string;
}
