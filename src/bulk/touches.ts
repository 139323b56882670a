import { findUser } from '../crm/access/membership.actions.js';
import { Customer } from '../crm/customers/customer.js';
import { Deal } from '../crm/deals/deal.js';
import { Employee } from '../crm/employees/employee.js';
import { isSuperiorOf, managersAbove } from '../crm/employees/managers.js';
import { Lead } from '../crm/leads/lead.js';
import { changingAccess } from '../crm/organizations/changing-access.js';
import { membershipOfUser } from '../crm/organizations/linked-user.js';
import type { TenantRecord } from '../platform/records/tenant-record.js';
import type { ActionContext, Values } from '../platform/tenancy/action-context.js';
import { findOne } from '../platform/tenancy/action-context.js';
import { namesIn, type Row, uniqueIn } from './rows.js';

/** Further resources that each row touches, as names. Rows with a name in common run one after the other. */
export type Touches = (context: ActionContext, rows: Row[]) => Promise<string[][]>;

export const allOf =
  (...touches: Touches[]): Touches =>
  async (context, rows) => {
    const each = await Promise.all(touches.map((touch) => touch(context, rows)));
    return rows.map((_, n) => each.flatMap((names) => names[n]!));
  };

/** The ids of records that now have the row's keys and unique values, since another row may change them. */
export const holders = (type: new () => TenantRecord): Touches =>
  ofEachRow(async (context, { by, input }) => {
    const found = await Promise.all([
      ...namesIn({ by }).map(([name, value]) => context.find(type, { [name]: value }, 'none')),
      ...uniqueIn({ input }).map(([name, value]) => context.find(type, { [name]: value }, 'none')),
    ]);
    return found.flat().map(({ id }) => `id:${id}`);
  });

/** The lead of a deal: winning the deal may convert the lead, which changes the lead's other deals. */
export const leadsOfDeals: Touches = ofEachRow(async (context, row) => {
  const deal = await named(context, Deal, row);
  return [deal?.leadId, row.input?.leadId].flatMap((leadId) => (leadId ? [`lead:${leadId}`] : []));
});

/** The customer that a conversion links: the given one, else the one with the lead's e-mail address. */
export const customersOfLeads: Touches = ofEachRow(async (context, row) => {
  const customerId = row.input?.existingCustomerId;
  if (customerId) return [`customer:${customerId}`];
  const lead = await named(context, Lead, row);
  const customer = lead && (await findOne(context, Customer, { email: lead.email }, 'none'));
  return customer ? [`customer:${customer.id}`] : [];
});

/** An employee who takes over the work of another, and leaves in another row. */
export const successorsLeaving: Touches = async (_context, rows) => {
  const leaving = new Set(rows.map(({ id }) => id));
  return rows.map(({ reassignToId }) => (reassignToId && leaving.has(reassignToId) ? [`id:${reassignToId}`] : []));
};

/** The user who becomes a member, named by id or by e-mail address. */
export const newMembers: Touches = ofEachRow(async (context, { input }) => {
  if (context.settings.memberConsent === 'required') return [];
  const userId = await findUser(context, input);
  return userId ? [`user:${userId}`] : [];
});

/** A role of a user, which is assigned once. */
export const assignments: Touches = ofEachRow(async (_context, { userId, roleId }) => [`role:${userId} ${roleId}`]);

/** An organization must keep an owner, so owners lose their access one after the other. */
export const ownersLeaving: Touches = ofEachRow(async (context, row) => {
  const employee = await named(context, Employee, row);
  const membership = employee?.userId ? await membershipOfUser(context, employee.userId, 'none') : null;
  return membership?.isOwner ? ['owners'] : [];
});

/**
 * Deleting a manager raises the version of the employees who report to them, so a row with an expected version and the
 * row of its manager run one after the other.
 */
export const managersLeaving: Touches = async (context, rows) => {
  const leaving = new Set(rows.map(({ id }) => id));
  const employees = await Promise.all(
    rows.map((row) => (row.expectedVersion == null ? null : named(context, Employee, row))),
  );
  const managerIds = employees.map((employee) => employee?.managerId);
  return managerIds.map((id) => (id && leaving.has(id) ? [`id:${id}`] : []));
};

/**
 * Reporting lines must not form a cycle. The stored managers and those of all rows together show which employees could
 * become part of a cycle. Only their rows depend on each other, so only these run one after the other.
 */
export const managers: Touches = async (context, rows) => {
  if (!rows.some(({ input }) => input?.managerId)) return rows.map(() => []);
  await changingAccess(context);
  const employees = await Promise.all(
    rows.map((row) => (row.input?.managerId === undefined ? null : named(context, Employee, row))),
  );
  const concerned = rows.flatMap(({ input }, n) => [employees[n]?.id, input?.managerId]).filter((id) => id);
  const superiors = await managersAbove(context, concerned);
  for (const [n, { input }] of rows.entries()) {
    const id = employees[n]?.id;
    if (id && input.managerId) superiors.set(id, [...(superiors.get(id) ?? []), input.managerId]);
  }
  // If a row names an employee by a key that another row sets, the employee is not known yet.
  const given = new Set(rows.flatMap((row) => uniqueIn(row).map(([, value]) => value)));
  const isUnclear = rows.some(
    (row, n) => row.input?.managerId && !employees[n] && namesIn(row).some(([, value]) => given.has(value)),
  );
  return rows.map(({ input }, n) => {
    const employee = employees[n];
    const mayCircle = isUnclear ? input?.managerId : employee && isSuperiorOf(superiors, employee.id, employee.id);
    return mayCircle ? ['managers'] : [];
  });
};

function ofEachRow(touches: (context: ActionContext, row: Row) => Promise<string[]>): Touches {
  return (context, rows) => Promise.all(rows.map((row) => touches(context, row)));
}

/** The record that a row names, or null if it does not exist. */
async function named<Entity extends TenantRecord>(
  context: ActionContext,
  type: new () => Entity,
  row: Row,
): Promise<Entity | null> {
  const [first] = namesIn(row);
  if (!first) return null;
  const [key, value] = first;
  return findOne(context, type, { [key]: value } as Values<Entity>, 'none');
}
