import { describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { expectMasked, wholeAnswer } from '../support/answers.js';
import { arrange } from '../support/arrange.js';
import { customersOf, newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { idsByName, newDeal, pipelineById } from '../support/sales.js';
import { newTenant } from '../support/tenant.js';

describe('a mutation document', () => {
  test('keeps what succeeds and nothing of what fails', async () => {
    const { id: organizationId, owner } = await newTenant();
    const { id } = await newCustomer(owner, { name: 'Ada' });
    const answer = await wholeAnswer(
      owner,
      `mutation ($id: ID!, $email: String!) {
        first: updateCustomer(id: $id, input: { name: "Ada One" }) { name version }
        second: updateCustomer(id: $id, input: { name: "Ada Two" }, expectedVersion: 1) { name version }
        third: createCustomer(input: { name: "Grace", email: $email }) { name version }
      }`,
      { id, email: `${v7()}@customers.example` },
    );
    expect(answer.status).toBe(200);
    expect(answer.data).toEqual({
      first: { name: 'Ada One', version: 2 },
      second: null,
      third: { name: 'Grace', version: 1 },
    });
    expect(answer.errors).toMatchObject([
      { path: ['second'], extensions: { code: 'VERSION_CONFLICT', currentVersion: 2 } },
    ]);
    expect(await customersOf(organizationId)).toEqual([
      { name: 'Ada One', version: 2 },
      { name: 'Grace', version: 1 },
    ]);
  });

  test('takes back rows already written by the field that fails', async () => {
    const { id: organizationId, owner } = await newTenant();
    const { id } = await newCustomer(owner, { name: 'Ada' });
    await arrange(
      `create function refuse_activity() returns trigger language plpgsql as $$
         begin if new.title = 'refused here' then raise 'refused here'; end if; return new; end $$`,
      'drop function refuse_activity()',
    );
    // The row is in the table when this trigger speaks.
    await arrange(
      'create trigger refuse after insert on activities for each row execute function refuse_activity()',
      'drop trigger refuse on activities',
    );
    const note = (key: string, text: string) =>
      `${key}: addCustomerNote(customerId: $id, input: { text: "${text}" }) { title customer { id } }`;
    const answer = await wholeAnswer(
      owner,
      `mutation ($id: ID!) {
        ${note('first', 'one')}
        ${note('second', 'refused here')}
        ${note('third', 'three')}
        fourth: activateCustomer(id: $id) { version notes { totalCount } }
      }`,
      { id },
    );
    expect(answer.data).toEqual({
      first: { title: 'one', customer: { id } },
      second: null,
      third: { title: 'three', customer: { id } },
      fourth: { version: 1, notes: { totalCount: 2 } },
    });
    expectMasked(answer, ['second']);
    expect(await sql('select title from activities where organization_id = $1 order by id', [organizationId])).toEqual([
      { title: 'one' },
      { title: 'three' },
    ]);
  });

  test('whose every field fails keeps nothing', async () => {
    const { id: organizationId, owner } = await newTenant();
    const { id } = await newCustomer(owner, { name: 'Ada' });
    const answer = await wholeAnswer(
      owner,
      `mutation ($id: ID!, $none: ID!) {
        a: updateCustomer(id: $none, input: { name: "Nobody" }) { id }
        b: updateCustomer(id: $id, input: { name: "Stale" }, expectedVersion: 7) { id }
        c: deleteCustomer(id: $id, expectedVersion: 7) { id }
      }`,
      { id, none: v7() },
    );
    expect(answer.errors!.map(({ path, extensions }) => [path, extensions.code])).toEqual([
      [['a'], 'NOT_FOUND'],
      [['b'], 'VERSION_CONFLICT'],
      [['c'], 'VERSION_CONFLICT'],
    ]);
    expect(await customersOf(organizationId)).toEqual([{ name: 'Ada', version: 1 }]);
  });

  test('shows each field what the ones before it did', async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner, { name: 'Ada' });
    const { data } = await wholeAnswer(
      owner,
      `mutation ($id: ID!) {
        a: deactivateCustomer(id: $id) { status version }
        b: activateCustomer(id: $id, expectedVersion: 2) { status version }
        c: deleteCustomer(id: $id, expectedVersion: 3) { id }
        d: updateCustomer(id: $id, input: { name: "Gone" }) { id }
      }`,
      { id },
    );
    expect(data).toEqual({
      a: { status: 'INACTIVE', version: 2 },
      b: { status: 'ACTIVE', version: 3 },
      c: { id },
      d: null,
    });
  });

  test('a unique value that collides in the database itself fails only its field', async () => {
    const { id: organizationId, owner } = await newTenant();
    const email = `${v7()}@customers.example`;
    const create = (key: string, address: string) =>
      `${key}: createCustomer(input: { name: "${key}", email: "${address}" }) { name }`;
    const answer = await wholeAnswer(
      owner,
      `mutation { ${create('one', email)} ${create('two', email.toUpperCase())} ${create('three', `3${email}`)} }`,
    );
    expect(answer.data).toEqual({ one: { name: 'one' }, two: null, three: { name: 'three' } });
    expect(answer.errors).toMatchObject([{ extensions: { code: 'CONFLICT', reason: 'DUPLICATE_EMAIL' } }]);
    expect((await customersOf(organizationId)).map(({ name }) => name)).toEqual(['one', 'three']);
  });
});

