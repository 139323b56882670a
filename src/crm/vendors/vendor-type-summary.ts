import { Field, Int, ObjectType } from 'type-graphql';
import { VendorType } from './vendor.js';

@ObjectType({ simpleResolvers: true, description: 'A type of vendor, with the number of vendors.' })
export class VendorTypeSummary {
  @Field(() => VendorType, { description: 'The type that is counted.' })
  type!: VendorType;

  @Field(() => String, { description: 'English name of the type, e.g. `Service provider`.' })
  label!: string;

  @Field(() => Int, { description: 'Number of vendors of this type.' })
  count!: number;
}

export const labels: Record<VendorType, string> = {
  SUPPLIER: 'Supplier',
  SERVICE_PROVIDER: 'Service provider',
  CONTRACTOR: 'Contractor',
  CONSULTANT: 'Consultant',
};
