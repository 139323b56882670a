import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type DocumentNode, parse, print, separateOperations, validate } from 'graphql';
import { GraphQLClient, gql } from 'graphql-request';
import { examples } from '../src/pages/examples.js';
import { demoDatabaseUrl } from './support/database.js';
import { schema } from './support/schema.js';
import { anotherServer, statementsOf } from './support/server.js';

type Ids = Record<string, string>;
type Call = [operation: string, statements: number, variables?: (ids: Ids) => Record<string, unknown>, keepAs?: string];

/**
 * Promise S3 on the demo dataset: per root field one statement a list or record, its total included, and one for each
 * to-many relation below it, whatever the number of rows.
 */
const queries: Call[] = [
  ['ActivityDetail', 1, ({ activity }) => ({ id: activity })],
  ['OrganizationSwitcher', 2],
  ['CustomerAutocomplete', 1, () => ({ search: 'bright' })],
  // The customer; its notes, activities and deals, each with its total.
  ['CustomerDetail', 4, ({ customer }) => ({ id: customer })],
  ['CustomerTimelinePage', 2, ({ customer, cursor }) => ({ id: customer, after: cursor })],
  ['DealDetail', 5, ({ deal }) => ({ id: deal })],
  ['DealsBoardColumn', 2, ({ stage, dealCursor }) => ({ stageId: stage, after: dealCursor })],
  ['DealsScroll', 1],
  ['DealForm', 3],
  ['LeadDetail', 4, ({ lead }) => ({ id: lead })],
  // The organization; members with total and roles; profiles; pipelines with stages and their counts.
  ['OrganizationSettings', 7],
  ['RolesSettings', 4],
  ['RoleHolders', 2, ({ role }) => ({ id: role })],
  ['AssignDialog', 2],
  // Employees with total, the active ones' total, departments, roles.
  ['Team', 4],
  ['VendorDetail', 1, ({ vendor }) => ({ id: vendor })],
  // Page, total, counts.
  ['Activities', 2],
  // Revenue 1, funnels 2 and 3, ranking 2, velocity 4, forecast 1, stages 2, activities 1.
  ['AnalyticsPage', 16],
  ['AppShell', 6],
  // Page, total, counts, revenue.
  ['CustomersList', 3],
  ['Dashboard', 8],
  ['DealsBoard', 7],
  ['DealsList', 2],
  ['EmployeeDetail', 3, ({ employee }) => ({ id: employee })],
  ['EmployeePerformancePage', 2],
  ['LeadsList', 2],
  ['Vendors', 3],
];

const email = 'somebody@screens.example';
const secret = 'screens-password';

