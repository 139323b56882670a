import { Field, ID, ObjectType } from 'type-graphql';

@ObjectType({ simpleResolvers: true, description: 'Result of a deletion.' })
export class DeletePayload {
  @Field(() => ID, { description: 'Id of the deleted record.' })
  id!: string;
}
