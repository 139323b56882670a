import { Field, ObjectType } from 'type-graphql';
import type { Class } from '../platform/class.js';
import { JSONScalar } from '../platform/schema/scalars.js';
import type { ChangedField } from './field-changes.js';

const value = (description: string) => Field(() => JSONScalar, { description, nullable: true });

@ObjectType({ simpleResolvers: true, description: 'A change of one field.' })
export class FieldChange implements ChangedField {
  @Field(() => String, { description: 'Name of the field as in the API, e.g. `assignedToId`.' })
  name!: string;

  @value('The value before, as the API writes it: decimals and instants are texts. Null if there was none.')
  before!: unknown;

  @value('The value after the change, as the API writes it; null if there is none.')
  after!: unknown;

  refersTo!: Class | null;
}
