import { Choice, Email, Name, Phone, Reference, Text } from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { ExternalRecord } from '../../platform/records/tenant-record.js';
import { declareEnum } from '../../platform/schema/enums.js';
import { creditLimitMoney } from '../deals/money-fields.js';
import { assignable } from '../employees/assignable.js';
import { AssignedTo } from '../employees/assigned-to.js';
import type { Employee } from '../employees/employee.js';
import { later } from '../later.js';
import { tenantPolicies } from '../policies.js';
import {
  City,
  Code,
  Country,
  CreditLimit,
  Industry,
  Labels,
  PaymentTerms,
  PostalCode,
  Rating,
  State,
  Street,
  TaxId,
  Website,
} from '../properties.js';
import { User } from '../users/user.js';

export const VendorType = declareEnum(
  'VendorType',
  'Kind of goods or services that a vendor provides.',
  {
    SUPPLIER: 'A supplier of goods.',
    SERVICE_PROVIDER: 'A provider of services.',
    CONTRACTOR: 'A contractor for single projects.',
    CONSULTANT: 'A consultant who gives advice.',
  },
  'a vendor type',
);
export type VendorType = keyof typeof VendorType;

export const VendorStatus = declareEnum(
  'VendorStatus',
  'Whether the organization buys from a vendor.',
  {
    ACTIVE: 'The organization buys from the vendor.',
    INACTIVE: 'The organization no longer buys from the vendor.',
    PENDING: 'The vendor is not approved yet.',
    BLACKLISTED: 'The organization must not buy from the vendor.',
  },
  'a vendor status',
);
export type VendorStatus = keyof typeof VendorStatus;

@Record({
  table: 'vendors',
  plural: 'vendors',
  numbers: 'VEN',
  description: 'A company or person that sells to the organization.',
  resource: 'vendor',
  search: 'function',
  searched: ['name', 'company', 'e-mail address', 'contact person'],
  keys: { code: ['code'], user: ['userId'] },
  indexes: { status: ['status'], type: ['vendorType'], assigned: ['assignedToId'] },
  policies: tenantPolicies,
})
export class Vendor extends ExternalRecord {
  @Code('VEN-0001')
  code!: string;

  @Name({
    description: 'Name shown for the vendor.',
    max: 255,
    clearable: true,
    create: 'Name to show, 1–255 characters; default: the company. One of the two must be given.',
    update: 'Name to show, 1–255 characters; null sets it to the company.',
    filter: true,
    order: true,
    search: true,
  })
  name!: string;

  @Name({
    description: 'Name of the company.',
    max: 255,
    clearable: true,
    create: 'Name of the company, at least 2 characters; default: `name`.',
    update: 'Name of the company, at least 2 characters; null sets it to `name`.',
    by: 'company',
    filter: true,
    search: true,
  })
  companyName!: string;

  @Choice(VendorType, {
    description: 'Type of vendor, e.g. SUPPLIER.',
    input: true,
    default: 'SUPPLIER',
    by: 'kind',
    filter: true,
    order: true,
  })
  vendorType: VendorType = 'SUPPLIER';

  @Name({
    description: 'Name of the contact person.',
    max: 255,
    nullable: true,
    input: true,
    filter: true,
    search: true,
  })
  contactPerson: string | null = null;

  @Email({
    description: 'E-mail address, in lower case.',
    required: true,
    input: 'E-mail address, stored in lower case.',
    by: 'e-mail address',
    filter: true,
    search: true,
  })
  email!: string;

  @Phone({ description: 'Phone number as entered.' })
  phone: string | null = null;

  @Street()
  street: string | null = null;

  @City({ filter: true, group: true })
  city: string | null = null;

  @State()
  state: string | null = null;

  @PostalCode()
  postalCode: string | null = null;

  @Country({ filter: true, group: true })
  country: string | null = null;

  @Website()
  website: string | null = null;

  @Industry()
  industry: string | null = null;

  @TaxId()
  taxId: string | null = null;

  @Rating({ measure: 'number' })
  rating: string | null = null;

  @AssignedTo()
  assignedTo?: Employee | null;
  assignedToId: string | null = null;

  @PaymentTerms()
  paymentTerms: string | null = null;

  @CreditLimit({ measure: 'money' })
  creditLimit: string | null = null;

  @Labels('the vendor')
  tags: string[] = [];

  @Text({ description: 'Free text about the vendor, at most 10,000 characters.', nullable: true, input: true })
  description: string | null = null;

  @Choice(VendorStatus, {
    description: 'Whether the organization buys from the vendor.',
    input: true,
    default: 'ACTIVE',
    filter: true,
    order: true,
  })
  status: VendorStatus = 'ACTIVE';

  @Reference(() => User, {
    description: "The vendor's own user account; null without one.",
    tenant: false,
    input: "Id of the vendor's own user account: an active member, and no other vendor's account.",
  })
  user?: User | null;
  userId: string | null = null;

  activate(): void {
    this.status = 'ACTIVE';
  }

  deactivate(): void {
    this.status = 'INACTIVE';
  }

  /** Sets name and company. A missing one takes the value of the other; at least one must be given. */
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
creditLimitMoney(Vendor);
later.vendor.is(Vendor);
