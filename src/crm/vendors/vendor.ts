import { Index, Unique } from '@mikro-orm/decorators/legacy';
import { Choice, Decimal, Email, Name, Phone, Reference, Text, Url } from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { ExternalRecord } from '../../platform/records/tenant-record.js';
import { declareEnum } from '../../platform/schema/enums.js';
import { assignable } from '../employees/assignable.js';
import { Employee } from '../employees/employee.js';
import { tenantPolicies } from '../policies.js';
import { User } from '../users/user.js';

export const VendorType = declareEnum(
  'VendorType',
  'Kind of vendor.',
  {
    SUPPLIER: 'Supplies goods.',
    SERVICE_PROVIDER: 'Provides services.',
    CONTRACTOR: 'Works under contract.',
    CONSULTANT: 'Gives advice.',
  },
  'a vendor type',
);
export type VendorType = keyof typeof VendorType;

export const VendorStatus = declareEnum(
  'VendorStatus',
  'Status of a vendor.',
  {
    ACTIVE: 'We buy from it.',
    INACTIVE: 'We no longer buy from it.',
    PENDING: 'Not approved yet.',
    BLACKLISTED: 'Must not be used.',
  },
  'a vendor status',
);
export type VendorStatus = keyof typeof VendorStatus;

@Unique({ name: 'vendors_external_key', properties: ['organizationId', 'externalId'] })
@Unique({ name: 'vendors_code_key', properties: ['organizationId', 'code'] })
@Unique({ name: 'vendors_user_key', properties: ['organizationId', 'userId'] })
@Index({ name: 'vendors_status_index', properties: ['organizationId', 'status'] })
@Index({ name: 'vendors_type_index', properties: ['organizationId', 'vendorType'] })
@Index({ name: 'vendors_assigned_index', properties: ['organizationId', 'assignedToId'] })
@Index({ name: 'vendors_created_index', properties: ['organizationId', 'createdAt', 'id'] })
@Index({
  name: 'vendors_search_index',
  expression: 'create index vendors_search_index on vendors using gin (organization_id, search_text gin_trgm_ops)',
})
@Record({
  table: 'vendors',
  plural: 'vendors',
  numbers: 'VEN',
  description: 'A company or person that sells to the organization.',
  resource: 'vendor',
  search: 'function',
  policies: tenantPolicies,
})
export class Vendor extends ExternalRecord {
  @Text({
    description: 'Number, e.g. `VEN-0001`, unique in the organization.',
    by: 'number',
    filter: true,
    search: true,
  })
  code!: string;

  @Name({
    description: 'Display name.',
    max: 255,
    clearable: true,
    create: 'Display name; default the company. One of the two is required.',
    update: 'Display name; null takes the company.',
    by: 'name',
    filter: true,
    order: true,
    search: true,
  })
  name!: string;

  @Name({
    description: 'Company.',
    max: 255,
    clearable: true,
    create: 'Company, at least 2 characters; default the name.',
    update: 'Company, at least 2 characters; null takes the name.',
    by: 'company',
    filter: true,
    search: true,
  })
  companyName!: string;

  @Choice(VendorType, { description: 'Kind.', input: true, default: 'SUPPLIER', by: 'kind', filter: true, order: true })
  vendorType: VendorType = 'SUPPLIER';

  @Name({
    description: 'Contact person.',
    max: 255,
    nullable: true,
    input: true,
    by: 'contact person',
    filter: true,
    search: true,
  })
  contactPerson: string | null = null;

  @Email({
    description: 'E-mail address, lower-case.',
    required: true,
    input: 'E-mail address.',
    by: 'e-mail address',
    filter: true,
    search: true,
  })
  email!: string;

  @Phone({ description: 'Phone number.' })
  phone: string | null = null;

  @Text({
    description: 'Street and number.',
    max: 255,
    nullable: true,
    input: 'Street and number, at most 255 characters.',
  })
  street: string | null = null;

  @Text({
    description: 'City.',
    max: 100,
    nullable: true,
    input: 'City, at most 100 characters.',
    by: 'city',
    filter: true,
  })
  city: string | null = null;

  @Text({
    description: 'State or province.',
    max: 100,
    nullable: true,
    input: 'State or province, at most 100 characters.',
  })
  state: string | null = null;

  @Text({ description: 'Postal code.', max: 20, nullable: true, input: 'Postal code, at most 20 characters.' })
  postalCode: string | null = null;

  @Text({
    description: 'Country.',
    max: 100,
    nullable: true,
    input: 'Country, at most 100 characters.',
    by: 'country',
    filter: true,
  })
  country: string | null = null;

  @Url({ description: 'URL of the web site.', nullable: true, input: true })
  website: string | null = null;

  @Text({
    description: 'Line of business.',
    max: 100,
    nullable: true,
    input: true,
    by: 'line of business',
    filter: true,
  })
  industry: string | null = null;

  @Text({ description: 'Tax number.', max: 50, nullable: true, input: true })
  taxId: string | null = null;

  @Decimal({
    description: 'Rating, 1–5.',
    precision: 3,
    min: 1,
    max: 5,
    nullable: true,
    input: true,
    by: 'rating',
    filter: true,
    order: true,
  })
  rating: string | null = null;

  @Reference(() => Employee, {
    description: 'Responsible employee.',
    input: 'Responsible employee; must be ACTIVE.',
    by: 'responsible employee',
    filter: true,
  })
  assignedTo?: Employee | null;
  assignedToId: string | null = null;

  @Text({ description: 'Payment terms.', max: 100, nullable: true, input: true })
  paymentTerms: string | null = null;

  @Decimal({
    description: "Credit limit in the organization's currency.",
    precision: 15,
    nullable: true,
    input: true,
  })
  creditLimit: string | null = null;

  @Text({ description: 'Free text about the vendor.', nullable: true, input: true })
  description: string | null = null;

  @Choice(VendorStatus, {
    description: 'Status.',
    input: true,
    default: 'ACTIVE',
    by: 'status',
    filter: true,
    order: true,
  })
  status: VendorStatus = 'ACTIVE';

  @Reference(() => User, {
    description: "The vendor's own account, if any.",
    tenant: false,
    input: "The vendor's own account; an active member, one vendor per user.",
  })
  user?: User | null;
  userId: string | null = null;

  /** Name and company stand for each other; the input tells at least one. */
  rename(name: string | null | undefined, companyName: string | null | undefined): void {
    const [newName, newCompany] = [
      name === undefined ? this.name : name,
      companyName === undefined ? this.companyName : companyName,
    ];
    this.name = newName || newCompany!;
    this.companyName = newCompany || newName!;
  }
}

assignable(Vendor);
