import { describe, expect, test } from '@jest/globals';
import { address, bulk, newEmployees, type Result, runBulk } from '../support/bulk-calls.js';
import { type Fields, newCustomer } from '../support/customers.js';
import { statementsOf } from '../support/server.js';
import { newTenant, type Tenant } from '../support/tenant.js';

type Inputs = (count: number, tenant: Tenant) => Promise<Fields[]> | Fields[];

const times = (count: number, input: () => Fields): Fields[] => Array.from({ length: count }, input);
const leads: Inputs = (count) => times(count, () => ({ name: 'Lea', email: address() }));
const vendors: Inputs = (count) => times(count, () => ({ name: 'Vic', email: address(), status: 'PENDING' }));
const calls: Inputs = (count) => times(count, () => ({ activityType: 'CALL', title: 'A call' }));
const customers: Inputs = (count) => times(count, () => ({ email: address(), status: 'PROSPECT' }));
const employees: Inputs = (count) => newEmployees(count).map(({ input }) => input);
const deals: Inputs = async (count, { owner }) => {
  const { id: customerId } = await newCustomer(owner);
  return times(count, () => ({ title: 'A deal', customerId }));
};

interface Verb {
  mutation: string;
  rowType: string;
  /** Plural of the records, and their inputs. */
  of: [plural: string, inputs: Inputs];
  /** More of a row than its record. */
  more?: (employeeId: string) => Fields;
  /** Changes the records first. */
  before?: [mutation: string, rowType: string, more: Fields];
}

const assignment = (plural: string, inputs: Inputs): Verb => ({
  mutation: `assign${plural}`,
  rowType: 'AssignmentRow',
  of: [plural, inputs],
  more: (employeeId) => ({ employeeId }),
});

const verbs: Verb[] = [
  assignment('Customers', customers),
  assignment('Leads', leads),
  assignment('Deals', deals),
  assignment('Activities', calls),
  assignment('Vendors', vendors),
  { mutation: 'activateCustomers', rowType: 'RecordRow', of: ['Customers', customers] },
  { mutation: 'deactivateVendors', rowType: 'RecordRow', of: ['Vendors', vendors] },
  {
    mutation: 'scoreLeads',
    rowType: 'ScoreLeadRow',
    of: ['Leads', leads],
    more: () => ({ score: 70, reason: 'Budget' }),
  },
  {
    mutation: 'convertLeads',
    rowType: 'ConvertLeadRow',
    of: ['Leads', leads],
    more: () => ({ input: { createDeal: {} } }),
  },
  {
    mutation: 'reopenDeals',
    rowType: 'RecordRow',
    of: ['Deals', deals],
    before: ['markDealsLost', 'MarkDealLostRow', { lostReason: 'Budget' }],
  },
  { mutation: 'cancelActivities', rowType: 'RecordRow', of: ['Activities', calls] },
  {
    mutation: 'terminateEmployees',
    rowType: 'TerminateEmployeeRow',
    of: ['Employees', employees],
    more: (reassignToId) => ({ reassignToId }),
  },
];

/** Makes records, and answers how many statements the verb sends for all of them. */
async function statementsFor({ mutation, rowType, of: [plural, inputs], more, before }: Verb, count: number) {
  const tenant = await newTenant();
  const employeeId = await tenant.employee();
  const createRow = `Create${plural.replace(/ies$/, 'ys').slice(0, -1)}Row`;
  const made = await runBulk(
    tenant.owner,
    bulk(`create${plural}`, createRow, 'id'),
    (await inputs(count, tenant)).map((input) => ({ input })),
  );
  const ids = made.results.map(({ id }) => id!);
  if (before) {
    const [earlier, earlierRow, further] = before;
    await runBulk(
      tenant.owner,
      bulk(earlier, earlierRow, 'id'),
      ids.map((id) => ({ id, ...further })),
    );
  }
  const rows = ids.map((id) => ({ id, ...more?.(employeeId) }));
  let done: Result | undefined;
  const statements = await statementsOf(async () => {
    done = await runBulk(tenant.owner, bulk(mutation, rowType, 'id version'), rows);
  });
  expect(done!.summary).toMatchObject({ total: count, updated: count });
  return statements.length;
}

describe('a verb in bulk sends as many statements for 100 rows as for 3', () => {
  test.each(verbs)('$mutation', async (verb) => {
    expect(await statementsFor(verb, 100)).toBe(await statementsFor(verb, 3));
  });
});
