import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { v7 } from 'uuid';
import { arrange } from './support/arrange.js';
import { sql, urls } from './support/database.js';
import { idsByName, newDeal, pipelineById } from './support/sales.js';
import { origin } from './support/server.js';
import { newTenant, type Person } from './support/tenant.js';

interface Answer {
  status: number;
  requestId: string | null;
  text: string;
  data?: Record<string, unknown> | null;
  errors?: { message: string; path?: unknown[]; extensions: Record<string, unknown> }[];
}

/** The whole answer, which a client library would throw away when it carries errors. */
async function send(person: Person, query: string, variables: object = {}): Promise<Answer> {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${person.token}` },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  return { status: response.status, requestId: response.headers.get('x-request-id'), text, ...JSON.parse(text) };
}

async function newCustomer(person: Person, name: string): Promise<{ id: string; version: number }> {
  const { data } = await send(
    person,
    'mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id version } }',
    { input: { name, email: `${v7()}@customers.example` } },
  );
  return data!.createCustomer as { id: string; version: number };
}

const customersOf = (organizationId: string) =>
  sql<{ name: string; version: number }>(
    'select name, version from customers where organization_id = $1 order by created_at, id',
    [organizationId],
  );

function expectMasked({ errors, requestId, text }: Answer, path?: unknown[]): void {
  expect(errors).toHaveLength(1);
  expect(errors![0]!.path).toEqual(path);
  expect(errors![0]!.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', requestId });
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(errors![0]!.message).toMatch(/went wrong on our side/);
  expect(text).not.toMatch(/select |insert |update |permission denied|refused here|crm_app|stack/);
}

describe('a mutation document', () => {
  test('keeps what succeeds and nothing of what fails', async () => {
    const { id: organizationId, owner } = await newTenant();
    const { id } = await newCustomer(owner, 'Ada');
    const answer = await send(
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
    const { id } = await newCustomer(owner, 'Ada');
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
    const answer = await send(
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
    const { id } = await newCustomer(owner, 'Ada');
    const answer = await send(
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
    const { id } = await newCustomer(owner, 'Ada');
    const { data } = await send(
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
    const answer = await send(
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
    const { id } = await newCustomer(owner, 'Ada');
    const answer = await send(
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
    const { id } = await newCustomer(owner, 'Ada');
    const rename = (name: string) =>
      send(owner, 'mutation ($id: ID!, $name: String) { updateCustomer(id: $id, input: { name: $name }) { name } }', {
        id,
        name,
      });
    const refused = await Promise.all(Array.from({ length: 20 }, () => rename('Refused')));
    for (const answer of refused) expectMasked(answer);
    expect((await rename('Grace')).data).toEqual({ updateCustomer: { name: 'Grace' } });
    expect(await customersOf(organizationId)).toEqual([{ name: 'Grace', version: 2 }]);
  });
});

test('a record that is gone when it is written takes all with it', async () => {
  const { id: organizationId, owner } = await newTenant();
  const { id: customerId } = await newCustomer(owner, 'Ada');
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
  const answer = await send(
    owner,
    'mutation ($id: ID!, $stageId: ID!) { moveDealStage(id: $id, stageId: $stageId) { id } }',
    { id: deal.id, stageId: Negotiation },
  );
  expect(answer.data).toEqual({ moveDealStage: null });
  expect(answer.errors).toMatchObject([{ path: ['moveDealStage'], extensions: { code: 'TIMEOUT' } }]);
  expect(await sql('select from deal_stage_changes where organization_id = $1', [organizationId])).toHaveLength(1);
});

test('an answer is of one state, lists below the record included, whoever else changes it', async () => {
  const { owner } = await newTenant();
  const { id: customerId } = await newCustomer(owner, 'Ada');
  const deal = await newDeal(owner, { customerId });
  const { Negotiation, Qualified } = idsByName(await pipelineById(owner));
  const answers = await Promise.all(
    Array.from({ length: 24 }, (_, n) =>
      send(
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
    const { id } = await newCustomer(owner, 'Ada');
    await hideActivities();
    const answer = await send(
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

  test('below the only mutation of a document, too', async () => {
    const { id: organizationId, owner } = await newTenant();
    const { id } = await newCustomer(owner, 'Ada');
    await hideActivities();
    const answer = await send(
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
    const { id } = await newCustomer(owner, 'Ada');
    await hideActivities();
    const answer = await send(owner, 'query ($id: ID!) { customer(id: $id) { name activities { totalCount } } }', {
      id,
    });
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
    const answer = await send(owner, `{ ${field} }`);
    expect(answer.data).toEqual({ organization: null });
    expectMasked(answer, ['organization']);
    expect(await sql('select industry from organizations where id = $1', [organizationId])).toEqual([
      { industry: null },
    ]);
    const written = await send(
      owner,
      `mutation { updateOrganization(id: "${organizationId}", input: { city: "Rome" }) { city memberCount } }`,
    );
    expect(written.data).toEqual({ updateOrganization: { city: 'Rome', memberCount: 7 } });
  });

  test('sees one snapshot: what is counted is what is listed', async () => {
    const { owner } = await newTenant();
    await newCustomer(owner, 'Ada');
    let writing = true;
    const writer = (async () => {
      while (writing) await newCustomer(owner, 'More');
    })();
    const reads = 'a: customers(first: 100) { totalCount nodes { id } } b: customers { totalCount }';
    for (let n = 0; n < 15; n += 1) {
      const { data } = await send(owner, `{ ${reads} }`);
      const { a, b } = data as { a: { totalCount: number; nodes: object[] }; b: { totalCount: number } };
      expect([a.nodes.length, b.totalCount]).toEqual([Math.min(a.totalCount, 100), a.totalCount]);
    }
    writing = false;
    await writer;
  });
});

test('of statements that travel together the first to fail is told', async () => {
  const { owner, id } = await newTenant();
  const customer = await newCustomer(owner, 'A');
  const { data } = await send(
    owner,
    'mutation ($input: CreateDealInput!) { createDeal(input: $input) { id pipeline { id stages { id } } } }',
    { input: { title: 'Deal', customerId: customer.id } },
  );
  const deal = data!.createDeal as { id: string; pipeline: { id: string; stages: { id: string }[] } };
  const holder = new pg.Client({ connectionString: urls.superuserUrl });
  await holder.connect();
  await holder.query('begin');
  await holder.query('select from pipelines where id = $1 for update', [deal.pipeline.id]);
  const move = send(owner, 'mutation ($id: ID!, $stageId: ID!) { moveDealStage(id: $id, stageId: $stageId) { id } }', {
    id: deal.id,
    stageId: deal.pipeline.stages[1]!.id,
  });
  await sleep(1500);
  // The lock times out while the server is busy, so that it reads all answers at once.
  for (const until = Date.now() + 1500; Date.now() < until; );
  const { errors } = await move;
  await holder.end();
  expect(errors![0]!.extensions.code).toBe('TIMEOUT');
  expect(await sql('select from deal_stage_changes where organization_id = $1', [id])).toHaveLength(1);
});

test('what is refused because an earlier statement of the same snapshot timed out has timed out, too', async () => {
  const { owner } = await newTenant();
  const holder = new pg.Client({ connectionString: urls.superuserUrl });
  await holder.connect();
  await holder.query('begin');
  await holder.query('lock table vendors');
  const answer = await send(owner, '{ vendors { totalCount } deals { totalCount } customers { nodes { id } } }');
  await holder.end();
  expect(answer.data).toEqual({ vendors: null, deals: null, customers: null });
  expect(answer.errors!.map(({ extensions }) => extensions.code)).toEqual(Array(3).fill('TIMEOUT'));
});

test('connections that break in the middle of mutations are replaced', async () => {
  const { owner, id } = await newTenant();
  const customer = await newCustomer(owner, 'A');
  const Change = 'mutation ($id: ID!) { updateCustomer(id: $id, input: { description: "x" }) { id } }';
  const holder = new pg.Client({ connectionString: urls.superuserUrl });
  await holder.connect();
  // More than the pool has.
  for (let round = 0; round < 20; round += 1) {
    await holder.query('begin');
    await holder.query('select from customers where id = $1 for update', [customer.id]);
    const answer = send(owner, Change, { id: customer.id });
    const broken = async () =>
      sql(
        `select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      );
    while ((await broken()).length === 0) await new Promise((tick) => setTimeout(tick, 10));
    expectMasked(await answer, ['updateCustomer']);
    await holder.query('rollback');
  }
  await holder.end();
  expect((await send(owner, Change, { id: customer.id })).errors).toBeUndefined();
  expect(await customersOf(id)).toEqual([{ name: 'A', version: 2 }]);
}, 60_000);

