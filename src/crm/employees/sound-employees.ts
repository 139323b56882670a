import { withoutHireDate } from './employee.inputs.js';
import type { Employee } from './employee.js';
import { endsTooEarly } from './employment-dates.js';

/** Whether the dates of an employment fit its type and each other. */
export const hasSoundDates = ({
  employmentType,
  hireDate,
  terminationDate,
}: Pick<Employee, 'employmentType' | 'hireDate' | 'terminationDate'>): boolean =>
  !withoutHireDate({ employmentType, hireDate }).length && !endsTooEarly(hireDate, terminationDate);
