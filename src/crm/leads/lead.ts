import { Conflict, type Refusal, refuse } from '../../platform/errors.js';
import { Choice, Decimal, Flag, Instant, Int, Reference, Text } from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { Customer } from '../customers/customer.js';
import { assignable } from '../employees/assignable.js';
import { AssignedTo } from '../employees/assigned-to.js';
import { Employee } from '../employees/employee.js';
import { later } from '../later.js';
import { tenantPolicies } from '../policies.js';
import { Labels } from '../properties.js';
import { LeadSource, LeadStatus, QualificationStatus } from './lead.enums.js';
import { LeadContact } from './lead-contact.js';

@Record({
  table: 'leads',
  plural: 'leads',
  numbers: 'LEAD',
  description: 'A possible customer that has not been won yet; `convertLead` turns it into a customer.',
  resource: 'lead',
  search: 'function',
  searched: ['name', 'e-mail address', 'company'],
  keys: { code: ['code'], email: { over: ['email'], where: 'not is_converted' } },
  indexes: {
    status: ['status'],
    qualification: ['qualificationStatus', 'createdAt', 'id'],
    source: ['source'],
    assigned: ['assignedToId'],
    converted_customer: ['convertedCustomerId'],
    converted: ['isConverted'],
  },
  checks: {
    converted:
      "((is_converted = (qualification_status = 'CONVERTED'::text)) " +
      'AND (is_converted = (converted_at IS NOT NULL)))',
  },
  policies: tenantPolicies,
})
export class Lead extends LeadContact {
  @Choice(LeadStatus, {
    description: 'Whether the lead is being worked on or set aside.',
    input: true,
    default: 'ACTIVE',
    filter: true,
    order: true,
  })
  status: LeadStatus = 'ACTIVE';

  @Choice(LeadSource, {
    description: 'Origin of the lead, e.g. WEBSITE.',
    input: true,
    default: 'WEBSITE',
    by: 'origin',
    filter: true,
    order: true,
  })
  source: LeadSource = 'WEBSITE';

  @Choice(QualificationStatus, {
    description: 'How far the lead has been qualified.',
    create: 'How far the lead has been qualified; anything but CONVERTED, default NEW.',
    update: 'How far the lead has been qualified; CONVERTED is set by `convertLead` only.',
    default: 'NEW',
    by: 'qualification',
    filter: true,
    order: true,
  })
  qualificationStatus: QualificationStatus = 'NEW';

  @Int({
    description: 'Score of the lead, 0 (cold) to 100 (hot).',
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
    description: "Expected value of a sale, in the organization's currency.",
    precision: 12,
    nullable: true,
    input: true,
    by: 'expected value',
    filter: true,
    order: true,
    measure: 'money',
  })
  estimatedValue: string | null = null;

  @AssignedTo()
  assignedTo?: Employee | null;
  assignedToId: string | null = null;

  @Flag({
    description: 'Whether the lead has become a customer.',
    by: 'whether the lead has become a customer',
    filter: true,
  })
  isConverted = false;

  @Instant({
    description: 'When the lead was converted; null before.',
    nullable: true,
    by: 'conversion time',
    filter: true,
  })
  convertedAt: Date | null = null;

  @Reference(() => Employee, {
    description: 'Employee who converted the lead; null before, or if the user has no employee record.',
  })
  convertedBy?: Employee | null;
  convertedById: string | null = null;

  @Reference(() => Customer, {
    description: 'The customer that the lead became or was linked to; null before the conversion.',
    by: 'resulting customer',
    filter: true,
  })
  convertedCustomer?: Customer | null;
  convertedCustomerId: string | null = null;

  @Labels('the lead', { group: true })
  tags: string[] = [];

  @Text({ description: 'Free text about the lead, at most 10,000 characters.', nullable: true, input: true })
  description: string | null = null;

  @Text({
    description: 'Marketing campaign that brought the lead.',
    max: 255,
    nullable: true,
    input: true,
    by: 'marketing campaign',
    filter: true,
    group: true,
  })
  campaign: string | null = null;

  @Text({ description: 'Person or company that referred the lead.', max: 255, nullable: true, input: true })
  referrer: string | null = null;

  qualify(): void {
    this.demandUnconverted();
    this.qualificationStatus = 'QUALIFIED';
  }

  disqualify(): void {
    this.demandUnconverted();
    this.qualificationStatus = 'UNQUALIFIED';
  }

  rescore(score: number): void {
    this.demandUnconverted();
    this.leadScore = score;
  }

  convert(customerId: string, convertedById: string | null, at: Date): void {
    this.isConverted = true;
    this.qualificationStatus = 'CONVERTED';
    this.convertedAt = at;
    this.convertedById = convertedById;
    this.convertedCustomerId = customerId;
  }

  /** LEAD_ALREADY_CONVERTED if the lead has become a customer. */
  conversionRefused(): Refusal {
    if (!this.isConverted) return null;
    const message = 'This lead is already a customer; change the customer instead';
    return new Conflict('LEAD_ALREADY_CONVERTED', message, { existingId: this.convertedCustomerId });
  }

  private demandUnconverted(): void {
    refuse([this.conversionRefused()]);
  }
}

assignable(Lead);
later.lead.is(Lead);
