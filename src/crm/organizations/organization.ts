import type { Viewer } from '../../platform/auth/viewer.js';
import { sql } from '../../platform/database/sql.js';
import {
  Computed,
  Currency,
  Email,
  Flag,
  Json,
  Name,
  Phone,
  Text,
  TimeZoneName,
} from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { activeOrganization, activeUser, tenant, VersionedRecord } from '../../platform/records/tenant-record.js';
import { definerPolicy } from '../policies.js';
import { City, Country, Industry, PostalCode, State, Street, Website } from '../properties.js';

const visible = `((id = ${activeOrganization}) OR (EXISTS ( SELECT 1
   FROM memberships m
  WHERE ((m.organization_id = organizations.id) AND (m.user_id = ${activeUser}) AND m.is_active))))`;

const numbers =
  'Numbers beyond ±(2^53 − 1) are refused, in the document also those with more digits than a double keeps; in ' +
  'variables these are rounded before anybody sees them. Send such numbers as texts.';

/** Additional property of an organization in a response. */
export interface SeenOrganization {
  /** The caller as a member of an organization that was just founded and is not the active one. */
  seenBy?: Viewer;
}

@Record({
  table: 'organizations',
  plural: 'organizations',
  description: 'A company that uses the CRM. Every record belongs to exactly one organization and is seen only there.',
  tenant: false,
  search: 'columns',
  searched: ['name', 'slug'],
  referenceView: { name: 'known_organizations' },
  keys: { slug: ['slug'] },
  policies: [
    { name: 'active', using: `(id = ${activeOrganization})`, check: `(id = ${activeOrganization})` },
    { name: 'members', command: 'select', using: visible },
    definerPolicy,
  ],
})
export class Organization extends VersionedRecord {
  @Name({
    description: 'Name of the organization.',
    max: 255,
    required: true,
    create: 'Name of the organization, 1–255 characters.',
    update: 'Name of the organization, 1–255 characters; the slug does not change.',
    filter: true,
    order: true,
    search: true,
  })
  name!: string;

  @Text({
    description: 'Unique short name, made from the name at creation; never changes.',
    max: 255,
    filter: true,
    search: true,
  })
  slug!: string;

  @Text({ description: 'Free text about the organization, at most 10,000 characters.', nullable: true, input: true })
  description: string | null = null;

  @Industry()
  industry: string | null = null;

  @Website()
  website: string | null = null;

  @Phone({ description: 'Phone number as entered.' })
  phone: string | null = null;

  @Email({ description: 'E-mail address for contacts.', nullable: true, input: true })
  email: string | null = null;

  @Street()
  street: string | null = null;

  @City()
  city: string | null = null;

  @State()
  state: string | null = null;

  @PostalCode()
  postalCode: string | null = null;

  @Country()
  country: string | null = null;

  @Currency({
    description: 'ISO 4217 code of the currency in which figures are reported.',
    input: true,
    update: 'ISO 4217 code of the currency in which figures are reported; a change converts nothing.',
    default: 'USD',
  })
  currency = 'USD';

  @TimeZoneName({
    renamed: 'timeZone',
    description: 'Time zone that decides on which day something happens, also in reports.',
    input: true,
    default: 'UTC',
  })
  timezone = 'UTC';

  @Json({
    description: 'Free settings object, shown in the active organization only; otherwise null with FORBIDDEN.',
    guarded: true,
    create: `Free settings object for clients, at most 16 KB; empty by default. ${numbers}`,
    update: `Replaces the settings object, at most 16 KB. ${numbers}`,
  })
  settings: object = {};

  @Flag({ description: 'Whether the organization exists; false once it is deleted.' })
  isActive = true;

  @Computed(
    'int',
    { description: 'Number of active members of the organization.' },
    ({ table }) => sql`member_count(${table}.id)`,
  )
  readonly memberCount!: number;

  close(): void {
    this.isActive = false;
  }
}

tenant.is(Organization);
