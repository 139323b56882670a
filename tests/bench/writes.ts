import type pg from 'pg';
import { v7 } from 'uuid';
import { type Dataset, inOrganization } from './dataset.js';

export interface Call {
  document: string;
  variables: object;
}

/** Records of the measured organization, as many as a call may change. */
interface Records extends Record<Table, string[]> {
  /** Those on whom most open deals depend. */
  busiest: { employee: string; customer: string; stage: string };
  /** Another stage of the busiest one's pipeline, and another employee. */
  others: { employee: string; stage: string };
  role: string;
  permissions: string[];
}

type Table = 'customers' | 'leads' | 'deals' | 'activities' | 'employees' | 'vendors';

const mostRows = 1000;

/** Values of `in`. */
const mostIds = 500;

/** Single mutations that one document may have. */
const mostCopies = 19;

async function recordsOf(client: pg.Client): Promise<Records> {
  const ids = async (text: string): Promise<string[]> => (await client.query(text)).rows.map(({ id }) => id);
  const some = (table: string, condition = 'true') =>
    ids(`select id from ${table} where ${condition} order by id limit ${mostRows}`);
  const busiest = async (pointer: string) =>
    (
      await ids(
        `select ${pointer} as id from deals where status = 'OPEN' and ${pointer} is not null
         group by 1 order by count(*) desc`,
      )
    )[0]!;
  const [employee, customer, stage] = [
    await busiest('assigned_to_id'),
    await busiest('customer_id'),
    await busiest('stage_id'),
  ];
  const [otherStage] = await ids(
    `select o.id
     from pipeline_stages s
     join pipeline_stages o on o.pipeline_id = s.pipeline_id
       and not (o.is_closed_won or o.is_closed_lost)
     where s.id = '${stage}' and o.id <> s.id and o.is_active`,
  );
  return {
    customers: await some('customers'),
    leads: await some('leads', 'not is_converted'),
    deals: await some('deals', `status = 'OPEN' and stage_id is not null`),
    activities: await some('activities', `status = 'SCHEDULED'`),
    employees: await some('employees', 'user_id not in (select user_id from memberships where is_owner)'),
    vendors: await some('vendors'),
    busiest: { employee, customer, stage },
    others: {
      employee: (await some('employees', `status = 'ACTIVE' and id <> '${employee}'`))[0]!,
      stage: otherStage!,
    },
    role: (await some('roles'))[0]!,
    permissions: await some('permissions'),
  };
}

/** Row types, and fields of a result's record that take most for the points that its row has left. */
const entities: Record<Table, { one: string; record: string }> = {
  customers: { one: 'Customer', record: 'totalValue { amount } lastContactAt assignedTo { fullName }' },
  leads: { one: 'Lead', record: 'assignedTo { fullName } deals(first: 1) { nodes { title } }' },
  deals: { one: 'Deal', record: 'customer { name } stage { name } assignedTo { fullName } daysInStage' },
  activities: { one: 'Activity', record: 'customer { name } deal { title } createdBy { email }' },
  employees: { one: 'Employee', record: 'manager { fullName } role { name }' },
  vendors: { one: 'Vendor', record: 'assignedTo { fullName }' },
};

const tables = Object.keys(entities) as Table[];

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

const email = () => `${v7()}@rows.example`;

const text = 'x'.repeat(500);

interface Input {
  externalId: string;
}

/** A whole record of each kind, which no other row has. */
function inputs({ busiest, deals, employees }: Records): Record<Table, (n: number) => Input> {
  const owner = { assignedToId: busiest.employee };
  const tags = ['alpha', 'beta', 'gamma'];
  const address = { street: 'Street 1', city: 'City', postalCode: '12345', country: 'Country', phone: '+49 30 123456' };
  const person = (n: number) => ({ name: `Row ${n}`, companyName: `Company ${n}`, email: email(), ...address });
  return {
    customers: (n) => ({ ...person(n), ...owner, tags, description: text, externalId: v7() }),
    leads: (n) => ({ ...person(n), ...owner, tags, description: text, estimatedValue: n, externalId: v7() }),
    deals: (n) => ({
      ...{ title: `Row ${n}`, customerId: busiest.customer, stageId: busiest.stage, value: n },
      ...{ ...owner, tags, description: text, externalId: v7() },
    }),
    activities: (n) => ({
      ...{ activityType: 'TASK', title: `Row ${n}`, dealId: deals[n] },
      ...{ ...owner, tags, description: text, taskPriority: 'HIGH', externalId: v7() },
    }),
    employees: (n) => ({
      ...{ firstName: 'Row', lastName: `${n}`, email: email(), managerId: employees[0], salary: 1000 + n },
      ...{ ...address, externalId: v7() },
    }),
    vendors: (n) => ({ ...person(n), ...owner, description: text, externalId: v7() }),
  };
}