test('documents that deadlock are done again as a whole, each once', async () => {
  const { owner, id } = await newTenant();
  const [a, b] = [await newCustomer(owner, 'A'), await newCustomer(owner, 'B')];
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
      pairs.map(([one, other], n) => send(owner, Both, { one, other, name: `${round} ${n}` })),
    );
    expect(answers.map(({ errors }) => errors)).toEqual([undefined, undefined]);
  }
  const versions = (await customersOf(id)).map(({ version }) => version);
  expect(versions).toEqual([1 + 2 * rounds, 1 + 2 * rounds]);
});

test('an idle request holds no connection: more requests than connections are answered', async () => {
  const { owner } = await newTenant();
  const { id } = await newCustomer(owner, 'Ada');
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      n % 2
        ? send(owner, `{ customer(id: "${id}") { name activities { totalCount } } }`)
        : send(owner, `mutation { addCustomerNote(customerId: "${id}", input: { text: "note" }) { title } }`),
    ),
  );
  expect(answers.filter(({ errors }) => errors)).toEqual([]);
  // The end of a snapshot may wait for the next statement, but not for long.
  await sleep(200);
  expect(
    await sql(
      `select from pg_stat_activity where usename = 'crm_app' and state like 'idle in transaction%' and datname = current_database()`,
    ),
  ).toEqual([]);
});