/** In an order in which each finds what it needs; what one creates is kept under the name in the last column. */
const mutations: Call[] = [
  ['Register', 6, () => ({ input: { email, username: 'somebody', password: secret } }), 'person'],
  ['SignIn', 7, () => ({ username: email, password: secret })],
  ['CreateOrganization', 16, () => ({ input: { name: 'Screens Ltd' } })],
  ['UpdateProfile', 3, () => ({ input: { title: 'Owner' } })],
  ['UpdateOrganization', 4, ({ organization }) => ({ id: organization, input: { industry: 'Sensors' } })],
  ['AddMember', 12, ({ role }) => ({ input: { email, roleIds: [role] } }), 'membership'],
  ['SetOwnership', 7, ({ membership }) => ({ id: membership, isOwner: true })],
  ['CreateRole', 6, () => ({ input: { name: 'Screens' } }), 'ownRole'],
  ['UpdateRole', 5, ({ ownRole }) => ({ id: ownRole, input: { description: 'For screens' } })],
  ['AssignPermission', 10, ({ ownRole, permission }) => ({ roleId: ownRole, permissionId: permission })],
  ['RemovePermission', 10, ({ ownRole, permission }) => ({ roleId: ownRole, permissionId: permission })],
  ['SetRolePermissions', 10, ({ ownRole, permission }) => ({ roleId: ownRole, permissionIds: [permission] })],
  ['AssignRole', 9, ({ ownRole, user }) => ({ userId: user, roleId: ownRole })],
  ['RemoveRole', 7, ({ ownRole, user }) => ({ userId: user, roleId: ownRole })],
  ['DeleteRole', 6, ({ ownRole }) => ({ id: ownRole })],
  ['CreateEmployee', 5, () => ({ input: { firstName: 'Sid', lastName: 'Screen', email } }), 'sid'],
  ['UpdateEmployee', 7, ({ sid, role }) => ({ id: sid, input: { jobTitle: 'Tester', roleId: role } })],
  ['CreateCustomer', 4, () => ({ input: { email, name: 'Screen Customer' } }), 'newCustomer'],
  ['UpdateCustomer', 4, ({ newCustomer, sid }) => ({ id: newCustomer, input: { assignedToId: sid } })],
  ['AddCustomerNote', 3, ({ newCustomer }) => ({ customerId: newCustomer, text: 'Hello' })],
  ['DeactivateCustomer', 3, ({ newCustomer }) => ({ id: newCustomer })],
  ['ActivateCustomer', 3, ({ newCustomer }) => ({ id: newCustomer })],
  [
    'CreateDealForCustomer',
    7,
    ({ newCustomer }) => ({ input: { title: 'Screens', customerId: newCustomer, value: 10 } }),
  ],
  [
    'CreateDeal',
    7,
    ({ newCustomer }) => ({ input: { title: 'Screens', customerId: newCustomer, value: 10 } }),
    'newDeal',
  ],
  ['UpdateDeal', 6, ({ newDeal }) => ({ id: newDeal, input: { value: 20 } })],
  ['MoveDealStage', 7, ({ newDeal, stage }) => ({ id: newDeal, stageId: stage })],
  ['MarkWon', 7, ({ newDeal }) => ({ id: newDeal })],
  ['MarkLost', 7, ({ newDeal }) => ({ id: newDeal, lostReason: 'Budget' })],
  ['ReopenDeal', 8, ({ newDeal }) => ({ id: newDeal })],
  [
    'LogDealActivity',
    3,
    ({ newDeal }) => ({ input: { activityType: 'CALL', title: 'Call', dealId: newDeal } }),
    'call',
  ],
  ['CompleteActivityFromDashboard', 3, ({ call }) => ({ id: call })],
  ['DeleteDeal', 3, ({ newDeal }) => ({ id: newDeal })],
  ['CreateActivity', 2, () => ({ input: { activityType: 'TASK', title: 'Task' } }), 'task'],
  ['UpdateActivity', 3, ({ task }) => ({ id: task, input: { taskPriority: 'HIGH' } })],
  ['CancelActivity', 3, ({ task }) => ({ id: task })],
  ['CompleteActivity', 2, ({ call }) => ({ id: call })],
  ['DeleteActivity', 2, ({ task }) => ({ id: task })],
  [
    'CreateLead',
    4,
    () => ({ input: { name: 'Screen Lead', email: 'lead@screens.example', estimatedValue: 5 } }),
    'newLead',
  ],
  ['UpdateLead', 3, ({ newLead }) => ({ id: newLead, input: { companyName: 'Screens Inc' } })],
  ['AssignLead', 4, ({ newLead, sid }) => ({ id: newLead, employeeId: sid })],
  ['UpdateLeadScore', 4, ({ newLead }) => ({ id: newLead, score: 70, reason: 'Replied' })],
  ['QualifyLead', 3, ({ newLead }) => ({ id: newLead })],
  ['DisqualifyLead', 4, ({ newLead }) => ({ id: newLead, reason: 'No budget' })],
  ['AddLeadActivity', 3, ({ newLead }) => ({ leadId: newLead, input: { description: 'Called' } })],
  ['ConvertLead', 20, ({ newLead }) => ({ id: newLead, input: { createDeal: {} } })],
  ['DeleteLead', 3, ({ newLead }) => ({ id: newLead })],
  ['DeleteCustomer', 4, ({ newCustomer }) => ({ id: newCustomer })],
  ['CreateVendor', 3, () => ({ input: { name: 'Screen Vendor', email } }), 'newVendor'],
  ['UpdateVendor', 3, ({ newVendor }) => ({ id: newVendor, input: { rating: 4 } })],
  ['DeleteVendor', 3, ({ newVendor }) => ({ id: newVendor })],
  ['TerminateEmployee', 6, ({ sid }) => ({ id: sid })],
  ['DeleteEmployee', 6, ({ sid }) => ({ id: sid })],
  ['CreatePipeline', 5, () => ({ input: { name: 'Screens' } }), 'newPipeline'],
  ['CreatePipelineStage', 8, ({ newPipeline }) => ({ input: { pipelineId: newPipeline, name: 'Extra' } }), 'extra'],
  ['UpdatePipelineStage', 5, ({ extra }) => ({ id: extra, input: { probability: 30 } })],
  ['ReorderPipelineStage', 8, ({ extra }) => ({ id: extra, order: 1 })],
  ['DeletePipelineStage', 9, ({ extra }) => ({ id: extra })],
  ['SetDefaultPipeline', 5, ({ newPipeline }) => ({ id: newPipeline })],
  ['SuspendProfile', 6, ({ profile }) => ({ id: profile })],
  ['ActivateProfile', 7, ({ profile }) => ({ id: profile })],
  ['EndMembership', 11, ({ membership }) => ({ id: membership })],
  ['SwitchProfile', 2, ({ ownProfile }) => ({ id: ownProfile })],
  ['ChangePassword', 8, () => ({ input: { oldPassword: 'demo-password', newPassword: secret } })],
  ['SignOut', 1],
];