describe('a commit that PostgreSQL refuses', () => {
  const atCommit = async () => {
    await arrange(
      `create function refuse_commit() returns trigger language plpgsql as $$
         begin if new.name = 'Refused' then raise 'refused here'; end if; return null; end $$`,
      'drop function refuse_commit()',
    );
    await arrange(
      `create constraint trigger refuse after insert or update on customers deferrable initially deferred
         for each row execute function refuse_commit()`,
      'drop trigger refuse on customers',
    );
  };

  test('reaches the client as an error, and nothing is kept', async () => {
    await atCommit();
    const { id: organizationId, owner } = await newTenant();
    const { id } = await newCustomer(owner, { name: 'Ada' });
    const answer = await wholeAnswer(
      owner,
      `mutation ($id: ID!, $email: String!) {
        addCustomerNote(customerId: $id, input: { text: "kept?" }) { id }
        createCustomer(input: { name: "Refused", email: $email }) { id }
      }`,
      { id, email: `${v7()}@customers.example` },
    );
    expect(answer.data ?? null).toBeNull();
    expectMasked(answer);
    expect(await customersOf(organizationId)).toEqual([{ name: 'Ada', version: 1 }]);
    expect(await sql('select from activities where organization_id = $1', [organizationId])).toEqual([]);
  });

  test('leaves connections behind that work', async () => {
    await atCommit();
    const { id: organizationId, owner } = await newTenant();
    const { id } = await newCustomer(owner, { name: 'Ada' });
    const rename = (name: string) =>
      wholeAnswer(
        owner,
        'mutation ($id: ID!, $name: String) { updateCustomer(id: $id, input: { name: $name }) { name } }',
        {
          id,
          name,
        },
      );
    const refused = await Promise.all(Array.from({ length: 20 }, () => rename('Refused')));
    for (const answer of refused) expectMasked(answer);
    expect((await rename('Grace')).data).toEqual({ updateCustomer: { name: 'Grace' } });
    expect(await customersOf(organizationId)).toEqual([{ name: 'Grace', version: 2 }]);
  });
});

test('a record that is gone when it is written takes all with it', async () => {
  const { id: organizationId, owner } = await newTenant();
  const { id: customerId } = await newCustomer(owner, { name: 'Ada' });
  const deal = await newDeal(owner, { customerId });
  const { Negotiation } = idsByName(await pipelineById(owner));
  await arrange(
    `create function pass_over() returns trigger language plpgsql as $$ begin return null; end $$`,
    'drop function pass_over()',
  );
  await arrange(
    'create trigger pass_over before update on deals for each row execute function pass_over()',
    'drop trigger pass_over on deals',
  );
  const answer = await wholeAnswer(
    owner,
    'mutation ($id: ID!, $stageId: ID!) { moveDealStage(id: $id, stageId: $stageId) { id } }',
    { id: deal.id, stageId: Negotiation },
  );
  expect(answer.data).toEqual({ moveDealStage: null });
  expect(answer.errors).toMatchObject([{ path: ['moveDealStage'], extensions: { code: 'TIMEOUT' } }]);
  expect(await sql('select from deal_stage_changes where organization_id = $1', [organizationId])).toHaveLength(1);
});

test('documents that deadlock are done again as a whole, each once', async () => {
  const { owner, id } = await newTenant();
  const [a, b] = [await newCustomer(owner, { name: 'A' }), await newCustomer(owner, { name: 'B' })];
  const Both = `mutation ($one: ID!, $other: ID!, $name: String!) {
    one: updateCustomer(id: $one, input: { description: $name }) { id }
    other: updateCustomer(id: $other, input: { description: $name }) { id }
  }`;
  const pairs = [
    [a.id, b.id],
    [b.id, a.id],
  ];
  const rounds = 4;
  for (let round = 0; round < rounds; round += 1) {
    const answers = await Promise.all(
      pairs.map(([one, other], n) => wholeAnswer(owner, Both, { one, other, name: `${round} ${n}` })),
    );
    expect(answers.map(({ errors }) => errors)).toEqual([undefined, undefined]);
  }
  const versions = (await customersOf(id)).map(({ version }) => version);
  expect(versions).toEqual([1 + 2 * rounds, 1 + 2 * rounds]);
});
