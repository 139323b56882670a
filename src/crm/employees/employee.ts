import { Index, Unique } from '@mikro-orm/decorators/legacy';
import { holds } from '../../platform/auth/viewer.js';
import { type Fragment, sql } from '../../platform/database/sql.js';
import {
  Choice,
  Computed,
  Day,
  Decimal,
  Email,
  Name,
  Phone,
  Reference,
  Text,
  Url,
} from '../../platform/records/decorators.js';
import type { ExpressionScope } from '../../platform/records/property.js';
import { Record } from '../../platform/records/record.js';
import { ExternalRecord } from '../../platform/records/tenant-record.js';
import { declareEnum } from '../../platform/schema/enums.js';
import { Role } from '../access/role.js';
import { later } from '../later.js';
import { tenantPolicies } from '../policies.js';
import { User } from '../users/user.js';

export const EmploymentType = declareEnum(
  'EmploymentType',
  'Kind of employment.',
  {
    FULL_TIME: 'Full-time.',
    PART_TIME: 'Part-time.',
    CONTRACT: 'Contractor; needs a hire date.',
    INTERN: 'Intern.',
  },
  'an employment type',
);
export type EmploymentType = keyof typeof EmploymentType;

export const EmployeeStatus = declareEnum(
  'EmployeeStatus',
  'Status of an employment.',
  {
    ACTIVE: 'At work; can be assigned records.',
    INACTIVE: 'Not working; the employee record grants no role.',
    ON_LEAVE: 'Temporarily away; keeps access.',
    TERMINATED: 'Employment ended; set by `terminateEmployee` only.',
  },
  'an employee status',
);
export type EmployeeStatus = keyof typeof EmployeeStatus;

/** Pay is seen by owners, by those who may change employees, and by the employee. */
const pay =
  (column: string) =>
  ({ table, viewer }: ExpressionScope): Fragment =>
    holds(viewer, 'employee:update')
      ? sql`${table}.${sql.ref(column)}`
      : sql`case when ${table}.id = ${viewer.organization?.selfId ?? null}::uuid then ${table}.${sql.ref(column)} end`;

@Unique({ name: 'employees_external_key', properties: ['organizationId', 'externalId'] })
@Unique({ name: 'employees_code_key', properties: ['organizationId', 'code'] })
@Unique({ name: 'employees_email_key', properties: ['organizationId', 'email'] })
@Unique({ name: 'employees_user_key', properties: ['organizationId', 'userId'] })
@Index({ name: 'employees_status_index', properties: ['organizationId', 'status'] })
@Index({ name: 'employees_department_index', properties: ['organizationId', 'department'] })
@Index({ name: 'employees_manager_index', properties: ['organizationId', 'managerId'] })
@Index({ name: 'employees_role_index', properties: ['organizationId', 'roleId'] })
@Index({ name: 'employees_created_index', properties: ['organizationId', 'createdAt', 'id'] })
@Record({
  table: 'employees',
  plural: 'employees',
  numbers: 'EMP',
  description: 'A person who works for the organization, with or without a user account.',
  resource: 'employee',
  search: 'columns',
  policies: tenantPolicies,
})
export class Employee extends ExternalRecord {
  @Text({
    description: 'Number, e.g. `EMP-0001`, unique in the organization.',
    by: 'number',
    filter: true,
    search: true,
  })
  code!: string;

  @Reference(() => User, {
    description: "The person's account; at most one employee record per user and organization.",
    create: 'Account; an active member without an employee record.',
    update: 'Account.',
    tenant: false,
    by: 'account',
    filter: true,
  })
  user?: User | null;
  userId: string | null = null;

  @Name({
    description: 'Given name.',
    required: true,
    input: 'Given name, 1–100 characters.',
    max: 100,
    by: 'given name',
    filter: true,
    order: true,
    search: true,
  })
  firstName!: string;

  @Name({
    description: 'Family name.',
    required: true,
    input: 'Family name, 1–100 characters.',
    max: 100,
    by: 'family name',
    filter: true,
    order: true,
    search: true,
  })
  lastName!: string;

