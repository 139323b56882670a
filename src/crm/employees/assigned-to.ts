import { Reference } from '../../platform/records/decorators.js';
import { Employee } from './employee.js';

/** The employee who is responsible for the record. */
export const AssignedTo = () =>
  Reference(() => Employee, {
    description: 'Responsible employee.',
    input: 'Responsible employee; must be ACTIVE.',
    by: 'responsible employee',
    filter: true,
  });
