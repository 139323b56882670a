import { actAs, addRows, type BulkTenant, firstDay, founding } from './tenant.js';
import { cities, familyNames, givenNames } from './words.js';

export const staffSize = 25;

// Each position ends at a number; the first employee is the owner.
const positions = [
  { upTo: 1, role: null, job_title: 'Managing Director', department: 'Management', salary: 160_000 },
  { upTo: 2, role: 'Admin', job_title: 'Head of Operations', department: 'Operations', salary: 110_000 },
  { upTo: 5, role: 'Sales Manager', job_title: 'Sales Manager', department: 'Sales', salary: 95_000 },
  { upTo: 18, role: 'Sales Rep', job_title: 'Account Executive', department: 'Sales', salary: 68_000 },
  { upTo: 21, role: 'Marketing Rep', job_title: 'Campaign Specialist', department: 'Marketing', salary: 61_000 },
  { upTo: staffSize, role: 'Viewer', job_title: 'Analyst', department: 'Finance', salary: 72_000 },
];

const twoDigits = (number: number): string => String(number).padStart(2, '0');

/** Username of an employee: `bulk-03-01` owns the third organization. */
export const usernameOf = (organization: number, employee: number): string =>
  `bulk-${twoDigits(organization)}-${twoDigits(employee)}`;

const numbers = Array.from({ length: staffSize }, (_, index) => index + 1);

/** Ids of the employees in the order of their numbers. */
export const staffIdsOf = (tenant: BulkTenant): string[] => numbers.map((n) => founding(tenant, `employee ${n}`).id);

/** Adds accounts, memberships, profiles and employee records. */
export async function addStaff(tenant: BulkTenant, roles: Map<string, string>, passwordHash: string): Promise<void> {
  const { client, organizationId } = tenant;
  for (const n of numbers) {
    const user = { ...founding(tenant, `user ${n}`), ...accountOf(tenant, n) };
    // Row-level security only lets users create their own account.
    await actAs(client, user.id, organizationId);
    await addRows(client, 'users', [{ ...user, timezone: 'UTC', language: 'en', is_active: true }]);
    await client.query('select create_user_secrets($1, $2)', [user.id, passwordHash]);
  }
  const rows = (kind: string, rest: (n: number) => Record<string, unknown>) =>
    numbers.map((n) => ({
      ...founding(tenant, `${kind} ${n}`),
      organization_id: organizationId,
      user_id: founding(tenant, `user ${n}`).id,
      ...rest(n),
    }));
  const member = { is_active: true, joined_at: firstDay };
  await addRows(
    client,
    'memberships',
    rows('membership', (n) => ({ ...member, is_owner: n === 1 })),
  );
  const profile = { status: 'ACTIVE', is_primary: true, activated_at: firstDay };
  await addRows(
    client,
    'user_profiles',
    rows('profile', (n) => ({ ...profile, profile_type: n === 1 ? 'VENDOR' : 'EMPLOYEE' })),
  );
  await addRows(
    client,
    'employees',
    rows('employee', (n) => employmentOf(tenant, n, roles)),
  );
  await addRows(client, 'code_counters', [{ organization_id: organizationId, kind: 'EMP', last: staffSize }]);
}

function employmentOf(tenant: BulkTenant, n: number, roles: Map<string, string>) {
  const { role, upTo: _, ...position } = positions.find(({ upTo }) => n <= upTo)!;
  const { username: __, ...person } = accountOf(tenant, n);
  const manager = managerOf(n);
  return {
    ...person,
    ...position,
    code: `EMP-${String(n).padStart(4, '0')}`,
    city: cities[n % cities.length]!.city,
    status: 'ACTIVE',
    employment_type: n % 9 === 0 ? 'PART_TIME' : 'FULL_TIME',
    hire_date: new Date(firstDay.getTime() - n * 40 * 86_400_000),
    role_id: role && roles.get(role),
    manager_id: manager && founding(tenant, `employee ${manager}`).id,
  };
}

/** Sales representatives report to the sales managers in turn, all others to the owner. */
function managerOf(n: number): number | null {
  if (n === 1) return null;
  return n > 5 && n <= 18 ? 3 + (n % 3) : 1;
}

function accountOf({ number }: BulkTenant, n: number) {
  const username = usernameOf(number, n);
  return {
    username,
    email: `${username}@bulk.example`,
    first_name: givenNames[(number * 5 + n * 3) % givenNames.length],
    last_name: familyNames[(number * 7 + n) % familyNames.length],
  };
}
