import { Email, Name, Phone } from '../../platform/records/decorators.js';
import { ExternalRecord } from '../../platform/records/tenant-record.js';
import { City, Code, Country, PostalCode, State, Street } from '../properties.js';

/** The person and the company behind a lead, and how to reach them. */
export abstract class LeadContact extends ExternalRecord {
  @Code('LEAD-0001')
  code!: string;

  @Name({
    description: 'Name of the contact person.',
    max: 255,
    required: true,
    input: 'Name of the contact person, 1–255 characters.',
    filter: true,
    order: true,
    search: true,
  })
  name!: string;

  @Name({
    description: 'Name of the company.',
    min: 2,
    max: 255,
    nullable: true,
    input: 'Name of the company, at least 2 characters.',
    by: 'company',
    filter: true,
    order: true,
    search: true,
  })
  companyName: string | null = null;

  @Name({
    description: 'Job title of the contact person, at most 100 characters.',
    max: 100,
    nullable: true,
    input: true,
    filter: true,
  })
  jobTitle: string | null = null;

  @Email({
    description: 'E-mail address, lower-case, unique among unconverted leads of the organization.',
    required: true,
    input: 'E-mail address; CONFLICT `DUPLICATE_EMAIL` if another unconverted lead of the organization has it.',
    by: 'e-mail address',
    filter: true,
    search: true,
  })
  email!: string;

  @Phone({ description: 'Phone number as entered.', by: 'phone number', filter: true })
  phone: string | null = null;

  @Street()
  street: string | null = null;

  @City({ filter: true })
  city: string | null = null;

  @State({ filter: true })
  state: string | null = null;

  @PostalCode()
  postalCode: string | null = null;

  @Country({ filter: true, group: true })
  country: string | null = null;
}
