import { sql } from '../../platform/database/sql.js';
import type { Refusal } from '../../platform/errors.js';
import { badInput } from '../../platform/records/check.js';
import {
  Computed,
  Email,
  Flag,
  Instant,
  Language,
  Name,
  Phone,
  Text,
  TimeZoneName,
  Url,
} from '../../platform/records/decorators.js';
import { formatOf } from '../../platform/records/formats.js';
import { Record } from '../../platform/records/record.js';
import { activeOrganization, activeUser, VersionedRecord } from '../../platform/records/tenant-record.js';
import { definerPolicy } from '../policies.js';

const known = `((id = ${activeUser}) OR (EXISTS ( SELECT 1
   FROM memberships m
  WHERE ((m.user_id = users.id) AND (m.organization_id = ${activeOrganization}) AND m.is_active))))`;

@Record({
  table: 'users',
  plural: 'users',
  description: 'A person who can sign in and work in one or several organizations.',
  tenant: false,
  search: 'columns',
  searched: ['name', 'username', 'e-mail address'],
  // A snapshot has a full name, but no given or family name.
  referenceView: { name: 'known_users', byOrganization: true, searched: ['member_full_name'] },
  keys: { email: ['email'], username: ['usernameSort'] },
  policies: [{ name: 'known', using: known, check: known }, definerPolicy],
})
export class User extends VersionedRecord {
  @Text({
    min: 3,
    max: 30,
    format: 'storedUsername',
    description: 'Name to sign in with, unique among all users.',
    update: 'Name to sign in with, 3–30 characters; CONFLICT `USERNAME_TAKEN` if another user has it.',
    by: 'sign-in name',
    filter: true,
    order: true,
    search: true,
  })
  username!: string;
  usernameSort?: string;

  @Email({
    description: 'E-mail address, in lower case, unique among all users.',
    by: 'e-mail address',
    filter: true,
    order: true,
    search: true,
  })
  email!: string;

  @Name({
    description: 'First name, at most 100 characters.',
    max: 100,
    nullable: true,
    input: true,
    by: 'first name',
    filter: true,
    search: true,
  })
  firstName: string | null = null;

  @Name({
    description: 'Last name, at most 100 characters.',
    max: 100,
    nullable: true,
    input: true,
    by: 'last name',
    filter: true,
    order: true,
    search: true,
  })
  lastName: string | null = null;

  @Computed(
    'text',
    { description: 'First and last name when both are set, else the username.' },
    ({ table }) => sql`coalesce(${table}.first_name || ' ' || ${table}.last_name, ${table}.username)`,
  )
  readonly fullName!: string;

  @Url({ description: 'URL of a picture of the user, http or https.', nullable: true, input: true })
  profileImage: string | null = null;

  @Phone({ description: 'Phone number as entered.' })
  phone: string | null = null;

  @Name({
    description: 'Job title shown on the profile, at most 100 characters.',
    max: 100,
    nullable: true,
    input: true,
  })
  title: string | null = null;

  @Name({
    description: 'Department shown on the profile, at most 100 characters.',
    max: 100,
    nullable: true,
    input: true,
  })
  department: string | null = null;

  @Text({ description: 'Short text about the user, at most 10,000 characters.', nullable: true, input: true })
  bio: string | null = null;

  @Text({ description: 'Place of work, at most 200 characters.', max: 200, nullable: true, input: true })
  location: string | null = null;

  @TimeZoneName({
    renamed: 'timeZone',
    description: 'Time zone in which clients should show times to the user.',
    input: true,
  })
  timezone = 'UTC';

  @Language({ description: 'Preferred language, a BCP 47 tag such as `en` or `pt-BR`.', input: true })
  language = 'en';

  @Flag({
    description: 'Whether the user can sign in and send requests.',
    update:
      'False ends all sessions and refuses sign-in; superusers only, and not of the only owner of an organization.',
    by: 'whether sign-in is allowed',
    filter: true,
  })
  isActive = true;

  @Computed(
    'boolean',
    {
      description:
        'Whether the user passes every permission check in organizations where the user is an active member.',
    },
    ({ table }) => sql`is_superuser(${table}.id)`,
  )
  readonly isSuperuser!: boolean;

  @Computed(
    'boolean',
    {
      description: 'Whether the user has confirmed the e-mail address; null for anybody but the user.',
      nullable: true,
    },
    ({ table }) => sql`is_email_verified(${table}.id)`,
  )
  readonly isEmailVerified!: boolean | null;

  @Computed(
    'boolean',
    {
      description: 'Whether sign-in needs a code besides the password; null for anybody but the user.',
      nullable: true,
    },
    ({ table }) => sql`has_second_factor(${table}.id)`,
  )
  readonly hasSecondFactor!: boolean | null;

  @Instant({
    description: 'When the user last signed in; null if never.',
    nullable: true,
    by: 'last sign-in',
    filter: true,
    order: true,
  })
  lastLoginAt: Date | null = null;

  @Instant({
    description: 'When the password was last changed; null for anybody but the user.',
    nullable: true,
    seenAs: ({ table, viewer }) =>
      sql`case when ${table}.id = ${viewer.userId}::uuid then ${table}.password_changed_at end`,
  })
  passwordChangedAt: Date | null = null;

  /** INVALID: sign-in looks a name with an @ up as an e-mail address. A stored name of that kind may stay. */
  usernameRefused(username: string | null | undefined): Refusal {
    if (username === this.username || !username?.includes('@')) return null;
    return badInput([{ path: 'input.username', code: 'INVALID', message: formatOf('username').rule }]);
  }
}
