import { declareEnum } from '../../platform/schema/enums.js';

export const EmploymentType = declareEnum(
  'EmploymentType',
  'Kind of employment.',
  {
    FULL_TIME: 'Full-time.',
    PART_TIME: 'Part-time.',
    CONTRACT: 'Contractor; needs a hire date.',
    INTERN: 'Intern.',
  },
  'an employment type',
);
export type EmploymentType = keyof typeof EmploymentType;

export const EmployeeStatus = declareEnum(
  'EmployeeStatus',
  'Status of an employment.',
  {
    ACTIVE: 'At work; can be assigned records.',
    INACTIVE: 'Not working; the employee record grants no role.',
    ON_LEAVE: 'Temporarily away; keeps access.',
    TERMINATED: 'Employment ended; set by `terminateEmployee` only.',
  },
  'an employee status',
);
export type EmployeeStatus = keyof typeof EmployeeStatus;

/** Whether an employment with this status gives access. */
export const isAtWork = (status: EmployeeStatus): boolean => status === 'ACTIVE' || status === 'ON_LEAVE';
