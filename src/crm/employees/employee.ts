import { sql } from '../../platform/database/sql.js';
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
import { Record } from '../../platform/records/record.js';
import { ExternalRecord } from '../../platform/records/tenant-record.js';
import { Role } from '../access/role.js';
import { later } from '../later.js';
import { tenantPolicies } from '../policies.js';
import { City, Code, Country, Labels, PostalCode, State, Street } from '../properties.js';
import { User } from '../users/user.js';
import { EmployeeStatus, EmploymentType, isAtWork } from './employee.enums.js';
import { endsBeforeItBegins, endsTooEarly } from './employment-dates.js';
import { pay } from './pay.js';

const PartOfName = (part: 'First' | 'Last') =>
  Name({
    description: `${part} name of the employee.`,
    required: true,
    input: `${part} name of the employee, 1–100 characters.`,
    max: 100,
    by: `${part.toLowerCase()} name`,
    filter: true,
    order: true,
    search: true,
  });

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
    description: "The employee's user account; at most one employee record per user and organization.",
    create: "Id of the employee's user account: an active member without an employee record.",
    update: "Id of the employee's user account: an active member without another employee record.",
    tenant: false,
    by: 'account',
    filter: true,
  })
  user?: User | null;
  userId: string | null = null;

  @PartOfName('First')
  firstName!: string;

  @PartOfName('Last')
  lastName!: string;

  @Computed(
    'text',
    { description: 'First and last name of the employee.' },
    ({ table }) => sql`${table}.first_name || ' ' || ${table}.last_name`,
  )
  readonly fullName!: string;

  @Email({
    description: 'E-mail address, lower-case, unique in the organization.',
    required: true,
    input: 'E-mail address; CONFLICT `DUPLICATE_EMAIL` if another employee of the organization has it.',
    by: 'e-mail address',
    filter: true,
    search: true,
  })
  email!: string;

  @Phone({ description: 'Phone number as entered.' })
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

  @Url({ description: 'URL of a picture of the employee, http or https.', input: true, nullable: true })
  profileImage: string | null = null;

  @Name({
    description: 'Job title, at most 100 characters.',
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
    description: 'Name of the department, free text of at most 100 characters.',
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
    description: 'Type of employment, e.g. FULL_TIME.',
    input: 'Type of employment; CONTRACT needs a `hireDate`.',
    default: 'FULL_TIME',
    by: 'type of employment',
    filter: true,
  })
  employmentType: EmploymentType = 'FULL_TIME';

  @Day({
    description: 'First day of the employment.',
    input: true,
    nullable: true,
    by: 'first day of the employment',
    filter: true,
    order: true,
  })
  hireDate: string | null = null;

  @Day({
    description: 'Last day of the employment; null while it lasts.',
    nullable: true,
    by: 'last day of the employment',
    filter: true,
  })
  terminationDate: string | null = null;

  @Text({
    description: 'Person to call in an emergency, with phone number; at most 255 characters.',
    input: true,
    max: 255,
    nullable: true,
  })
  emergencyContact: string | null = null;

  @Reference(() => Employee, {
    description: "The employee's direct superior.",
    input: 'Id of the direct superior; nobody can be their own superior, even indirectly.',
    filter: true,
  })
  manager?: Employee | null;
  managerId: string | null = null;

  @Reference(() => Role, {
    description: "Primary role of the employee's user account.",
    input: 'Id of the primary role; the caller must hold all of its permissions.',
    by: 'primary role',
    filter: true,
  })
  role?: Role | null;
  roleId: string | null = null;

  @Decimal({
    description:
      "Yearly salary in the organization's currency. Null unless the caller is an owner, the employee, or has " +
      'employee:update.',
    input: "Yearly salary in the organization's currency, from 0.",
    precision: 12,
    nullable: true,
    seenAs: pay('salary'),
  })
  salary: string | null = null;

  @Decimal({
    description: 'Commission in percent, 0–100. Null for callers who may not see the salary.',
    input: 'Commission in percent of sales, 0–100.',
    precision: 5,
    max: 100,
    nullable: true,
    seenAs: pay('commission_rate'),
  })
  commissionRate: string | null = null;

  @Labels('the employee')
  tags: string[] = [];

  @Choice(EmployeeStatus, {
    description: 'Whether the employee is employed, away or terminated.',
    create: 'Whether the employee is at work or away; anything but TERMINATED.',
    update: 'Whether the employee is at work or away; TERMINATED is set by `terminateEmployee` only.',
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