/** These have tests of their own, which arrange what they need: tests/auth and tests/pipelines. */
const elsewhere = new Set(['RefreshSession', 'ReorderPipelineStages']);

const folder = new URL('./screens/', import.meta.url);
const operations = new Map<string, DocumentNode>(
  readdirSync(folder).flatMap((file) =>
    Object.entries(separateOperations(parse(readFileSync(new URL(file, folder), 'utf8')))),
  ),
);

let api: GraphQLClient;
const ids: Ids = {};

beforeAll(async () => {
  api = new GraphQLClient(`${await anotherServer({ NODE_ENV: 'test' }, demoDatabaseUrl)}/graphql`);
  const { login } = await api.request<{ login: { accessToken: string } }>(gql`
    mutation {
      login(input: { username: "olivia.grant", password: "demo-password" }) { accessToken }
    }
  `);
  api.setHeader('authorization', `Bearer ${login.accessToken}`);
  const found = await api.request<Record<string, { nodes: { id: string }[] }>>(gql`
    {
      customer: customers(search: "Brightwater") { nodes { id } }
      lead: leads(filter: { isConverted: { eq: false } }, first: 1) { nodes { id } }
      deal: deals(filter: { status: { eq: OPEN } }, first: 1) { nodes { id } }
      stage: pipelineStages(filter: { name: { eq: "Qualified" } }) { nodes { id } }
      activity: activities(first: 1) { nodes { id } }
      role: roles(filter: { slug: { eq: "sales-rep" } }) { nodes { id } }
      permission: permissions(first: 1) { nodes { id } }
      vendor: vendors(first: 1) { nodes { id } }
      profile: userProfiles(search: "Vera") { nodes { id } }
      user: users(search: "Vera") { nodes { id } }
      employee: employees(search: "Vera") { nodes { id } }
    }
  `);
  for (const [name, { nodes }] of Object.entries(found)) ids[name] = nodes[0]!.id;
  const more = await api.request<{
    organization: { id: string };
    myProfiles: { id: string }[];
    customer: { activities: { pageInfo: { endCursor: string } } };
    pipelineStage: { deals: { pageInfo: { endCursor: string } } };
  }>(
    gql`
      query ($customer: ID!, $stage: ID!) {
        organization { id }
        myProfiles { id }
        customer(id: $customer) { activities(first: 1) { pageInfo { endCursor } } }
        pipelineStage(id: $stage) {
          deals(orderBy: [{ field: EXPECTED_CLOSE_DATE }], first: 1) { pageInfo { endCursor } }
        }
      }
    `,
    { customer: ids.customer, stage: ids.stage },
  );
  ids.organization = more.organization.id;
  ids.ownProfile = more.myProfiles[0]!.id;
  ids.cursor = more.customer.activities.pageInfo.endCursor;
  ids.dealCursor = more.pipelineStage.deals.pageInfo.endCursor;
});

interface Sent {
  statements: number;
  cost: { requested: number; limit: number; statements: number };
}

