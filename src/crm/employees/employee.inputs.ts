import { Day, Id, Int } from '../../platform/records/decorators.js';
import { Arguments, type Changes, inputFor } from '../../platform/records/inputs.js';
import { Employee } from './employee.js';

export const CreateEmployeeInput = inputFor(Employee, 'create', 'A new employee.');
export const UpdateEmployeeInput = inputFor(
  Employee,
  'update',
  "Changes to an employee; omitted fields stay, null clears. Without employee:update only one's own phone, address, emergencyContact and profileImage.",
);
export type EmployeeChanges = Changes<Employee>;

@Arguments('Mutation.terminateEmployee')
export class TerminateEmployeeArgs {
  @Id({ description: 'Id of the employee.', required: true })
  id!: string;

  @Day({ description: 'Last day, not in the future; default today.' })
  terminationDate?: string | null;

  @Id({ description: 'Active employee who takes over customers, unconverted leads and open deals.' })
  reassignToId?: string | null;

  @Int({ description: 'Version last read; VERSION_CONFLICT when the stored one differs.' })
  expectedVersion?: number | null;
}
