import { beforeAll, describe, expect, test } from '@jest/globals';
import { type GraphQLInputObjectType, type GraphQLObjectType, getNamedType, isInputObjectType } from 'graphql';
import { type Fields, freshEmail, newCustomer, type Sender } from './support/customers.js';
import { sql } from './support/database.js';
import { type ChecksWorld, newChecksWorld } from './support/refusal-cases.js';
import { day, idsByName, newDeal, newLead, newPipeline, type Row, send } from './support/sales.js';
import { schema } from './support/schema.js';
import { client } from './support/server.js';

const mutations = schema.getMutationType()!.getFields();

/** Records that an update takes, and the list that has them. */
const kinds: Record<string, { list: string; update: string; upsert?: string }> = {
  Customer: { list: 'customers', update: 'updateCustomer', upsert: 'upsertCustomers' },
  Lead: { list: 'leads', update: 'updateLead', upsert: 'upsertLeads' },
  Deal: { list: 'deals', update: 'updateDeal', upsert: 'upsertDeals' },
  Activity: { list: 'activities', update: 'updateActivity', upsert: 'upsertActivities' },
  Employee: { list: 'employees', update: 'updateEmployee', upsert: 'upsertEmployees' },
  Vendor: { list: 'vendors', update: 'updateVendor', upsert: 'upsertVendors' },
  Pipeline: { list: 'pipelines', update: 'updatePipeline' },
  PipelineStage: { list: 'pipelineStages', update: 'updatePipelineStage' },
  Role: { list: 'roles', update: 'updateRole' },
  Permission: { list: 'permissions', update: 'updatePermission' },
  Membership: { list: 'organizationMembers', update: 'updateMembership' },
  Organization: { list: 'organizations', update: 'updateOrganization' },
};

let world: ChecksWorld;
let owner: Sender;

