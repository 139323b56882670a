import { beforeAll, describe, expect, test } from '@jest/globals';
import { type GraphQLInputObjectType, getNamedType } from 'graphql';
import { v7 } from 'uuid';
import { type Fields, freshEmail, newCustomer } from '../support/customers.js';
import { newDeal, newLead, send } from '../support/sales.js';
import { schema } from '../support/schema.js';
import { client, refusal } from '../support/server.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';

let tenant: Tenant;
let owner: Person;

beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
});

interface Result {
  status: string;
  id: string | null;
  errors: Record<'code' | 'reason' | 'path' | 'fieldCode' | 'existingId' | 'currentVersion', unknown>[];
  record: { id: string; version: number } | null;
}

async function run(name: string, rowType: string, rows: Fields[], mode = 'PER_ROW'): Promise<Result[]> {
  const document = `mutation ($rows: [${rowType}!]!, $mode: BulkMode!) {
    ${name}(rows: $rows, mode: $mode) {
      results { status id errors { code reason path fieldCode existingId currentVersion } record { id version } }
    }
  }`;
  return (await owner.request<Record<string, { results: Result[] }>>(document, { rows, mode }))[name]!.results;
}

/** Bulk mutations whose rows name a record that is there. */
function mutationsOfRows() {
  return Object.values(schema.getMutationType()!.getFields()).flatMap(({ name, args, type }) => {
    const rows = args.find((argument) => argument.name === 'rows');
    const kind = getNamedType(type).name.replace('BulkResult', '');
    // Rows about members name users, and those about invitations addresses.
    if (!rows || name.startsWith('create') || ['Membership', 'Invitation'].includes(kind)) return [];
    const rowType = getNamedType(rows.type) as GraphQLInputObjectType;
    return [{ name, rowType: rowType.name, kind, fields: Object.keys(rowType.getFields()) }];
  });
}

/** A record of each kind, by all that it is known by. */
async function oneOfEach(): Promise<Record<string, Fields>> {
  const email = freshEmail();
  const customerId = (await newCustomer(owner)).id;
  const inputs = {
    Customer: { email },
    Lead: { name: 'L', email },
    Deal: { title: 'Deal', customerId },
    Activity: { activityType: 'CALL', title: 'A' },
    Employee: { firstName: 'E', lastName: 'M', email },
    Vendor: { name: 'V', email },
  };
  const known: Record<string, Fields> = {};
  for (const [kind, input] of Object.entries(inputs)) {
    const keys = Object.keys((schema.getType(`${kind}Key`) as GraphQLInputObjectType).getFields());
    const document = `
      mutation ($input: Create${kind}Input!) {
        made: create${kind}(input: $input) { ${keys.join(' ')} }
      }
    `;
    const { made } = await owner.request<{ made: Fields }>(document, { input: { ...input, externalId: v7() } });
    known[kind] = made;
  }
  return known;
}

