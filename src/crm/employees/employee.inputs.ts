import type { Viewer } from '../../platform/auth/viewer.js';
import { Day, ExpectedVersion, Id } from '../../platform/records/decorators.js';
import { Arguments, type InputFault, inputFor } from '../../platform/records/inputs.js';
import { TagChanges, tagRule } from '../../platform/records/tag-changes.js';
import { today } from '../../platform/tenancy/today.js';
import type * as inputs from '../inputs.generated.js';
import { Employee } from './employee.js';

/** TERMINATION_ONLY. */
export const terminationOnly = (path: string): InputFault => ({
  path,
  code: 'NOT_ALLOWED',
  message: 'is set by terminateEmployee only',
  reason: 'TERMINATION_ONLY',
});

/** A contractor needs a hire date. */
export function withoutHireDate(
  { employmentType, hireDate }: Pick<EmployeeChanges, 'employmentType' | 'hireDate'>,
  under = '',
): InputFault[] {
  if (employmentType !== 'CONTRACT' || hireDate) return [];
  return [{ path: `${under}hireDate`, code: 'REQUIRED', message: 'must be given for the employment type CONTRACT' }];
}

export type CreateEmployeeInput = inputs.CreateEmployeeInput;
export const CreateEmployeeInput = inputFor(Employee, 'create', 'A new employee, with or without a user account.', {
  rules: [
    (input: EmployeeChanges) => withoutHireDate(input),
    ({ status }: EmployeeChanges) => (status === 'TERMINATED' ? [terminationOnly('status')] : []),
  ],
});
export type UpdateEmployeeInput = inputs.UpdateEmployeeInput;
export const UpdateEmployeeInput = inputFor(
  Employee,
  'update',
  'Changes to an employee. Omitted fields keep their values; null clears. Without employee:update, callers may ' +
    'change only their own phone, address, emergencyContact and profileImage.',
  { with: TagChanges, rules: [tagRule] },
);

/** Values of either input. */
export type EmployeeChanges = Partial<CreateEmployeeInput> & UpdateEmployeeInput;

function leavingFaults(args: TerminateEmployeeArgs, viewer: Viewer | null): InputFault[] {
  const { id, terminationDate, reassignToId } = args;
  const faults: InputFault[] = [];
  if (terminationDate && terminationDate > today(viewer!))
    faults.push({ path: 'terminationDate', code: 'OUT_OF_RANGE', message: 'must not be in the future' });
  if (reassignToId === id) faults.push({ path: 'reassignToId', code: 'NOT_ALLOWED', message: 'must be somebody else' });
  return faults;
}

@Arguments(leavingFaults)
export class TerminateEmployeeArgs {
  @Id({ description: 'Id of the employee.', required: true })
  id!: string;

  @Day({ description: 'Last day of the employment, not in the future; default today.' })
  terminationDate?: string | null;

  @Id({ description: 'Id of an active employee who takes over customers, unconverted leads and open deals.' })
  reassignToId?: string | null;

  @ExpectedVersion()
  expectedVersion?: number | null;
}
