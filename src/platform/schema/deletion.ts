import { Field, ID, ObjectType } from 'type-graphql';

@ObjectType({ simpleResolvers: true, description: 'The result of deleting a record.' })
export class DeletePayload {
  @Field(() => ID, { description: 'Id of the deleted record.' })
  id!: string;
}