describe('a row that was not done', () => {
  test.each(['ATOMIC', 'PER_ROW'])('tells the record that it named and how it is now, %s', async (mode) => {
    const [one, other] = [await newCustomer(owner), await newCustomer(owner)];
    const results = await run(
      'updateCustomers',
      'UpdateCustomerRow',
      [
        { id: one.id, input: { name: 'New' } },
        { id: other.id, input: { name: 'New' }, expectedVersion: 9 },
        { id: v7(), input: { name: 'New' } },
        { id: other.id, input: { rating: 9 } },
      ],
      mode,
    );
    const done = mode === 'PER_ROW';
    expect(results).toMatchObject([
      { id: one.id, status: done ? 'UPDATED' : 'NOT_ATTEMPTED', record: { version: done ? 2 : 1 } },
      { id: other.id, status: 'FAILED', record: { id: other.id, version: 1 } },
      { id: null, status: 'FAILED', record: null },
      { id: other.id, status: 'FAILED', record: { id: other.id, version: 1 } },
    ]);
    expect(results[1]!.errors).toMatchObject([{ code: 'VERSION_CONFLICT', currentVersion: 1, fieldCode: null }]);
    expect(results[2]!.errors).toMatchObject([{ code: 'NOT_FOUND', path: 'id', fieldCode: 'NOT_FOUND' }]);
    expect(results[3]!.errors).toMatchObject([{ path: 'input.rating', fieldCode: 'OUT_OF_RANGE' }]);
  });

  test.each(['ATOMIC', 'PER_ROW'])('does so in every bulk mutation, %s', async (mode) => {
    const known = await oneOfEach();
    const told: string[] = [];
    for (const { name, rowType, kind, fields } of mutationsOfRows()) {
      const record = known[kind]!;
      const operands = { employeeId: null, stageId: v7(), lostReason: 'x', score: 1, input: {} };
      const wrong = { id: record.id, expectedVersion: 99, ...operands };
      const upserts = Object.keys(record).map((key) => ({ by: { [key]: record[key] }, input: { assignedToId: v7() } }));
      const rows = fields.includes('by')
        ? upserts.map((row) => (kind === 'Employee' ? { ...row, input: { managerId: v7() } } : row))
        : [Object.fromEntries(Object.entries(wrong).filter(([field]) => fields.includes(field)))];
      for (const { status, id, record: now, errors } of await run(name, rowType, rows, mode)) {
        const { code, currentVersion } = errors[0]!;
        told.push(`${name} ${status} ${id === record.id} ${now!.id === record.id} ${code} ${currentVersion}`);
      }
    }
    expect(new Set(told.map((line) => line.replace(/^\w+ /, '')))).toEqual(
      new Set(['FAILED true true VERSION_CONFLICT 1', 'FAILED true true NOT_FOUND null']),
    );
    expect(told.filter((line) => line.includes('NOT_FOUND')).map((line) => line.split(' ')[0])).toEqual(
      expect.arrayContaining(['upsertActivities', 'upsertCustomers', 'upsertEmployees', 'upsertVendors']),
    );
    expect(told.length).toBeGreaterThan(35);
  });

  test('tells the record that it named when its turn came, whatever became of its key', async () => {
    const { id, email } = await newCustomer(owner);
    const [assignedToId, another] = [v7(), freshEmail()];
    const results = await run('upsertCustomers', 'UpsertCustomerRow', [
      { by: { email }, input: { assignedToId } },
      { by: { id }, input: { email: another } },
      { by: { email }, input: { name: 'Heir' } },
    ]);
    expect(results.map(({ status }) => status)).toEqual(['FAILED', 'UPDATED', 'CREATED']);
    expect(results.map((row) => row.id)).toEqual([id, id, results[2]!.id]);
    expect(results[0]!.record).toEqual({ id, version: 2 });
  });

  test('tells the record that another row had deleted before everything was taken back', async () => {
    const { id } = await newCustomer(owner);
    const results = await run('deleteCustomers', 'RecordRow', [{ id }, { id }], 'ATOMIC');
    expect(results).toMatchObject([
      { status: 'NOT_ATTEMPTED', id, record: { id } },
      { status: 'FAILED', id, record: { id }, errors: [{ code: 'NOT_FOUND', path: 'id' }] },
    ]);
    const made = await run(
      'upsertCustomers',
      'UpsertCustomerRow',
      ['First', 'x'.repeat(300)].map((name) => ({ by: { externalId: id }, input: { name, email: `${id}@c.example` } })),
      'ATOMIC',
    );
    expect(made).toMatchObject([
      { status: 'NOT_ATTEMPTED', id: null, record: null },
      { status: 'FAILED', id: null, record: null },
    ]);
    const gone = await run(
      'upsertCustomers',
      'UpsertCustomerRow',
      [null, v7()].map((assignedToId) => ({
        by: { externalId: id },
        input: { assignedToId, email: `${id}@c.example` },
      })),
      'ATOMIC',
    );
    expect(gone).toMatchObject([
      { status: 'NOT_ATTEMPTED', id: null, record: null },
      { status: 'FAILED', id: null, record: null },
    ]);
  });

  test('does so where a filter named it', async () => {
    const lead = await newLead(owner, { campaign: 'Fair' });
    await send(owner, 'convertLead', { id: lead.id });
    const document = `mutation { updateLeadsWhere(filter: { campaign: { eq: "Fair" } }, expectedCount: 1, mode: PER_ROW,
      input: { leadScore: 5 }) { results { status id record { id } } } }`;
    expect(await owner.request(document)).toEqual({
      updateLeadsWhere: { results: [{ status: 'FAILED', id: lead.id, record: { id: lead.id } }] },
    });
  });
});

