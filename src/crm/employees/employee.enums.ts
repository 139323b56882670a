import { declareEnum } from '../../platform/schema/enums.js';

export const EmploymentType = declareEnum(
  'EmploymentType',
  'Type of employment.',
  {
    FULL_TIME: 'Employed full-time.',
    PART_TIME: 'Employed part-time.',
    CONTRACT: 'Works under a contract; a hire date must be given.',
    INTERN: 'Works as an intern.',
  },
  'an employment type',
);
export type EmploymentType = keyof typeof EmploymentType;

export const EmployeeStatus = declareEnum(
  'EmployeeStatus',
  'Whether an employee is employed, away or terminated.',
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
