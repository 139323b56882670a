import { BadInput, type Refusal } from '../../platform/errors.js';
import { type ActionContext, lockShared } from '../../platform/tenancy/action-context.js';
import { ifGiven, type Link } from '../../platform/tenancy/checks.js';
import { Employee } from './employee.js';

/** Whoever is to get work belongs to the organization and is ACTIVE; records that they have already stay theirs. */
export function assigned(
  acting: ActionContext,
  { assignedToId }: { assignedToId?: string | null },
  path = 'input.assignedToId',
): Link<Employee | null, { assignedToId: string | null }> {
  return {
    find: () => ifGiven(assignedToId, (id) => lockShared(acting, Employee, id, path)),
    state: (employee, record) => assignedToId !== record.assignedToId && inactiveRefused(employee, path),
  };
}

/** An employee who takes over the work of another one. */
export const heir = (
  acting: ActionContext,
  id: string | null | undefined,
  path: string,
): Link<Employee | null, unknown> => ({
  find: () => ifGiven(id, (one) => lockShared(acting, Employee, one, path)),
  state: (employee) => inactiveRefused(employee, path),
});

/** EMPLOYEE_NOT_ACTIVE on `path`, where there is an employee. */
export const inactiveRefused = (employee: Employee | null, path: string): Refusal =>
  employee &&
  employee.status !== 'ACTIVE' &&
  new BadInput(
    [{ path, code: 'NOT_ALLOWED', message: 'names an employee who is not ACTIVE; choose somebody else' }],
    'EMPLOYEE_NOT_ACTIVE',
  );