  @Computed(
    'text',
    { description: 'First and last name.' },
    ({ table }) => sql`${table}.first_name || ' ' || ${table}.last_name`,
  )
  fullName!: string;

  @Email({
    description: 'E-mail address, lower-case, unique in the organization.',
    required: true,
    input: 'E-mail address; CONFLICT `DUPLICATE_EMAIL` when in use in the organization.',
    by: 'e-mail address',
    filter: true,
    search: true,
  })
  email!: string;

  @Phone({ description: 'Phone number.' })
  phone: string | null = null;

  @Text({
    description: 'Street and number.',
    input: 'Street and number, at most 255 characters.',
    max: 255,
    nullable: true,
  })
  street: string | null = null;

  @Text({ description: 'City.', input: 'City, at most 100 characters.', max: 100, nullable: true })
  city: string | null = null;

  @Text({
    description: 'State or province.',
    input: 'State or province, at most 100 characters.',
    max: 100,
    nullable: true,
  })
  state: string | null = null;

  @Text({ description: 'Postal code.', input: 'Postal code, at most 20 characters.', max: 20, nullable: true })
  postalCode: string | null = null;

  @Text({ description: 'Country.', input: 'Country, at most 100 characters.', max: 100, nullable: true })
  country: string | null = null;

  @Url({ description: 'URL of a picture.', input: true, nullable: true })
  profileImage: string | null = null;

  @Name({
    description: 'Job title.',
    input: true,
    max: 100,
    nullable: true,
    by: 'job title',
    filter: true,
    order: true,
    search: true,
  })
  jobTitle: string | null = null;

  @Name({
    description: 'Department, free text.',
    input: true,
    max: 100,
    nullable: true,
    by: 'department',
    filter: true,
    order: true,
    search: true,
  })
  department: string | null = null;

  @Choice(EmploymentType, {
    description: 'Kind of employment.',
    create: 'Kind of employment; CONTRACT needs `hireDate`.',
    update: 'Kind of employment.',
    default: 'FULL_TIME',
    by: 'kind of employment',
    filter: true,
  })
  employmentType: EmploymentType = 'FULL_TIME';

  @Day({ description: 'First day.', input: true, nullable: true, by: 'first day', filter: true, order: true })
  hireDate: string | null = null;

  @Day({ description: 'Last day.', nullable: true, by: 'last day', filter: true })
  terminationDate: string | null = null;

  @Text({ description: 'Whom to call in an emergency.', input: true, max: 255, nullable: true })
  emergencyContact: string | null = null;

  @Reference(() => Employee, {
    description: 'Direct superior.',
    input: 'Direct superior; no cycles.',
    by: 'manager',
    filter: true,
  })
  manager?: Employee | null;
  managerId: string | null = null;

  @Reference(() => Role, {
    description: "Primary role of the person's account.",
    input: 'Primary role; only one whose permissions the caller holds.',
    by: 'primary role',
    filter: true,
  })
  role?: Role | null;
  roleId: string | null = null;

  @Decimal({
    description:
      "Yearly salary in the organization's currency; visible to owners, employee:update and oneself, else null.",
    input: "Yearly salary in the organization's currency.",
    precision: 12,
    nullable: true,
    seenAs: pay('salary'),
  })
  salary: string | null = null;

  @Decimal({
    description: 'Commission in percent, 0–100; visible like the salary.',
    input: 'Commission in percent, 0–100.',
    precision: 5,
    max: 100,
    nullable: true,
    seenAs: pay('commission_rate'),
  })
  commissionRate: string | null = null;

  @Choice(EmployeeStatus, {
    description: 'Status.',
    create: 'Status; not TERMINATED.',
    update: 'Status; TERMINATED only through `terminateEmployee`.',
    default: 'ACTIVE',
    by: 'status',
    filter: true,
    order: true,
  })
  status: EmployeeStatus = 'ACTIVE';
}

later.employee.is(Employee);
