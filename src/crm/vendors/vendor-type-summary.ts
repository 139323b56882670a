import { Field, Int, ObjectType } from 'type-graphql';
import { VendorType } from './vendor.js';

@ObjectType({ simpleResolvers: true, description: 'A kind of vendor with its number of vendors.' })
export class VendorTypeSummary {
  @Field(() => VendorType, { description: 'Kind.' })
  type!: VendorType;

  @Field(() => String, { description: 'English name, e.g. `Service provider`.' })
  label!: string;

  @Field(() => Int, { description: 'Vendors of this kind.' })
  count!: number;
}

export const labels: Record<VendorType, string> = {
  SUPPLIER: 'Supplier',
  SERVICE_PROVIDER: 'Service provider',
  CONTRACTOR: 'Contractor',
  CONSULTANT: 'Consultant',
};
