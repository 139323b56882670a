import { beforeAll, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { copyDeal } from '../support/copied-deals.js';
import { newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { idsByName, newDeal, pipelineById, send } from '../support/sales.js';
import { partialAnswer, refusal } from '../support/server.js';
import { newTenant, type Tenant } from '../support/tenant.js';

let tenant: Tenant;
let stages: Record<string, string>;
let [first, second, third] = ['', '', ''];

/** 30,002 deals stand on one stage; half of them belong to the first employee, the others to the second one. */
beforeAll(async () => {
  tenant = await newTenant();
  const { owner } = tenant;
  stages = idsByName(await pipelineById(owner));
  const { id: customerId } = await newCustomer(owner);
  [first, second, third] = [await tenant.employee(), await tenant.employee(), await tenant.employee()];
  for (const [assignedToId, count] of [
    [first, 15_000],
    [second, 15_000],
  ] as const) {
    const { id } = await newDeal(owner, { customerId, stageId: stages.Lead, assignedToId });
    await copyDeal(id, count);
  }
});

const tooMany = { code: 'CONFLICT', reason: 'TOO_MANY_REFERENCES' };
const assigned = async (employeeId: string) =>
  Number((await sql('select count(*) from deals where assigned_to_id = $1', [employeeId]))[0]!.count);

test('a stage whose deals are too many is not deleted', async () => {
  const moved = send(tenant.owner, 'deletePipelineStage', { id: stages.Lead, moveDealsToStageId: stages.Qualified });
  expect(await refusal(moved)).toMatchObject(tooMany);
  expect(await sql('select 1 from pipeline_stages where id = $1', [stages.Lead])).toHaveLength(1);
});

test.each(['ATOMIC', 'PER_ROW'])(
  'employees to whom too much refers together are not deleted in bulk: %s',
  async (mode) => {
    const Delete = gql`
    mutation ($rows: [RecordRow!]!, $mode: BulkMode!) {
      deleteEmployees(rows: $rows, mode: $mode) { summary { failed } }
    }
  `;
    const rows = [{ id: first }, { id: second }];
    expect(await refusal(tenant.owner.request(Delete, { rows, mode }))).toMatchObject(tooMany);
    expect(await sql('select 1 from employees where id = any($1)', [[first, second]])).toHaveLength(2);
  },
);

test('what the fields of a document change without naming it counts together', async () => {
  const Both = gql`
    mutation ($first: ID!, $second: ID!, $third: ID!) {
      a: deleteEmployee(id: $first) { id }
      b: terminateEmployee(id: $second, reassignToId: $third) { id }
    }
  `;
  const request = tenant.owner.request(Both, { first, second, third }, { 'x-dry-run': 'true' });
  const { data, errors } = await partialAnswer(request);
  expect(data).toEqual({ a: { id: first }, b: null });
  expect(errors).toMatchObject([{ path: ['b'], extensions: tooMany }]);
});

test('one employee hands over fifteen thousand deals', async () => {
  const Terminate = gql`
    mutation ($id: ID!, $reassignToId: ID!) { terminateEmployee(id: $id, reassignToId: $reassignToId) { status } }
  `;
  expect(await tenant.owner.request(Terminate, { id: first, reassignToId: third })).toEqual({
    terminateEmployee: { status: 'TERMINATED' },
  });
  expect(await Promise.all([first, third].map(assigned))).toEqual([0, 15_001]);
  const [versions] = await sql('select min(version), max(version) from deals where assigned_to_id = $1', [third]);
  expect(versions).toEqual({ min: 2, max: 2 });
});
