import { Check, Index, Unique } from '@mikro-orm/decorators/legacy';
import { Conflict } from '../../platform/errors.js';
import {
  Choice,
  Decimal,
  Email,
  Flag,
  Instant,
  Int,
  Name,
  Phone,
  Reference,
  Tags,
  Text,
} from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { ExternalRecord } from '../../platform/records/tenant-record.js';
import { declareEnum } from '../../platform/schema/enums.js';
import { Customer } from '../customers/customer.js';
import { assignable } from '../employees/assignable.js';
import { Employee } from '../employees/employee.js';
import { later } from '../later.js';
import { tenantPolicies } from '../policies.js';

export const LeadStatus = declareEnum(
  'LeadStatus',
  'Whether a lead is being worked on.',
  { ACTIVE: 'In work.', INACTIVE: 'Set aside.' },
  'a lead status',
);
export type LeadStatus = keyof typeof LeadStatus;

export const LeadSource = declareEnum(
  'LeadSource',
  'Where a lead came from.',
  {
    WEBSITE: 'Web site.',
    REFERRAL: 'Recommendation.',
    SOCIAL_MEDIA: 'Social media.',
    EMAIL_CAMPAIGN: 'E-mail campaign.',
    COLD_CALL: 'Cold call.',
    EVENT: 'Event.',
    PARTNER: 'Partner.',
    OTHER: 'Anything else.',
  },
  'a lead source',
);
export type LeadSource = keyof typeof LeadSource;

export const QualificationStatus = declareEnum(
  'QualificationStatus',
  'How far a lead is qualified.',
  {
    NEW: 'Not contacted yet.',
    CONTACTED: 'Contacted.',
    QUALIFIED: 'Worth pursuing.',
    UNQUALIFIED: 'Not worth pursuing.',
    CONVERTED: 'Became a customer; set by `convertLead` only.',
    LOST: 'Went elsewhere.',
  },
  'a qualification status',
);
export type QualificationStatus = keyof typeof QualificationStatus;

@Unique({ name: 'leads_external_key', properties: ['organizationId', 'externalId'] })
@Unique({ name: 'leads_code_key', properties: ['organizationId', 'code'] })
@Unique({ name: 'leads_email_key', properties: ['organizationId', 'email'], where: 'not is_converted' })
@Index({ name: 'leads_status_index', properties: ['organizationId', 'status'] })
@Index({ name: 'leads_qualification_index', properties: ['organizationId', 'qualificationStatus', 'createdAt', 'id'] })
@Index({ name: 'leads_source_index', properties: ['organizationId', 'source'] })
@Index({ name: 'leads_assigned_index', properties: ['organizationId', 'assignedToId'] })
@Index({ name: 'leads_converted_customer_index', properties: ['organizationId', 'convertedCustomerId'] })
@Index({ name: 'leads_converted_index', properties: ['organizationId', 'isConverted'] })
@Index({ name: 'leads_created_index', properties: ['organizationId', 'createdAt', 'id'] })
@Index({
  name: 'leads_search_index',
  expression: 'create index leads_search_index on leads using gin (organization_id, search_text gin_trgm_ops)',
})
@Check({
  name: 'leads_converted_check',
  expression: `((is_converted = (qualification_status = 'CONVERTED'::text)) AND (is_converted = (converted_at IS NOT NULL)))`,
})
@Record({
  table: 'leads',
  plural: 'leads',
  numbers: 'LEAD',
  description: 'A possible customer that is not one yet.',
  resource: 'lead',
  search: 'function',
  policies: tenantPolicies,
})
export class Lead extends ExternalRecord {
  @Text({
    description: 'Number, e.g. `LEAD-0001`, unique in the organization.',
    by: 'number',
    filter: true,
    search: true,
  })
  code!: string;

  @Name({
    description: 'Name of the contact.',
    max: 255,
    required: true,
    create: 'Name of the contact, 1–255 characters.',
    update: 'Name of the contact.',
    by: 'name',
    filter: true,
    order: true,
    search: true,
  })
  name!: string;