describe('an assignment', () => {
  test.each([
    ['assignCustomers', async () => (await newCustomer(owner)).id],
    ['assignLeads', async () => (await newLead(owner)).id],
    ['assignDeals', async () => (await newDeal(owner, { customerId: (await newCustomer(owner)).id })).id],
  ])('%s must say to whom; null unassigns', async (name, make) => {
    const id = await make();
    const employeeId = await tenant.employee();
    const results = [
      ...(await run(name, 'AssignmentRow', [{ id, employeeId }])),
      ...(await run(name, 'AssignmentRow', [{ id }])),
      ...(await run(name, 'AssignmentRow', [{ id, employeeId: null }])),
    ];
    expect(results.map(({ status }) => status)).toEqual(['UPDATED', 'FAILED', 'UPDATED']);
    expect(results[1]!.errors).toMatchObject([{ path: 'employeeId', fieldCode: 'REQUIRED' }]);
  });
});

describe('a change by filter', () => {
  const where = (filter: string, expectedCount: number) =>
    `mutation { updateCustomersWhere(filter: ${filter}, expectedCount: ${expectedCount}, input: { source: "found" }) {
      summary { updated } } }`;

  test('takes every filter that the list takes', async () => {
    const { owner: other } = await newTenant();
    const [with_, without] = [await newCustomer(other), await newCustomer(other)];
    await newDeal(other, { customerId: with_.id });
    for (const [filter, count] of [
      ['{ deals: { none: {} } }', 1],
      ['{ deals: { some: {} } }', 1],
      ['{ not: { deals: { none: {} } } }', 1],
      ['{ mine: false }', 2],
      ['{ source: { isNull: false } }', 2],
    ] as const) {
      const list = await other.request<{ customers: { totalCount: number } }>(
        `{ customers(filter: ${filter}) { totalCount } }`,
      );
      if (filter.includes('isNull')) expect(list.customers.totalCount).toBe(2);
      else expect(list.customers.totalCount).toBe(count);
      await other.request(where(filter, count));
    }
    expect(without.id).not.toBe(with_.id);
  });

  test('needs the permission of the related records, and at least one condition', async () => {
    const manager = await tenant.member('Sales Manager');
    const strict = await newTenant();
    const rep = await strict.member('Marketing Rep');
    expect(await refusal(rep.as(strict.id).request(where('{ deals: { none: {} } }', 0)))).toMatchObject({
      code: 'FORBIDDEN',
    });
    for (const filter of ['{ and: [] }', '{ not: {} }', '{ deals: {} }', '{ deals: { some: {} }, or: [{}] }'])
      expect(await refusal(manager.as(tenant.id).request(where(filter, 0)))).toMatchObject({
        code: 'BAD_USER_INPUT',
        reason: 'INVALID_FILTER',
      });
    expect(await refusal(manager.as(tenant.id).request(where('{}', 1001)))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [
        { path: 'expectedCount', code: 'OUT_OF_RANGE' },
        { path: 'filter', code: 'REQUIRED' },
      ],
    });
  });

  // Of each record: every relation, flag and kind of condition that its list has.
  test.each<[plural: string, filters: string[]]>([
    [
      'Customers',
      ['{ deals: { none: {} } }', '{ activities: { some: {} } }', '{ assignedTo: { code: { isNull: false } } }'],
    ],
    ['Leads', ['{ activities: { none: {} } }', '{ mine: true }', '{ not: { mine: true } }']],
    ['Deals', ['{ activities: { none: {} } }', '{ mine: false }', '{ stage: { isClosedWon: { eq: false } } }']],
    ['Activities', ['{ mine: false }', '{ customerId: { isNull: true } }', '{ tags: { isEmpty: true } }']],
    [
      'Employees',
      ['{ managerId: { isNull: true } }', '{ or: [{ userId: { isNull: false } }, { hireDate: { isNull: false } }] }'],
    ],
    ['Vendors', ['{ mine: false }', '{ rating: { isNull: true } }', '{ name: { in: [] } }']],
  ])('of %s matches what the list shows', async (plural, filters) => {
    const list = plural.toLowerCase();
    for (const filter of filters) {
      const { found } = await owner.request<{ found: { totalCount: number } }>(
        `{ found: ${list}(filter: ${filter}) { totalCount } }`,
      );
      for (const [verb, input] of [
        ['update', 'input: {},'],
        ['delete', ''],
      ])
        expect(
          await client({ token: owner.token }).request(
            `mutation {
              done: ${verb}${plural}Where(
                filter: ${filter}, ${input} expectedCount: ${found.totalCount}, mode: PER_ROW
              ) {
              summary { total } } }`,
            {},
            { 'X-Dry-Run': 'true' },
          ),
        ).toEqual({ done: { summary: { total: found.totalCount } } });
    }
  });

  test('tells how many there are where the number differs', async () => {
    const customer = await newCustomer(owner, { industry: 'Unique trade' });
    expect(await refusal(owner.request(where('{ industry: { eq: "Unique trade" } }', 5)))).toMatchObject({
      code: 'CONFLICT',
      reason: 'COUNT_DIFFERS',
      actualCount: 1,
    });
    expect(customer.id).toBeTruthy();
  });
});

