import { Field, Int, ObjectType } from 'type-graphql';

@ObjectType({ simpleResolvers: true, description: 'The result of signing out.' })
export class LogoutPayload {
  @Field(() => Int, { description: 'Number of sessions that were ended.' })
  revokedSessions!: number;
}
