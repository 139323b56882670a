import { Deal } from '../crm/deals/deal.js';
import { Employee } from '../crm/employees/employee.js';
import { leads, managersAbove } from '../crm/employees/managers.js';
import { changingAccess } from '../crm/organizations/changing-access.js';
import { Membership } from '../crm/organizations/membership.js';
import type { TenantRecord } from '../platform/records/tenant-record.js';
import type { ActionContext, Values } from '../platform/tenancy/action-context.js';
import { namesIn, type Row, uniqueIn } from './rows.js';

/** What each row changes beyond what it says itself, as names that rows have in common. */
export type Touches = (context: ActionContext, rows: Row[]) => Promise<string[][]>;

export const allOf =
  (...touches: Touches[]): Touches =>
  async (context, rows) => {
    const each = await Promise.all(touches.map((touch) => touch(context, rows)));
    return rows.map((_, n) => each.flatMap((names) => names[n]!));
  };

/** Records that have the row's keys and unique values now, by their ids: another row may be about to change them. */
export const holders = (type: new () => TenantRecord): Touches =>
  ofEachRow(async (context, { by, input }) => {
    const found = await Promise.all([
      ...namesIn({ by }).map(([name, value]) => context.find(type, { [name]: value }, 'none')),
      ...uniqueIn({ input }).map(([name, value]) => context.find(type, { [name]: value }, 'none')),
    ]);
    return found.flat().map(({ id }) => `id:${id}`);
  });

/** Winning a deal may convert its lead, which changes the lead's other deals. */
export const leadsOfDeals: Touches = ofEachRow(async (context, row) => {
  const deal = await named(context, Deal, row);
  return [deal?.leadId, row.input?.leadId].flatMap((leadId) => (leadId ? [`lead:${leadId}`] : []));
});

/** An organization keeps an owner, so owners lose their access one after the other. */
export const ownersLeaving: Touches = ofEachRow(async (context, row) => {
  const employee = await named(context, Employee, row);
  const [membership] = employee?.userId ? await context.find(Membership, { userId: employee.userId }, 'none') : [];
  return membership?.isOwner ? ['owners'] : [];
});

/** Whoever loses the manager has another version: a row that expects one comes after or before that of the manager. */
export const managersLeaving: Touches = async (context, rows) => {
  const leaving = new Set(rows.map(({ id }) => id));
  const employees = await Promise.all(
    rows.map((row) => (row.expectedVersion == null ? null : named(context, Employee, row))),
  );
  const managerIds = employees.map((employee) => employee?.managerId);
  return managerIds.map((id) => (id && leaving.has(id) ? [`id:${id}`] : []));
};

/**
 * Who leads whom must not go round in a circle. What is there and what all rows ask for, taken together, shows who
 * could come to stand in one: only their rows decide about each other, and come one after the other.
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
  // Whom a row names by a key that another row gives first, nobody knows yet.
  const given = new Set(rows.flatMap((row) => uniqueIn(row).map(([, value]) => value)));
  const isUnclear = rows.some(
    (row, n) => row.input?.managerId && !employees[n] && namesIn(row).some(([, value]) => given.has(value)),
  );
  return rows.map(({ input }, n) => {
    const employee = employees[n];
    const mayCircle = isUnclear ? input?.managerId : employee && leads(superiors, employee.id, employee.id);
    return mayCircle ? ['managers'] : [];
  });
};

function ofEachRow(touches: (context: ActionContext, row: Row) => Promise<string[]>): Touches {
  return (context, rows) => Promise.all(rows.map((row) => touches(context, row)));
}

/** The record that a row is about, if it is there. */
async function named<Entity extends TenantRecord>(
  context: ActionContext,
  type: new () => Entity,
  row: Row,
): Promise<Entity | null> {
  const [first] = namesIn(row);
  if (!first) return null;
  const [key, value] = first;
  return (await context.find(type, { [key]: value } as Values<Entity>, 'none'))[0] ?? null;
}