describe('the record that has a unique value is named', () => {
  test('for each value its own', async () => {
    const [email, externalId] = [freshEmail(), v7()];
    const [one, other] = [await newCustomer(owner, { email }), await newCustomer(owner, { externalId })];
    const [result] = await run('createCustomers', 'CreateCustomerRow', [{ input: { email, externalId } }]);
    const clashes = result!.errors.map(({ path, existingId }) => [path, existingId]);
    expect(Object.fromEntries(clashes)).toEqual({ 'input.email': one.id, 'input.externalId': other.id });
  });

  test('also where many creations take it at once', async () => {
    const email = freshEmail();
    const document = 'mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id } }';
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, () =>
        owner.request<{ createCustomer: { id: string } }>(document, { input: { email } }),
      ),
    );
    const created = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value.createCustomer.id] : []));
    expect(created).toHaveLength(1);
    const refused = await Promise.all(
      answers.flatMap((one) => (one.status === 'rejected' ? [refusal(Promise.reject(one.reason))] : [])),
    );
    expect(new Set(refused.map(({ reason }) => reason))).toEqual(new Set(['DUPLICATE_EMAIL']));
    expect(new Set(refused.map(({ existingId }) => existingId))).toEqual(new Set(created));
  });

  test('also in bulk, and among rows of other kinds', async () => {
    const externalId = v7();
    const calls = Array.from({ length: 6 }, () =>
      run('createLeads', 'CreateLeadRow', [{ input: { name: 'L', email: freshEmail(), externalId } }]),
    );
    const results = (await Promise.all(calls)).flat();
    const created = results.filter(({ status }) => status === 'CREATED');
    expect(created).toHaveLength(1);
    for (const { status, errors } of results)
      if (status === 'FAILED')
        expect(errors).toMatchObject([
          { existingId: created[0]!.id, fieldCode: 'NOT_UNIQUE', path: 'input.externalId' },
        ]);
  });
});
