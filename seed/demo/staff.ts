import { Role, UserRole } from '../../src/crm/access/role.js';
import { Employee } from '../../src/crm/employees/employee.js';
import { Membership } from '../../src/crm/organizations/membership.js';
import { UserProfile } from '../../src/crm/organizations/user-profile.js';
import { bornIn, drawCode, type Tenant } from './organizations.js';
import { type StaffMember, usernameOf } from './people.js';

/** Makes all people members and employees, managers before their reports. The first person is the owner. */
export async function addStaff(tenant: Tenant, [owner, ...others]: StaffMember[], domain: string): Promise<void> {
  const { em, organizationId, employees } = tenant;
  const roles = new Map((await em.find(Role, { organizationId })).map((role) => [role.name, role]));
  const founder = await em.findOneOrFail(Employee, { organizationId });
  await em.nativeUpdate(
    Employee,
    { organizationId, id: founder.id },
    { ...detailsOf(tenant, owner!, roles), version: 1 },
  );
  employees.set(owner!.name, founder);
  for (const member of others) {
    await join(tenant, member, domain, roles);
    const employee = Object.assign(new Employee(), detailsOf(tenant, member, roles));
    em.persist(Object.assign(employee, await identityOf(tenant, member, domain)));
    await em.flush();
    employees.set(member.name, employee);
  }
}

function detailsOf(tenant: Tenant, member: StaffMember, roles: Map<string, Role>): Partial<Employee> {
  const { calendar, employees } = tenant;
  const { jobTitle, department, phone, salary, commissionRate = null, left } = member;
  return {
    ...{ jobTitle, department, phone, salary, commissionRate },
    ...spanOf(tenant, member),
    employmentType: member.employmentType ?? 'FULL_TIME',
    status: member.status ?? 'ACTIVE',
    hireDate: calendar.day(member.hired),
    terminationDate: left === undefined ? null : calendar.day(left),
    managerId: member.manager ? employees.get(member.manager)!.id : null,
    roleId: member.role ? roles.get(member.role)!.id : null,
  };
}

async function identityOf(tenant: Tenant, { name }: StaffMember, domain: string): Promise<Partial<Employee>> {
  const { id: userId, firstName, lastName } = tenant.users.get(name)!;
  const email = `${usernameOf(name)}@${domain}`;
  return { userId, firstName: firstName!, lastName: lastName!, email, code: await drawCode(tenant, Employee) };
}

/** Adds membership, profile and assigned role. Of people who have left, only the traces remain. */
async function join(tenant: Tenant, member: StaffMember, domain: string, roles: Map<string, Role>): Promise<void> {
  const { em, users, ownerId } = tenant;
  const user = users.get(member.name)!;
  const leftAt = leavingOf(tenant, member);
  const span = spanOf(tenant, member);
  const theirs = { ...span, userId: user.id };
  const [joinedAt, isActive] = [span.createdAt, leftAt === null];
  em.persist(Object.assign(new Membership(), theirs, { joinedAt, leftAt, isActive, invitedById: ownerId }));
  em.persist(
    Object.assign(new UserProfile(), theirs, {
      profileType: 'EMPLOYEE',
      // The primary profile of a person with two is in the organization of their e-mail domain.
      isPrimary: isActive && user.email.endsWith(`@${domain}`),
      status: isActive ? 'ACTIVE' : 'INACTIVE',
      activatedAt: joinedAt,
      deactivatedAt: leftAt,
    }),
  );
  if (!member.alsoAssigned) return;
  const { id: roleId } = roles.get(member.role!)!;
  em.persist(Object.assign(new UserRole(), theirs, { roleId, assignedAt: joinedAt, assignedById: ownerId }));
}

/** The dates of creation and last change: joining and leaving. */
function spanOf(tenant: Tenant, member: StaffMember) {
  const born = bornIn(tenant, tenant.calendar.past(member.since, '14:00'));
  return { ...born, updatedAt: leavingOf(tenant, member) ?? born.updatedAt };
}

const leavingOf = ({ calendar }: Tenant, { left }: StaffMember): Date | null =>
  left === undefined ? null : calendar.past(left, '21:00');
