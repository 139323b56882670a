import { BadInput, type Refusal } from '../../platform/errors.js';
import { type ActionContext, lockShared } from '../../platform/tenancy/action-context.js';
import { ifGiven, type Link } from '../../platform/tenancy/checks.js';
import { Employee } from './employee.js';

/** Records are assigned to ACTIVE employees of the organization only. Earlier assignments stay. */
export function assigned(
  context: ActionContext,
  { assignedToId }: { assignedToId?: string | null },
  path = 'input.assignedToId',
): Link<Employee | null, { assignedToId: string | null }> {
  return {
    find: () => ifGiven(assignedToId, (id) => lockShared(context, Employee, id, path)),
    state: (employee, record) => assignedToId !== record.assignedToId && inactiveRefused(employee, path),
  };
}

/** An employee who takes over the work of another. */
export const successorLink = (
  context: ActionContext,
  id: string | null | undefined,
  path: string,
): Link<Employee | null, unknown> => ({
  find: () => ifGiven(id, (employeeId) => lockShared(context, Employee, employeeId, path)),
  state: (employee) => inactiveRefused(employee, path),
});

/** EMPLOYEE_NOT_ACTIVE on `path`, unless the employee is null or active. */
export const inactiveRefused = (employee: Employee | null, path: string): Refusal =>
  employee &&
  employee.status !== 'ACTIVE' &&
  new BadInput(
    [{ path, code: 'NOT_ALLOWED', message: 'names an employee who is not ACTIVE; choose an active employee' }],
    'EMPLOYEE_NOT_ACTIVE',
  );