async function send([operation, , variables = () => ({}), keepAs]: Call): Promise<Sent> {
  let answer: Record<string, { id?: string; user?: { id: string } }> = {};
  let cost!: Sent['cost'];
  const statements = await statementsOf(async () => {
    const sent = await api.rawRequest<typeof answer>(print(operations.get(operation)!), variables(ids));
    answer = sent.data;
    ({ cost } = sent.extensions as Pick<Sent, 'cost'>);
  });
  const [root] = Object.values(answer);
  if (keepAs) ids[keepAs] = root!.id ?? root!.user!.id;
  return { statements: statements.length, cost };
}

test('every operation of the screens is valid and known here', () => {
  const invalid = [...operations].filter(([, document]) => validate(schema, document).length);
  expect(invalid).toEqual([]);
  const covered = [...queries, ...mutations].map(([name]) => name);
  expect(new Set([...covered, ...elsewhere])).toEqual(new Set(operations.keys()));
});

describe('the queries of the screens', () => {
  test.each(queries)('%s sends %i statements', async (...call) => {
    const { statements, cost } = await send(call);
    expect(statements).toBe(call[1]);
    expect(cost).toEqual({ requested: expect.any(Number), limit: 10_000, statements });
  });
});

describe('the examples of the page for people', () => {
  const all = examples.flatMap((document) => Object.entries(separateOperations(parse(document))));
  // The subscription runs in the tests of the explorer.
  const single = all.filter(([name]) => name !== 'Live');

  test.each(single)('%s is answered', async (_, document) => {
    const answer = await api.request<Record<string, unknown>>(document);
    expect(Object.values(answer)).not.toContain(null);
  });

  test("the demo's headline figures are those of its description", async () => {
    const { analytics } = await api.request<{ analytics: { dashboard: object } }>(gql`
      {
        analytics {
          dashboard {
            customers { total active }
            leads { total qualified conversionRate }
            deals { total active won lost winRate }
            revenue { total { amount otherCurrencies { amount currency } } pipelineValue { amount }
              expected { amount } }
          }
        }
      }
    `);
    expect(analytics.dashboard).toEqual({
      customers: { total: 7, active: 4 },
      leads: { total: 9, qualified: 3, conversionRate: 11.11 },
      deals: { total: 10, active: 5, won: 3, lost: 2, winRate: 60 },
      revenue: {
        total: { amount: '112500.00', otherCurrencies: [{ amount: '9000.00', currency: 'EUR' }] },
        pipelineValue: { amount: '250000.00' },
        expected: { amount: '122500.00' },
      },
    });
  });

  test("the versions of a record never fall in the demo's log", async () => {
    interface Feed {
      changes: { nodes: { recordId: string; version: number | null }[]; pageInfo: { hasNextPage: boolean } };
    }
    const { changes } = await api.request<Feed>(gql`
      { changes(first: 1000) { nodes { recordId version } pageInfo { hasNextPage } } }
    `);
    expect(changes.pageInfo.hasNextPage).toBe(false);
    const versions = [...Map.groupBy(changes.nodes, ({ recordId }) => recordId).values()].map((ofRecord) =>
      ofRecord.map(({ version }) => version ?? 0),
    );
    expect(versions.some(({ length }) => length > 1)).toBe(true);
    expect(versions).toEqual(versions.map((ofRecord) => ofRecord.toSorted((one, other) => one - other)));
  });

  test('the demo has one open invitation, to somebody in no organization whose address is confirmed', async () => {
    const signIn = gql`
      mutation {
        login(input: { username: "zoe.frank", password: "demo-password" }) { accessToken user { isEmailVerified } }
      }
    `;
    const { login } = await api.request<{ login: { accessToken: string; user: object } }>(signIn);
    expect(login.user).toEqual({ isEmailVerified: true });
    const mine = gql`{ myInvitations { organizationName invitedByName } }`;
    expect(await api.request(mine, {}, { authorization: `Bearer ${login.accessToken}` })).toEqual({
      myInvitations: [{ organizationName: 'Harbor & Pine Studio', invitedByName: 'Hugo Brandt' }],
    });
  });
});

describe('the mutations of the screens, their answers included', () => {
  test.each(mutations)('%s sends %i statements', async (...call) => {
    expect((await send(call)).statements).toBe(call[1]);
  });
});
