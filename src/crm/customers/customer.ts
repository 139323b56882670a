import { sql } from '../../platform/database/sql.js';
import { Choice, Computed, Email, Instant, Name, Phone, Reference, Text } from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { ExternalRecord } from '../../platform/records/tenant-record.js';
import { nameFrom } from '../../platform/records/text.js';
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
  Origin,
  PaymentTerms,
  PostalCode,
  Rating,
  State,
  Street,
  TaxId,
  Website,
} from '../properties.js';
import { User } from '../users/user.js';
import { CustomerStatus, CustomerType } from './customer.enums.js';

@Record({
  table: 'customers',
  plural: 'customers',
  numbers: 'CUST',
  description: 'A person or company that buys from the organization, or may do so.',
  resource: 'customer',
  search: 'function',
  searched: ['name', 'e-mail address', 'company'],
  keys: { code: ['code'], email: ['email'], user: ['userId'] },
  indexes: {
    status: ['status', 'createdAt', 'id'],
    type: ['customerType'],
    assigned: ['assignedToId'],
    converted_from: ['convertedFromLeadId'],
    name: ['nameSort', 'id'],
  },
  policies: tenantPolicies,
})
export class Customer extends ExternalRecord {
  @Code('CUST-0001')
  code!: string;

  @Name({
    description: 'Name shown for the customer.',
    max: 255,
    create:
      'Name to show; default: the company of a BUSINESS, else first and last name, else the e-mail address before `@`.',
    update: 'Name to show, 1–255 characters.',
    filter: true,
    order: true,
    search: true,
  })
  name!: string;
  nameSort?: string;

  @Name({ description: 'First name of a person, at most 100 characters.', max: 100, nullable: true, input: true })
  firstName: string | null = null;

  @Name({ description: 'Last name of a person, at most 100 characters.', max: 100, nullable: true, input: true })
  lastName: string | null = null;

  @Computed(
    'text',
    { description: 'First and last name when both are set, else the name.' },
    ({ table }) => sql`coalesce(${table}.first_name || ' ' || ${table}.last_name, ${table}.name)`,
  )
  readonly fullName!: string;

  @Choice(CustomerType, {
    description: 'Whether the customer is a person or a company.',
    input: true,
    default: 'INDIVIDUAL',
    by: 'kind',
    filter: true,
    order: true,
  })
  customerType: CustomerType = 'INDIVIDUAL';

  @Name({
    description: 'Name of the company.',
    min: 2,
    max: 255,
    nullable: true,
    input: 'Name of the company, at least 2 characters; default: the name of a BUSINESS.',
    update: 'Name of the company, at least 2 characters.',
    by: 'company',
    filter: true,
    order: true,
    search: true,
  })
  companyName: string | null = null;

  @Name({ description: 'Name of the contact person.', max: 255, nullable: true, input: true })
  contactPerson: string | null = null;

  @Email({
    description: 'E-mail address, lower-case, unique in the organization.',
    required: true,
    input: 'E-mail address; CONFLICT `DUPLICATE_EMAIL` if another customer of the organization has it.',
    by: 'e-mail address',
    filter: true,
    order: true,
    search: true,
  })
  email!: string;

  @Phone({ description: 'Phone number as entered.', by: 'phone number', filter: true })
  phone: string | null = null;

  @Website()
  website: string | null = null;

  @Industry()
  industry: string | null = null;

  @TaxId()
  taxId: string | null = null;

  @Rating({ measure: 'number' })
  rating: string | null = null;

  @Street()
  street: string | null = null;

  @City({ filter: true, order: true, group: true })
  city: string | null = null;

  @State({ filter: true })
  state: string | null = null;

  @PostalCode()
  postalCode: string | null = null;

  @Country({ filter: true, group: true })
  country: string | null = null;

  @Choice(CustomerStatus, {
    description: 'State of the relationship, e.g. ACTIVE or PROSPECT.',
    input: true,
    default: 'ACTIVE',
    filter: true,
    order: true,
  })
  status: CustomerStatus = 'ACTIVE';

  @AssignedTo()
  assignedTo?: Employee | null;
  assignedToId: string | null = null;

  @CreditLimit({ filter: true, measure: 'money' })
  creditLimit: string | null = null;

  @PaymentTerms()
  paymentTerms: string | null = null;

  @Origin('Origin of the customer, free text.')
  source: string | null = null;

  @Labels('the customer', { group: true })
  tags: string[] = [];

  @Text({ description: 'Free text about the customer, at most 10,000 characters.', nullable: true, input: true })
  description: string | null = null;

  @Reference(() => User, {
    description: "The customer's own user account; null without one.",
    tenant: false,
    input: "Id of the customer's own user account: an active member, and no other customer's account.",
  })
  user?: User | null;
  userId: string | null = null;

  @Reference(() => later.lead.type, {
    description: 'The lead that was converted into the customer; null without one.',
    by: 'originating lead',
    filter: true,
  })
  convertedFromLead?: object | null;
  convertedFromLeadId: string | null = null;

  @Instant({
    description: 'When the customer was created from a lead; null without one.',
    nullable: true,
    by: 'conversion time',
    filter: true,
  })
  convertedAt: Date | null = null;

  activate(): void {
    this.status = 'ACTIVE';
  }

  deactivate(): void {
    this.status = 'INACTIVE';
  }

  /** Records the lead that became this customer. An existing customer keeps its first lead and is active again. */
  welcome(leadId: string, at: Date): void {
    this.convertedFromLeadId ??= leadId;
    this.convertedAt ??= at;
    if (this.status === 'INACTIVE') this.activate();
  }

  /** Completes omitted names from the given ones, or from the e-mail address if there are none. */
  completeNames(): void {
    const person = [this.firstName, this.lastName].filter(Boolean).join(' ');
    const given = this.customerType === 'BUSINESS' ? this.companyName : null;
    this.name ??= (given ?? person) || this.email.split('@')[0]!;
    if (this.customerType === 'BUSINESS') this.companyName ??= [...this.name].length > 1 ? this.name : null;
    else if (!person) this.splitName();
  }

  private splitName(): void {
    const [first, ...rest] = this.name.split(' ');
    this.firstName = nameFrom(first!, 100) || null;
    this.lastName = nameFrom(rest.join(' '), 100) || null;
  }
}

assignable(Customer);
later.customer.is(Customer);
