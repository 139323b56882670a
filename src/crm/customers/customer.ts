import { Index, Unique } from '@mikro-orm/decorators/legacy';
import { sql } from '../../platform/database/sql.js';
import {
  Choice,
  Computed,
  Decimal,
  Email,
  Instant,
  Name,
  Phone,
  Reference,
  Tags,
  Text,
  Url,
} from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { ExternalRecord } from '../../platform/records/tenant-record.js';
import { nameFrom } from '../../platform/records/text.js';
import { declareEnum } from '../../platform/schema/enums.js';
import { assignable } from '../employees/assignable.js';
import { Employee } from '../employees/employee.js';
import { later } from '../later.js';
import { tenantPolicies } from '../policies.js';
import { User } from '../users/user.js';

export const CustomerType = declareEnum(
  'CustomerType',
  'Kind of customer.',
  { INDIVIDUAL: 'A person.', BUSINESS: 'A company.' },
  'a customer type',
);
export type CustomerType = keyof typeof CustomerType;

export const CustomerStatus = declareEnum(
  'CustomerStatus',
  'Status of a customer.',
  {
    ACTIVE: 'Does business with us.',
    INACTIVE: 'No longer does business with us.',
    PROSPECT: 'Does not buy yet.',
    VIP: 'Important customer.',
  },
  'a customer status',
);
export type CustomerStatus = keyof typeof CustomerStatus;

@Unique({ name: 'customers_external_key', properties: ['organizationId', 'externalId'] })
@Unique({ name: 'customers_code_key', properties: ['organizationId', 'code'] })
@Unique({ name: 'customers_email_key', properties: ['organizationId', 'email'] })
@Unique({ name: 'customers_user_key', properties: ['organizationId', 'userId'] })
@Index({ name: 'customers_status_index', properties: ['organizationId', 'status', 'createdAt', 'id'] })
@Index({ name: 'customers_type_index', properties: ['organizationId', 'customerType'] })
@Index({ name: 'customers_assigned_index', properties: ['organizationId', 'assignedToId'] })
@Index({ name: 'customers_converted_from_index', properties: ['organizationId', 'convertedFromLeadId'] })
@Index({ name: 'customers_created_index', properties: ['organizationId', 'createdAt', 'id'] })
@Index({
  name: 'customers_search_index',
  expression: 'create index customers_search_index on customers using gin (organization_id, search_text gin_trgm_ops)',
})
@Index({ name: 'customers_name_index', properties: ['organizationId', 'nameSort', 'id'] })
@Record({
  table: 'customers',
  plural: 'customers',
  numbers: 'CUST',
  description: 'A person or company that buys.',
  resource: 'customer',
  search: 'function',
  policies: tenantPolicies,
})
export class Customer extends ExternalRecord {
  @Text({
    description: 'Number, e.g. `CUST-0001`, unique in the organization.',
    by: 'number',
    filter: true,
    search: true,
  })
  code!: string;

  @Name({
    description: 'Display name.',
    max: 255,
    create: "Display name; default: company (BUSINESS), else person's name, else local part of the e-mail address.",
    update: 'Display name.',
    by: 'name',
    filter: true,
    order: true,
    search: true,
  })
  name!: string;
  nameSort?: string;

  @Name({ description: 'Given name of a person.', max: 100, nullable: true, input: true })
  firstName: string | null = null;

  @Name({ description: 'Family name of a person.', max: 100, nullable: true, input: true })
  lastName: string | null = null;

  @Computed(
    'text',
    { description: 'First and last name when both are set, else the name.' },
    ({ table }) => sql`coalesce(${table}.first_name || ' ' || ${table}.last_name, ${table}.name)`,
  )
  fullName!: string;

  @Choice(CustomerType, {
    description: 'Person or company.',
    input: true,
    default: 'INDIVIDUAL',
    by: 'kind',
    filter: true,
    order: true,
  })
  customerType: CustomerType = 'INDIVIDUAL';

  @Name({
    description: 'Company.',
    min: 2,
    max: 255,
    nullable: true,
    input: 'Company, at least 2 characters; default the name of a BUSINESS.',
    update: 'Company, at least 2 characters.',
    by: 'company',
    filter: true,
    order: true,
    search: true,
  })
  companyName: string | null = null;

  @Name({ description: 'Contact person.', max: 255, nullable: true, input: true })
  contactPerson: string | null = null;

  @Email({
    description: 'E-mail address, lower-case, unique in the organization.',
    required: true,
    input: 'E-mail address; CONFLICT `DUPLICATE_EMAIL` when in use in the organization.',
    by: 'e-mail address',
    filter: true,
    order: true,
    search: true,
  })
  email!: string;

  @Phone({ description: 'Phone number.', by: 'phone number', filter: true })
  phone: string | null = null;

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
    measure: 'number',
  })
  rating: string | null = null;

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
    order: true,
  })
  city: string | null = null;

  @Text({
    description: 'State or province.',
    max: 100,
    nullable: true,
    input: 'State or province, at most 100 characters.',
    by: 'state or province',
    filter: true,
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

  @Choice(CustomerStatus, {
    description: 'Status.',
    input: true,
    default: 'ACTIVE',
    by: 'status',
    filter: true,
    order: true,
  })
  status: CustomerStatus = 'ACTIVE';

  @Reference(() => Employee, {
    description: 'Responsible employee.',
    input: 'Responsible employee; must be ACTIVE.',
    by: 'responsible employee',
    filter: true,
  })
  assignedTo?: Employee | null;
  assignedToId: string | null = null;

  @Decimal({
    description: "Credit limit in the organization's currency.",
    precision: 15,
    nullable: true,
    input: true,
    by: 'credit limit',
    filter: true,
    measure: 'money',
  })
  creditLimit: string | null = null;

  @Text({ description: 'Payment terms.', max: 100, nullable: true, input: true })
  paymentTerms: string | null = null;

  @Text({
    description: 'Where the customer came from, free text.',
    max: 100,
    nullable: true,
    input: true,
    by: 'origin',
    filter: true,
  })
  source: string | null = null;

  @Tags({ description: 'Tags.', input: 'Tags, at most 20.', by: 'tags', filter: true })
  tags: string[] = [];

  @Text({ description: 'Free text about the customer.', nullable: true, input: true })
  description: string | null = null;

  @Reference(() => User, {
    description: "The customer's own account, if any.",
    tenant: false,
    input: "The customer's own account; an active member, one customer per user.",
  })
  user?: User | null;
  userId: string | null = null;

  @Reference(() => later.lead.type, {
    description: 'The lead it was created from.',
    by: 'originating lead',
    filter: true,
  })
  convertedFromLead?: object | null;
  convertedFromLeadId: string | null = null;

  @Instant({
    description: 'When the lead that it was created from was converted.',
    nullable: true,
    by: 'conversion time',
    filter: true,
  })
  convertedAt: Date | null = null;

  /** Fills in what a creation may leave out: names from each other, in the end from the e-mail address. */
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
