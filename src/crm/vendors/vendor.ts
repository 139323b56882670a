import { Choice, Email, Name, Phone, Reference, Text } from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { ExternalRecord } from '../../platform/records/tenant-record.js';
import { declareEnum } from '../../platform/schema/enums.js';
import { assignable } from '../employees/assignable.js';
import { AssignedTo } from '../employees/assigned-to.js';
import type { Employee } from '../employees/employee.js';
import { tenantPolicies } from '../policies.js';
import {
  City,
  Code,
  Country,
  CreditLimit,
  Industry,
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
    description: 'Display name.',
    max: 255,
    clearable: true,
    create: 'Display name; defaults to the company. One of the two is required.',
    update: 'Display name; null takes the company.',
    filter: true,
    order: true,
    search: true,
  })
  name!: string;

  @Name({
    description: 'Company.',
    max: 255,
    clearable: true,
    create: 'Company, at least 2 characters; defaults to the name.',
    update: 'Company, at least 2 characters; null takes the name.',
    by: 'company',
    filter: true,
    search: true,
  })
  companyName!: string;

  @Choice(VendorType, { description: 'Kind.', input: true, default: 'SUPPLIER', by: 'kind', filter: true, order: true })
  vendorType: VendorType = 'SUPPLIER';

  @Name({ description: 'Contact person.', max: 255, nullable: true, input: true, filter: true, search: true })
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

  @Text({ description: 'Free text about the vendor.', nullable: true, input: true })
  description: string | null = null;

  @Choice(VendorStatus, { description: 'Status.', input: true, default: 'ACTIVE', filter: true, order: true })
  status: VendorStatus = 'ACTIVE';

  @Reference(() => User, {
    description: "The vendor's own account, if any.",
    tenant: false,
    input: "The vendor's own account; an active member, one vendor per user.",
  })
  user?: User | null;
  userId: string | null = null;

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