  @Name({
    description: 'Company.',
    min: 2,
    max: 255,
    nullable: true,
    input: 'Company, at least 2 characters.',
    by: 'company',
    filter: true,
    order: true,
    search: true,
  })
  companyName: string | null = null;

  @Name({
    description: 'Job title of the contact.',
    max: 100,
    nullable: true,
    input: true,
    by: 'job title',
    filter: true,
  })
  jobTitle: string | null = null;

  @Email({
    description: 'E-mail address, lower-case, unique among unconverted leads of the organization.',
    required: true,
    input: 'E-mail address; CONFLICT `DUPLICATE_EMAIL` when another unconverted lead has it.',
    by: 'e-mail address',
    filter: true,
    search: true,
  })
  email!: string;

  @Phone({ description: 'Phone number.', by: 'phone number', filter: true })
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

  @Choice(LeadStatus, {
    description: 'Whether it is being worked on.',
    input: true,
    default: 'ACTIVE',
    by: 'status',
    filter: true,
    order: true,
  })
  status: LeadStatus = 'ACTIVE';

  @Choice(LeadSource, {
    description: 'Where it came from.',
    input: true,
    default: 'WEBSITE',
    by: 'origin',
    filter: true,
    order: true,
  })
  source: LeadSource = 'WEBSITE';

  @Choice(QualificationStatus, {
    description: 'How far it is qualified.',
    create: 'Qualification; not CONVERTED.',
    update: 'Qualification; CONVERTED only through `convertLead`.',
    default: 'NEW',
    by: 'qualification',
    filter: true,
    order: true,
  })
  qualificationStatus: QualificationStatus = 'NEW';

  @Int({
    description: 'Score, 0–100.',
    min: 0,
    max: 100,
    input: true,
    default: 0,
    by: 'score',
    filter: true,
    order: true,
    measure: 'number',
  })
  leadScore = 0;

  @Decimal({
    description: "Expected value in the organization's currency.",
    precision: 12,
    nullable: true,
    input: true,
    by: 'expected value',
    filter: true,
    order: true,
    measure: 'money',
  })
  estimatedValue: string | null = null;

  @Reference(() => Employee, {
    description: 'Responsible employee.',
    input: 'Responsible employee; must be ACTIVE.',
    by: 'responsible employee',
    filter: true,
  })
  assignedTo?: Employee | null;
  assignedToId: string | null = null;

  @Flag({ description: 'Whether it became a customer.', by: 'whether it became a customer', filter: true })
  isConverted = false;

  @Instant({ description: 'When it was converted.', nullable: true, by: 'conversion time', filter: true })
  convertedAt: Date | null = null;

  @Reference(() => Employee, { description: 'Employee record of the user who converted it.' })
  convertedBy?: Employee | null;
  convertedById: string | null = null;

  @Reference(() => Customer, {
    description: 'The customer it became or was linked to.',
    by: 'resulting customer',
    filter: true,
  })
  convertedCustomer?: Customer | null;
  convertedCustomerId: string | null = null;

  @Tags({ description: 'Tags.', input: 'Tags, at most 20.', by: 'tags', filter: true })
  tags: string[] = [];

  @Text({ description: 'Free text about the lead.', nullable: true, input: true })
  description: string | null = null;

  @Text({
    description: 'Marketing campaign.',
    max: 255,
    nullable: true,
    input: true,
    by: 'marketing campaign',
    filter: true,
  })
  campaign: string | null = null;

  @Text({ description: 'Who or what referred it.', max: 255, nullable: true, input: true })
  referrer: string | null = null;

  convert(customerId: string, convertedById: string | null, at: Date): void {
    this.isConverted = true;
    this.qualificationStatus = 'CONVERTED';
    this.convertedAt = at;
    this.convertedById = convertedById;
    this.convertedCustomerId = customerId;
  }
}

assignable(Lead);
later.lead.is(Lead);

/** A converted lead is a record of the past: verbs are refused. */
export const alreadyConverted = ({ convertedCustomerId }: Lead) =>
  new Conflict('LEAD_ALREADY_CONVERTED', 'This lead is a customer already; change the customer instead', {
    existingId: convertedCustomerId,
  });