beforeAll(async () => {
  world = await newChecksWorld();
  const { tenant, customer } = world;
  owner = world.owner;
  const inactive = await tenant.employee({ status: 'INACTIVE' });
  const late = await newDeal(owner, { customerId: customer.id, value: '10.5', expectedCloseDate: day(3) });
  await sql(`update deals set expected_close_date = current_date - 9, assigned_to_id = $1 where id = $2`, [
    inactive,
    late.id,
  ]);
  const short = await newPipeline(owner, { name: 'Short', stages: [{ name: 'Only' }] });
  for (const pipelineId of [undefined, short.id]) {
    const won = await newDeal(owner, { customerId: customer.id, pipelineId, value: '99.99' });
    const lost = await newDeal(owner, { customerId: customer.id, pipelineId });
    await send(owner, 'markWon', { id: won.id, actualCloseDate: day(-3) });
    await send(owner, 'markLost', { id: lost.id, lostReason: 'Price' });
  }
  const gone = await newPipeline(owner, { name: 'Gone' });
  const closed = await newDeal(owner, { customerId: customer.id, pipelineId: gone.id });
  await send(owner, 'moveDealStage', { id: closed.id, stageId: idsByName(gone)['Closed Lost'] });
  await send(owner, 'deletePipeline', { id: gone.id });
  const resting = await newPipeline(owner, { name: 'Resting' });
  await newDeal(owner, { customerId: customer.id, pipelineId: resting.id });
  await sql('update pipeline_stages set is_active = false where id = $1', [resting.stages[0]!.id]);
  await sql('update pipelines set is_active = false where id = $1', [resting.id]);
  for (const qualificationStatus of ['CONTACTED', 'QUALIFIED', 'UNQUALIFIED', 'LOST'])
    await newLead(owner, { qualificationStatus, assignedToId: await tenant.employee() });
  await sql('update leads set assigned_to_id = $1 where organization_id = $2', [inactive, tenant.id]);
  const business = await newCustomer(owner, { customerType: 'BUSINESS', name: 'B', rating: '4.5', tags: ['b', 'a'] });
  await sql('update customers set assigned_to_id = $1 where id = $2', [inactive, business.id]);
  for (const [activityType, fields] of Object.entries({
    CALL: { phoneNumber: '555 123 4567', callDuration: 60 },
    EMAIL: { emailSubject: 'Hello', emailBody: 'World' },
    MEETING: { meetingLocation: 'Here', meetingUrl: 'https://meet.example/1', attendees: ['a@b.example', 'C'] },
    TASK: { taskPriority: 'HIGH', taskDueDate: day(-2) },
    NOTE: { customerId: customer.id, isPinned: true },
    TELEGRAM: { scheduledAt: new Date().toISOString() },
  }))
    for (const status of ['SCHEDULED', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED'])
      await made('createActivity', { activityType, title: 'T', status, ...fields });
  for (const [status, more] of [
    ['ON_LEAVE', { employmentType: 'CONTRACT', hireDate: '2020-02-29', salary: '1234.5' }],
    ['TERMINATED', { hireDate: '2021-01-01' }],
  ] as const) {
    const id = await made('createEmployee', { firstName: 'E', lastName: status, email: freshEmail(), ...more });
    if (status === 'TERMINATED')
      await owner.request('mutation ($id: ID!) { terminateEmployee(id: $id) { id } }', { id });
    else await sql('update employees set status = $1 where id = $2', [status, id]);
  }
  await made('createVendor', { name: 'X', email: freshEmail(), creditLimit: 5 });
  await made('createPermission', { resource: 'invoice', action: 'approve' });
  await owner.request(
    'mutation ($id: ID!, $input: UpdateOrganizationInput!) { updateOrganization(id: $id, input: $input) { id } }',
    {
      id: tenant.id,
      input: { settings: { b: { y: 1, x: [1, null] }, a: 0.5 }, website: 'https://example.org/a?b' },
    },
  );
});

async function made(mutation: string, input: Fields): Promise<string> {
  const type = mutations[mutation]!.args.find(({ name }) => name === 'input')!.type;
  const document = `mutation ($input: ${type}) { ${mutation}(input: $input) { id } }`;
  return (await owner.request<Record<string, Row>>(document, { input }))[mutation]!.id;
}

const inputOf = (update: string): GraphQLInputObjectType => {
  const type = getNamedType(mutations[update]!.args.find(({ name }) => name === 'input')!.type);
  if (!isInputObjectType(type)) throw new Error(`${update} has no input`);
  return type;
};

/** Selections that read each field of an input from its record; fields that describe a change have none. */
function readings(kind: string, input: GraphQLInputObjectType): Map<string, string> {
  const fields = (schema.getType(kind) as GraphQLObjectType).getFields();
  return new Map(
    Object.keys(input.getFields()).flatMap((name): [string, string][] => {
      if (fields[name]) return [[name, name]];
      const relation = name.replace(/Id$/, '');
      return fields[relation] ? [[name, `${relation} { id }`]] : [];
    }),
  );
}

interface Read extends Fields {
  id: string;
  version: number;
}

async function readAll(
  kind: string,
  sender: Sender,
  type = inputOf(kinds[kind]!.update),
): Promise<{ record: Read; input: Fields }[]> {
  const { list } = kinds[kind]!;
  const fields = readings(kind, type);
  const more = list === 'organizationMembers' ? ', includeInactive: true' : '';
  const { [list]: page } = await sender.request<Record<string, { nodes: Read[] }>>(
    `{ ${list}(first: 100${more}) { nodes { id version ${[...fields.values()].join(' ')} } } }`,
  );
  return page!.nodes.map((record) => ({
    record,
    input: Object.fromEntries(
      [...fields].map(([name, reading]) => {
        const value = record[reading.split(' ')[0]!];
        return [name, reading.includes('{') ? ((value as Read | null)?.id ?? null) : value];
      }),
    ),
  }));
}

describe('a record sent back as it was read changes nothing, whatever its state', () => {
  test.each(Object.keys(kinds))('%s', async (kind) => {
    const { update } = kinds[kind]!;
    const records = await readAll(kind, owner);
    expect(records.length).toBeGreaterThan(0);
    const document = `mutation ($id: ID!, $input: ${inputOf(update)}!, $version: Int) {
      ${update}(id: $id, input: $input, expectedVersion: $version) { id version }
    }`;
    for (const { record, input } of records) {
      const { id, version } = record;
      const answer = await owner.request<Record<string, Read>>(document, { id, input, version });
      expect({ ...answer[update]!, input }).toEqual({ id, version, input });
    }
  });

  test.each(Object.entries(kinds).flatMap(([kind, { upsert }]) => (upsert ? [[kind, upsert] as const] : [])))(
    '%s, upserted',
    async (kind, upsert) => {
      const shape = schema.getType(`Upsert${kind}Input`) as GraphQLInputObjectType;
      const records = await readAll(kind, owner, shape);
      const rows = records.map(({ record, input }) => ({ by: { id: record.id }, input }));
      const type = mutations[upsert]!.args.find(({ name }) => name === 'rows')!.type;
      const document = `mutation ($rows: ${type}) {
        ${upsert}(rows: $rows, mode: PER_ROW) { results { status errors { path message } } }
      }`;
      const { [upsert]: outcome } = await owner.request<Record<string, { results: object[] }>>(document, { rows });
      expect(outcome!.results).toEqual(rows.map(() => ({ status: 'UNCHANGED', errors: [] })));
    },
  );

  test('one’s own account, and one’s own employee record without any permission', async () => {
    const { tenant, nobody } = world;
    const self = client({ token: nobody.token, organizationId: tenant.id });
    const own = await tenant.employee({ userId: nobody.id });
    const records = await readAll('Employee', owner);
    const { record, input } = records.find((one) => one.record.id === own)!;
    const { salary: _, commissionRate: __, ...visible } = input;
    const answer = await self.request<{ updateEmployee: Read }>(
      'mutation ($id: ID!, $input: UpdateEmployeeInput!) { updateEmployee(id: $id, input: $input) { id version } }',
      { id: own, input: { ...visible, phone: '555 987 6543' } },
    );
    expect(answer.updateEmployee.version).toBe(record.version + 1);
    const fields = readings('User', inputOf('updateUser'));
    const { me } = await self.request<{ me: Read }>(`{ me { id version ${[...fields.values()].join(' ')} } }`);
    const { id, version, ...account } = me;
    const { updateUser } = await self.request<{ updateUser: Read }>(
      'mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { id version } }',
      { id, input: account },
    );
    expect(updateUser).toEqual({ id, version });
  });
});
