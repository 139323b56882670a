import type { Employee } from '../../src/crm/employees/employee.js';

/** An account of the demo. The username is first.last; the e-mail address adds the domain. */
interface Person {
  name: string;
  domain: string;
  /** Creation of the account, in days from today. */
  since: number;
  timezone: string;
  language?: string;
}

/** An employee record. Each belongs to a person with an account. */
export interface StaffMember extends Pick<Employee, 'jobTitle' | 'department'> {
  name: string;
  phone: string;
  /** Name of a default role; owners do not need one. */
  role?: string;
  /** Whether the role is also assigned, so that the dataset has both ways of holding a role. */
  alsoAssigned?: boolean;
  manager?: string;
  /** Date of joining the organization and first day of work, in days from today. */
  since: number;
  hired: number;
  salary: string;
  commissionRate?: string;
  employmentType?: Employee['employmentType'];
  status?: Employee['status'];
  /** Last day of work, in days from today. */
  left?: number;
}

const northgate = { domain: 'northgate.example', timezone: 'America/New_York' };
const harborPine = { domain: 'harborpine.example', timezone: 'Europe/Berlin', language: 'de' };

// biome-ignore format: a table
export const people: Person[] = [
  { name: 'Olivia Grant', since: -428, ...northgate },
  { name: 'Adam Reyes',   since: -428, ...northgate },
  { name: 'Maya Chen',    since: -427, ...northgate },
  { name: 'Sam Ortiz',    since: -426, ...northgate },
  { name: 'Rita Novak',   since: -426, ...northgate },
  { name: 'Mark Linden',  since: -340, ...northgate },
  { name: 'Vera Holm',    since: -262, ...northgate },
  { name: 'Leo Park',     since: -200, ...northgate },
  { name: 'Tess Moreau',  since: -398, ...northgate },
  { name: 'Nora Diaz',    since: -17,  ...northgate },
  { name: 'Hugo Brandt',  since: -426, ...harborPine },
  { name: 'Ines Faber',   since: -315, ...harborPine },
  { name: 'Zoe Frank',    since: -9,   domain: 'solo.example', timezone: 'Europe/London' },
];

// biome-ignore format: a table
export const northgateStaff: StaffMember[] = [
  { name: 'Olivia Grant', jobTitle: 'Managing Director', department: 'Management', phone: '+1 212 555 0101',
    since: -428, hired: -2190, salary: '185000.00' },
  { name: 'Adam Reyes', jobTitle: 'Head of Operations', department: 'Operations', phone: '+1 212 555 0102',
    role: 'Admin', since: -428, hired: -1640, salary: '128000.00' },
  { name: 'Maya Chen', jobTitle: 'Sales Manager', department: 'Sales', phone: '+1 212 555 0103',
    role: 'Sales Manager', manager: 'Olivia Grant', since: -427, hired: -1310,
    salary: '118000.00', commissionRate: '4.00' },
  { name: 'Sam Ortiz', jobTitle: 'Account Executive', department: 'Sales', phone: '+1 212 555 0104',
    role: 'Sales Rep', alsoAssigned: true, manager: 'Maya Chen', since: -426, hired: -905,
    salary: '82000.00', commissionRate: '7.50' },
  { name: 'Rita Novak', jobTitle: 'Account Executive', department: 'Sales', phone: '+1 212 555 0105',
    role: 'Sales Rep', manager: 'Maya Chen', since: -426, hired: -760, salary: '84000.00', commissionRate: '7.50' },
  { name: 'Mark Linden', jobTitle: 'Campaign Specialist', department: 'Marketing', phone: '+1 212 555 0106',
    role: 'Marketing Rep', since: -340, hired: -341, salary: '71000.00' },
  { name: 'Vera Holm', jobTitle: 'Business Analyst', department: 'Operations', phone: '+1 212 555 0107',
    role: 'Viewer', since: -262, hired: -263, salary: '76500.00', employmentType: 'PART_TIME' },
  { name: 'Leo Park', jobTitle: 'Sales Development Representative', department: 'Sales', phone: '+1 212 555 0108',
    role: 'Sales Rep', since: -200, hired: -201, salary: '62000.00', commissionRate: '5.00', status: 'ON_LEAVE' },
  { name: 'Tess Moreau', jobTitle: 'Account Executive', department: 'Sales', phone: '+1 212 555 0109',
    since: -398, hired: -399, salary: '79000.00', commissionRate: '7.50', status: 'TERMINATED', left: -75 },
  { name: 'Nora Diaz', jobTitle: 'Office Assistant', department: 'Operations', phone: '+1 212 555 0110',
    since: -17, hired: -17, salary: '48000.00', employmentType: 'INTERN' },
];

// biome-ignore format: a table
export const harborPineStaff: StaffMember[] = [
  { name: 'Hugo Brandt', jobTitle: 'Creative Director', department: 'Management', phone: '+49 30 23125 101',
    since: -426, hired: -1825, salary: '96000.00' },
  { name: 'Ines Faber', jobTitle: 'Client Director', department: 'Sales', phone: '+49 30 23125 102',
    role: 'Sales Manager', since: -315, hired: -316, salary: '74000.00', commissionRate: '5.00' },
  { name: 'Rita Novak', jobTitle: 'US Market Adviser', department: 'Sales', phone: '+1 212 555 0105',
    role: 'Viewer', since: -150, hired: -150, salary: '12000.00', employmentType: 'CONTRACT' },
];

export const usernameOf = (name: string): string => name.toLowerCase().replace(' ', '.');
