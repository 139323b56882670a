import { sql } from '../../platform/database/sql.js';
import { BadInput } from '../../platform/errors.js';
import { type ActionContext, lockShared, organizationOf } from '../../platform/tenancy/action-context.js';
import { ifGiven, type Link } from '../../platform/tenancy/checks.js';
import { Employee } from './employee.js';

/** Ids of managers by the id of the employee. */
type Managers = ReadonlyMap<string, readonly string[]>;

/**
 * Reporting lines must not form a cycle. Changes of employees take turns, so two of them cannot close a cycle together.
 */
export function managedBy(
  context: ActionContext,
  { managerId }: { managerId?: string | null },
): Link<Managers | null, Pick<Employee, 'id' | 'managerId'>> {
  return {
    find: () =>
      ifGiven(managerId, async (id) => {
        await lockShared(context, Employee, id, 'input.managerId');
        return context.batch(managersOf, id);
      }),
    state: (managers, employee) =>
      managers &&
      managerId !== employee.managerId &&
      (employee.id === managerId || isSuperiorOf(managers, employee.id, managerId!)) &&
      new BadInput(
        [{ path: 'input.managerId', code: 'NOT_ALLOWED', message: 'is the employee or reports to the employee' }],
        'MANAGER_CYCLE',
      ),
  };
}

/** Whether an employee is a direct or indirect superior of another. */
export function isSuperiorOf(managers: Managers, superiorId: string, id: string): boolean {
  const above = new Set<string>();
  const open = [id];
  for (let next = open.pop(); next; next = open.pop())
    for (const managerId of managers.get(next) ?? []) {
      if (above.has(managerId)) continue;
      above.add(managerId);
      open.push(managerId);
    }
  return above.has(superiorId);
}

const managersOf = async (context: ActionContext, ids: readonly string[]): Promise<Managers[]> => {
  const managers = await managersAbove(context, ids);
  return ids.map(() => managers);
};

/** The managers of the employees, their managers, and so on. */
export async function managersAbove(context: ActionContext, ids: readonly string[]): Promise<Map<string, string[]>> {
  const own = sql`e.organization_id = ${organizationOf(context).id}::uuid`;
  const found = await context.query<{ id: string; manager_id: string | null }>(
    // `limit 1` makes PostgreSQL look each manager up by id; otherwise it scans all employees for each level.
    sql`with recursive superiors as (
        select e.id, e.manager_id
        from employees e
        where ${own} and e.id = any(${ids}::uuid[])
        union
        select above.id, above.manager_id
        from superiors s
        cross join lateral (
          select e.id, e.manager_id
          from employees e
          where ${own} and e.id = s.manager_id
          limit 1
        ) above
      )
      select id, manager_id from superiors`,
  );
  return new Map(found.map(({ id, manager_id }) => [id, manager_id ? [manager_id] : []]));
}
