import { Unique } from '@mikro-orm/decorators/legacy';
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
  Url,
} from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { activeOrganization, activeUser, tenant, VersionedRecord } from '../../platform/records/tenant-record.js';
import { definerPolicy } from '../policies.js';

const visible = `((id = ${activeOrganization}) OR (EXISTS ( SELECT 1
   FROM memberships m
  WHERE ((m.organization_id = organizations.id) AND (m.user_id = ${activeUser}) AND m.is_active))))`;

const numbers =
  'Numbers beyond ±(2^53 − 1) are refused, in the document also those with more digits than a double keeps; in variables these are rounded before anybody sees them. Send such numbers as texts.';

/** An organization as an answer has it. */
export interface SeenOrganization {
  /** Whoever sees it as its member, where that is not the active organization: it was just founded. */
  seenBy?: Viewer;
}

@Unique({ name: 'organizations_slug_key', properties: ['slug'] })
@Record({
  table: 'organizations',
  plural: 'organizations',
  description: 'A tenant: every business record belongs to exactly one organization.',
  tenant: false,
  search: 'columns',
  referenceView: { name: 'known_organizations' },
  policies: [
    { name: 'active', using: `(id = ${activeOrganization})`, check: `(id = ${activeOrganization})` },
    { name: 'members', command: 'select', using: visible },
    definerPolicy,
  ],
})
export class Organization extends VersionedRecord {
  @Name({
    description: 'Display name.',
    max: 255,
    required: true,
    create: 'Display name, 1–255 characters.',
    update: 'Display name; the slug stays.',
    by: 'name',
    filter: true,
    order: true,
    search: true,
  })
  name!: string;

  @Text({
    description: 'Unique short name made from the name, read-only.',
    max: 255,
    by: 'slug',
    filter: true,
    search: true,
  })
  slug!: string;

  @Text({ description: 'Free text.', nullable: true, input: true })
  description: string | null = null;

  @Text({
    description: 'Line of business.',
    max: 100,
    nullable: true,
    input: true,
    by: 'line of business',
    filter: true,
  })
  industry: string | null = null;

  @Url({ description: 'URL of the web site.', nullable: true, input: true })
  website: string | null = null;

  @Phone({ description: 'Phone number.' })
  phone: string | null = null;

  @Email({ description: 'Contact address.', nullable: true, input: true })
  email: string | null = null;

  @Text({
    description: 'Street and number.',
    max: 255,
    nullable: true,
    input: 'Street and number, at most 255 characters.',
  })
  street: string | null = null;

  @Text({ description: 'City.', max: 100, nullable: true, input: 'City, at most 100 characters.' })
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

  @Text({ description: 'Country.', max: 100, nullable: true, input: 'Country, at most 100 characters.' })
  country: string | null = null;

  @Currency({
    description: 'ISO 4217 code in which money is reported.',
    input: true,
    update: 'ISO 4217 code; stored amounts are not converted.',
    default: 'USD',
  })
  currency = 'USD';

  @TimeZoneName({ description: 'Time zone in which days and periods are counted.', input: true, default: 'UTC' })
  timezone = 'UTC';

  @Json({
    description: 'Free settings object; needs organization:read in the active organization, else null with FORBIDDEN.',
    guarded: true,
    create: `Free settings object, at most 16 KB; default empty. ${numbers}`,
    update: `Replaces the settings object, at most 16 KB. ${numbers}`,
  })
  settings: object = {};

  @Flag({ description: 'False once the organization is deleted.' })
  isActive = true;

  @Computed('int', { description: 'Number of active memberships.' }, ({ table }) => sql`member_count(${table}.id)`)
  memberCount!: number;
}

tenant.is(Organization);