/** Bulk mutations of 1,000 rows with all that their results may tell, and single ones that reach many records. */
export async function mutations(dataset: Dataset): Promise<Call[]> {
  const { databaseUrl, organizationId, moves } = dataset;
  const records = await inOrganization(databaseUrl, organizationId, recordsOf);
  const { busiest, others } = records;
  const whole = inputs(records);

  const bulk = (name: string, type: string, table: Table, rows: object[], mode = 'ATOMIC'): Call => ({
    document: `mutation ($rows: [${type}!]!) {
      ${name}(rows: $rows, mode: ${mode}) {
        summary { failed } results { status errors { code } record { id ${entities[table].record} } }
      }
    }`,
    variables: { rows },
  });
  const each = <T>(row: (n: number) => T): T[] => Array.from({ length: mostRows }, (_, n) => row(n));
  const existing = (table: Table, more: object = {}) => records[table].map((id) => ({ id, ...more }));
  const ofTable = (table: Table): Call[] => {
    const { one } = entities[table];
    const plural = capital(table);
    const change = { description: `${text} changed` };
    const input = table === 'employees' ? { jobTitle: 'Changed' } : change;
    const created = each((n) => ({ input: whole[table](n) }));
    // Every second row has the keys of the one before it, and fails.
    const twins = created.map((row, n) => created[n - (n % 2)] ?? row);
    const upserted = created.map(({ input: { externalId, ...rest } }, n) => {
      const id = n % 2 ? records[table][n] : undefined;
      return { by: id ? { id } : { externalId }, input: rest };
    });
    const halves = { a: records[table].slice(0, mostIds), b: records[table].slice(mostIds) };
    const where = `filter: { or: [{ id: { in: $a } }, { id: { in: $b } }] }, expectedCount: ${records[table].length}`;
    return [
      bulk(`create${plural}`, `Create${one}Row`, table, created),
      bulk(`create${plural}`, `Create${one}Row`, table, twins, 'PER_ROW'),
      bulk(`update${plural}`, `Update${one}Row`, table, existing(table, { input })),
      bulk(`upsert${plural}`, `Upsert${one}Row`, table, upserted),
      bulk(`delete${plural}`, 'RecordRow', table, existing(table)),
      {
        document: `mutation ($a: [ID!], $b: [ID!], $input: Update${one}Input!) {
          update${plural}Where(${where}, input: $input) { results { record { id ${entities[table].record} } } }
        }`,
        variables: { ...halves, input },
      },
      {
        document: `mutation ($a: [ID!], $b: [ID!]) { delete${plural}Where(${where}) { results { id } } }`,
        variables: halves,
      },
    ];
  };
  const single = (fields: string[], variables: object = {}, declared = ''): Call => ({
    document: `mutation ${declared} { ${fields.map((field, n) => `a${n}: ${field}`).join(' ')} }`,
    variables,
  });
  const copies = (table: Table, field: (id: string) => string) =>
    single(records[table].slice(0, mostCopies).map(field));

  return [
    ...tables.flatMap(ofTable),
    ...(['customers', 'leads', 'deals'] as const).map((table) =>
      bulk(`assign${capital(table)}`, 'AssignmentRow', table, existing(table, { employeeId: busiest.employee })),
    ),
    bulk('qualifyLeads', 'RecordRow', 'leads', existing('leads')),
    bulk('disqualifyLeads', 'DisqualifyLeadRow', 'leads', existing('leads', { reason: text })),
    bulk('moveDealsToStage', 'MoveDealRow', 'deals', moves.deals.slice(0, mostRows).map(movedTo(moves.stages[1]))),
    bulk('markDealsWon', 'MarkDealWonRow', 'deals', existing('deals')),
    bulk('markDealsLost', 'MarkDealLostRow', 'deals', existing('deals', { lostReason: text })),
    bulk('completeActivities', 'RecordRow', 'activities', existing('activities')),
    copies(
      'leads',
      (id) => `convertLead(id: "${id}", input: { createDeal: { title: "Sale" } }) { customer { id name } }`,
    ),
    copies('customers', (id) => `deleteCustomer(id: "${id}") { id }`),
    copies('deals', (id) => `markWon(id: "${id}") { id customer { totalValue { amount } } }`),
    copies('leads', (id) => `deleteLead(id: "${id}") { id }`),
    single([`terminateEmployee(id: "${busiest.employee}", reassignToId: "${others.employee}") { id }`]),
    single([`deleteEmployee(id: "${busiest.employee}") { id }`]),
    single([`deleteCustomer(id: "${busiest.customer}") { id }`]),
    single([`deletePipelineStage(id: "${busiest.stage}", moveDealsToStageId: "${others.stage}") { id }`]),
    single([`deleteOrganization(id: "${organizationId}") { id }`]),
    single(
      ['setRolePermissions(roleId: $role, permissionIds: $ids) { id }'],
      { role: records.role, ids: records.permissions },
      '($role: ID!, $ids: [ID!]!)',
    ),
  ];
}

const movedTo = (stageId: string) => (id: string) => ({ id, stageId });
