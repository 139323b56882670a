import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { expectMasked, wholeAnswer } from '../support/answers.js';
import { arrange } from '../support/arrange.js';
import { customersOf, newCustomer } from '../support/customers.js';
import { sql, urls } from '../support/database.js';
import { waiting } from '../support/locks.js';
import { idsByName, newDeal, pipelineById } from '../support/sales.js';
import { newTenant } from '../support/tenant.js';

test('an answer is of one state, lists below the record included, whoever else changes it', async () => {
  const { owner } = await newTenant();
  const { id: customerId } = await newCustomer(owner, { name: 'Ada' });
  const deal = await newDeal(owner, { customerId });
  const { Negotiation, Qualified } = idsByName(await pipelineById(owner));
  const answers = await Promise.all(
    Array.from({ length: 24 }, (_, n) =>
      wholeAnswer(
        owner,
        `mutation ($id: ID!, $stageId: ID!) {
          moveDealStage(id: $id, stageId: $stageId) { version stageHistory(first: 100) { totalCount } }
        }`,
        { id: deal.id, stageId: n % 2 ? Negotiation : Qualified },
      ),
    ),
  );
  for (const { data } of answers) {
    const { version, stageHistory } = data!.moveDealStage as { version: number; stageHistory: { totalCount: number } };
    expect(stageHistory.totalCount).toBe(version);
  }
});

describe('a nested read that fails', () => {
  const hideActivities = () =>
    arrange('revoke select on activities from crm_app', 'grant select on activities to crm_app');

  test('inside a mutation fails only its field; the change stands', async () => {
    const { id: organizationId, owner } = await newTenant();
    const { id } = await newCustomer(owner, { name: 'Ada' });
    await hideActivities();
    const answer = await wholeAnswer(
      owner,
      `mutation ($id: ID!) {
        first: updateCustomer(id: $id, input: { name: "Grace" }) { name activities { totalCount } version }
        second: deactivateCustomer(id: $id) { name status version }
      }`,
      { id },
    );
    expect(answer.data).toEqual({
      first: { name: 'Grace', activities: null, version: 2 },
      second: { name: 'Grace', status: 'INACTIVE', version: 3 },
    });
    expectMasked(answer, ['first', 'activities']);
    expect(await customersOf(organizationId)).toEqual([{ name: 'Grace', version: 3 }]);
  });

  test('also below the only mutation of a document', async () => {
    const { id: organizationId, owner } = await newTenant();
    const { id } = await newCustomer(owner, { name: 'Ada' });
    await hideActivities();
    const answer = await wholeAnswer(
      owner,
      'mutation ($id: ID!) { updateCustomer(id: $id, input: { name: "Grace" }) { name activities { totalCount } } }',
      { id },
    );
    expect(answer.data).toEqual({ updateCustomer: { name: 'Grace', activities: null } });
    expectMasked(answer, ['updateCustomer', 'activities']);
    expect(await customersOf(organizationId)).toEqual([{ name: 'Grace', version: 2 }]);
  });

  test('inside a query is masked at its path', async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner, { name: 'Ada' });
    await hideActivities();
    const answer = await wholeAnswer(
      owner,
      'query ($id: ID!) { customer(id: $id) { name activities { totalCount } } }',
      {
        id,
      },
    );
    expect(answer.data).toEqual({ customer: { name: 'Ada', activities: null } });
    expectMasked(answer, ['customer', 'activities']);
  });
});

describe('a query document', () => {
  test('cannot write, whatever its fields may do', async () => {
    const { id: organizationId, owner } = await newTenant();
    const [{ definition }] = (await sql<{ definition: string }>(
      `select pg_get_functiondef('member_count(uuid)'::regprocedure) as definition`,
    )) as [{ definition: string }];
    await arrange(
      `create or replace function member_count(p_organization uuid) returns integer language sql volatile
         security definer set search_path = pg_catalog, public, pg_temp
         as $$ update organizations set industry = 'written' where id = p_organization returning 7 $$`,
      definition,
    );
    const field = 'organization { name memberCount }';
    const answer = await wholeAnswer(owner, `{ ${field} }`);
    expect(answer.data).toEqual({ organization: null });
    expectMasked(answer, ['organization']);
    expect(await sql('select industry from organizations where id = $1', [organizationId])).toEqual([
      { industry: null },
    ]);
    const written = await wholeAnswer(
      owner,
      `mutation { updateOrganization(id: "${organizationId}", input: { city: "Rome" }) { city memberCount } }`,
    );
    expect(written.data).toEqual({ updateOrganization: { city: 'Rome', memberCount: 7 } });
  });

  test('sees one snapshot: what is counted is what is listed', async () => {
    const { owner } = await newTenant();
    await newCustomer(owner, { name: 'Ada' });
    let writing = true;
    const writer = (async () => {
      while (writing) await newCustomer(owner, { name: 'More' });
    })();
    const reads = 'a: customers(first: 100) { totalCount nodes { id } } b: customers { totalCount }';
    for (let n = 0; n < 15; n += 1) {
      const { data } = await wholeAnswer(owner, `{ ${reads} }`);
      const { a, b } = data as { a: { totalCount: number; nodes: object[] }; b: { totalCount: number } };
      expect([a.nodes.length, b.totalCount]).toEqual([Math.min(a.totalCount, 100), a.totalCount]);
    }
    writing = false;
    await writer;
  });
});

test('the first failing statement of a pipelined batch is reported', async () => {
  const { owner, id } = await newTenant();
  const customer = await newCustomer(owner, { name: 'A' });
  const { data } = await wholeAnswer(
    owner,
    'mutation ($input: CreateDealInput!) { createDeal(input: $input) { id pipeline { id stages { id } } } }',
    { input: { title: 'Deal', customerId: customer.id } },
  );
  const deal = data!.createDeal as { id: string; pipeline: { id: string; stages: { id: string }[] } };
  const holder = new pg.Client({ connectionString: urls.superuserUrl });
  await holder.connect();
  await holder.query('begin');
  await holder.query('select from pipelines where id = $1 for update', [deal.pipeline.id]);
  const move = wholeAnswer(
    owner,
    'mutation ($id: ID!, $stageId: ID!) { moveDealStage(id: $id, stageId: $stageId) { id } }',
    {
      id: deal.id,
      stageId: deal.pipeline.stages[1]!.id,
    },
  );
  await waiting(1);
  // The lock times out, after two seconds, while the server is busy, so that it reads all answers at once.
  for (const until = Date.now() + 3000; Date.now() < until; );
  const { errors } = await move;
  await holder.end();
  expect(errors![0]!.extensions.code).toBe('TIMEOUT');
  expect(await sql('select from deal_stage_changes where organization_id = $1', [id])).toHaveLength(1);
});
