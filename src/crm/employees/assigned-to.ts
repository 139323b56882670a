import { Reference } from '../../platform/records/decorators.js';
import { Employee } from './employee.js';

/** The employee who is responsible for the record. */
export const AssignedTo = () =>
  Reference(() => Employee, {
    description: 'The employee responsible for the record; null when unassigned.',
    input: 'Id of the responsible employee, who must be ACTIVE.',
    by: 'responsible employee',
    filter: true,
  });
