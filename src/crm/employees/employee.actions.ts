import { BadInput, Taken } from '../../platform/errors.js';
import { type Acting, hold, onDuplicate } from '../../platform/tenancy/acting.js';
import { Employee } from './employee.js';

onDuplicate(
  'employees_email_key',
  () => new Taken('DUPLICATE_EMAIL', 'input.email', 'Another employee has this e-mail address'),
);

/** An employee whom something shall be assigned to: of the organization and ACTIVE. */
export async function assignee(acting: Acting, id: string, path = 'input.assignedToId'): Promise<Employee> {
  const employee = await hold(acting, Employee, id, path);
  if (employee.status !== 'ACTIVE')
    throw new BadInput(
      [{ path, code: 'NOT_ALLOWED', message: 'names an employee who is not ACTIVE; choose somebody else' }],
      'EMPLOYEE_NOT_ACTIVE',
    );
  return employee;
}
