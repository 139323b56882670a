import { holds } from '../../platform/auth/viewer.js';
import { type Fragment, sql } from '../../platform/database/sql.js';
import { Conflict, type Refusal } from '../../platform/errors.js';
import { badInput } from '../../platform/records/check.js';
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
import { assign, type Changes } from '../../platform/records/inputs.js';
import type { ExpressionScope } from '../../platform/records/property.js';
import { Record } from '../../platform/records/record.js';
import { ExternalRecord } from '../../platform/records/tenant-record.js';
import { Role } from '../access/role.js';
import { later } from '../later.js';
import { tenantPolicies } from '../policies.js';
import { City, Code, Country, PostalCode, State, Street } from '../properties.js';
import { User } from '../users/user.js';
import { EmployeeStatus, EmploymentType, isAtWork } from './employee.enums.js';
import { endsBeforeItBegins, endsTooEarly } from './employment-dates.js';

/** Owners, callers with employee:update and the employee see pay; everybody else gets null. */
const pay =
  (column: string) =>
  ({ table, viewer }: ExpressionScope): Fragment =>
    holds(viewer, 'employee:update')
      ? sql`${table}.${sql.ref(column)}`
      : sql`
        case when ${table}.id = ${viewer.organization?.selfId ?? null}::uuid
          then ${table}.${sql.ref(column)}
        end`;

@Record({
  table: 'employees',
  plural: 'employees',
  numbers: 'EMP',
  description: 'A person who works for the organization, with or without a user account.',
  resource: 'employee',
  search: 'columns',
  searched: ['first name', 'last name', 'e-mail address', 'department', 'job title'],
  keys: { code: ['code'], email: ['email'], user: ['userId'] },
  indexes: { status: ['status'], department: ['department'], manager: ['managerId'], role: ['roleId'] },
  policies: tenantPolicies,
})
export class Employee extends ExternalRecord {
  @Code('EMP-0001')
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
  readonly fullName!: string;

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

  @Url({ description: 'URL of a picture.', input: true, nullable: true })
  profileImage: string | null = null;

  @Name({
    description: 'Job title.',
    input: true,
    max: 100,
    nullable: true,
    filter: true,
    order: true,
    search: true,
    group: true,
  })
  jobTitle: string | null = null;

  @Name({
    description: 'Department, free text.',
    input: true,
    max: 100,
    nullable: true,
    filter: true,
    order: true,
    search: true,
    group: true,
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

  @Text({ description: 'Emergency contact.', input: true, max: 255, nullable: true })
  emergencyContact: string | null = null;

  @Reference(() => Employee, {
    description: 'Direct superior.',
    input: 'Direct superior; no cycles.',
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
      "Yearly salary in the organization's currency; visible to owners, with employee:update and to the employee, " +
      'else null.',
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
    filter: true,
    order: true,
  })
  status: EmployeeStatus = 'ACTIVE';

  /** Whether the record gives its user the role. */
  get isAtWork(): boolean {
    return isAtWork(this.status);
  }

  /** Applies changes; an employee who comes back has no last day. */
  change(changes: Changes<Employee>): void {
    const wasTerminated = this.status === 'TERMINATED';
    assign(this, changes);
    if (wasTerminated && this.status !== 'TERMINATED') this.terminationDate = null;
  }

  terminate(on: string): void {
    this.status = 'TERMINATED';
    this.terminationDate = on;
  }

  /** ALREADY_TERMINATED, or OUT_OF_RANGE on `terminationDate`. */
  terminationRefused(on: string): Refusal[] {
    return [
      this.status === 'TERMINATED' && new Conflict('ALREADY_TERMINATED', 'This employment has already ended'),
      endsTooEarly(this.hireDate, on) && badInput([endsBeforeItBegins('terminationDate')]),
    ];
  }
}

later.employee.is(Employee);
