import { beforeAll, describe, expect, test } from '@jest/globals';
import { type GraphQLNamedType, getNamedType, isInputObjectType } from 'graphql';
import { accountRefusals } from './support/account-refusals.js';
import { wholeAnswer } from './support/answers.js';
import { freshEmail } from './support/customers.js';
import { sql } from './support/database.js';
import { type ChecksWorld, newChecksWorld, stateCases } from './support/refusal-cases.js';
import { requestRefusals } from './support/request-refusals.js';
import { schema } from './support/schema.js';
import { client, notice } from './support/server.js';
import { makeSuperusers } from './support/superusers.js';
import { newPerson, newTenant, type Person, password } from './support/tenant.js';

interface Info {
  reason: string;
  code: string;
  description: string;
  operations: string[];
}

/** Whether an input, or one inside of it, has the field. Filters and keys of rows only find records. */
function writes(type: GraphQLNamedType, field: string): boolean {
  if (!isInputObjectType(type) || /(Filter|Key)$/.test(type.name)) return false;
  return Object.values(type.getFields()).some(
    ({ name, type: inner }) => name === field || writes(getNamedType(inner), field),
  );
}

interface CodeInfo {
  code: string;
  isRetryable: boolean;
  retryable: boolean;
  httpStatus: number;
  reasons: string[];
  reasonInfos: Info[];
}

const ErrorCodes = `query ($operation: String) {
  errorCodes {
    code isRetryable retryable httpStatus reasons
    reasonInfos(operation: $operation) { reason code description operations }
  }
}`;

const codesFor = async (operation?: string): Promise<CodeInfo[]> =>
  (await client().request<{ errorCodes: CodeInfo[] }>(ErrorCodes, { operation })).errorCodes;
const infosFor = async (operation?: string): Promise<Info[]> =>
  (await codesFor(operation)).flatMap(({ reasonInfos }) => reasonInfos);

const mutations = schema.getMutationType()!.getFields();

let world: ChecksWorld;
let rep: Person;
let admin: Person;

beforeAll(async () => {
  world = await newChecksWorld();
  rep = await world.tenant.member('Sales Rep');
  admin = await world.tenant.member('Admin');
});

describe('errorCodes', () => {
  test('explains each reason under its code', async () => {
    const codes = await codesFor();
    for (const { code, reasons, reasonInfos, isRetryable, retryable } of codes) {
      expect(reasonInfos.map(({ reason }) => reason)).toEqual(reasons);
      expect(reasonInfos.every((info) => info.code === code && info.description.length > 20)).toBe(true);
      expect(isRetryable).toBe(retryable);
    }
    const statusOf = Object.fromEntries(codes.map(({ code, httpStatus }) => [code, httpStatus]));
    expect(statusOf).toMatchObject({ CONFLICT: 400, RATE_LIMITED: 429, OVERLOADED: 503, TIMEOUT: 504 });
  });

  test('names only operations that exist, and each of them tells its reasons in its description', async () => {
    for (const { reason, operations } of await infosFor())
      for (const operation of operations)
        expect([operation, reason, mutations[operation]?.description]).toEqual([
          operation,
          reason,
          expect.stringMatching(new RegExp(` Errors: .*\`${reason}\`.*\\.$`)),
        ]);
  });

  test.each([
    ['externalId', 'DUPLICATE_EXTERNAL_ID'],
    ['assignedToId', 'EMPLOYEE_NOT_ACTIVE'],
    ['employeeId', 'EMPLOYEE_NOT_ACTIVE'],
    ['stageId', 'STAGE_NOT_IN_PIPELINE'],
  ])('names every mutation that takes `%s` under %s', async (field, reason) => {
    const taking = Object.values(mutations).filter(({ args }) =>
      args.some(({ name, type }) => name === field || writes(getNamedType(type), field)),
    );
    expect(taking.length).toBeGreaterThan(3);
    const { operations } = (await infosFor()).find((info) => info.reason === reason)!;
    expect(taking.map(({ name }) => name).filter((name) => !operations.includes(name))).toEqual([]);
  });

  test('narrows the reasons to an operation, besides those of any operation', async () => {
    const reasons = (await infosFor('reopenDeal')).map(({ reason }) => reason);
    expect(reasons).toEqual(expect.arrayContaining(['DEAL_NOT_CLOSED', 'VALIDATION_FAILED']));
    expect(reasons).not.toContain('STAGE_NOT_EMPTY');
    const unknown = (await infosFor('nothing')).filter(({ operations }) => operations.length);
    expect(unknown).toEqual([]);
  });

  test('gives a bulk form the reasons of its single form', async () => {
    const of = async (operation: string) =>
      (await infosFor(operation)).filter(({ operations }) => operations.length).map(({ reason }) => reason);
    expect(await of('markDealsWon')).toEqual(await of('markWon'));
    expect(await of('assignLeads')).toEqual(await of('assignLead'));
    expect(await of('updateDealsWhere')).toEqual([...(await of('updateDeal')), 'COUNT_DIFFERS']);
    const both = new Set([...(await of('createCustomer')), ...(await of('updateCustomer'))]);
    expect(new Set(await of('upsertCustomers'))).toEqual(both);
  });
});

type Case = [who: Person, operation: string, reason: string, variables: object, document?: string];

/** Codes and reasons that an answer had in this file. */
const produced = new Set<string>();

/** The cases whose first error has another reason, or one that `errorCodes` does not tell of the operation. */
async function misfits(cases: Case[]): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const [who, operation, reason, variables, document = documentOf(operation)] of cases) {
    const { errors, text } = await wholeAnswer(who, document, variables, who.token ? world.tenant.id : undefined);
    const { code, reason: given } = errors?.[0]?.extensions ?? {};
    const info = (await infosFor(operation)).find((one) => one.reason === reason && one.code === code);
    const isKnown = info && (!info.operations.length || info.operations.includes(operation));
    if (given === reason) produced.add(`${code} ${reason}`);
    if (given !== reason || !isKnown) found.push({ operation, reason, text: text.slice(0, 400), info });
  }
  return found;
}

function documentOf(name: string, selected = '__typename'): string {
  const { args } = mutations[name]!;
  const declared = args.map((argument) => `$${argument.name}: ${argument.type}`).join(', ');
  const passed = args.map((argument) => `${argument.name}: $${argument.name}`).join(', ');
  return `mutation (${declared}) { ${name}(${passed}) { ${selected} } }`;
}

async function done(person: Person, name: string, variables: object): Promise<{ id: string }> {
  const { data } = await wholeAnswer(person, documentOf(name, 'id'), variables);
  return data![name] as { id: string };
}

describe('a refused mutation gives a reason that is told of it', () => {
  test('when the stored state refuses it', async () => {
    await makeSuperusers(world.owner);
    await notice();
    const refused = Object.entries(stateCases(world)).flatMap(([name, { variables, reason }]): Case[] =>
      reason ? [[world.owner, name, reason, variables]] : [],
    );
    expect(await misfits(refused)).toEqual([]);
  });

  test('when it contradicts itself or other records', async () => {
    const { owner, ids, customer, deal } = world;
    const email = freshEmail();
    const externalId = 'taken';
    const vendor = await done(owner, 'createVendor', { input: { name: 'V', email, externalId, userId: rep.id } });
    const open = await done(owner, 'createDeal', { input: { title: 'Open', customerId: customer.id } });
    const won = await done(owner, 'createDeal', { input: { title: 'Won', customerId: customer.id } });
    await done(owner, 'markWon', { id: won.id });
    await sql('update pipeline_stages set is_active = false where id = $1', [ids.otherStage]);
    const stages = await sql<{ id: string; is_closed_won: boolean }>(
      'select id, is_closed_won from pipeline_stages where pipeline_id = $1',
      [ids.pipeline],
    );
    const closed = stages.find((stage) => stage.is_closed_won)!.id;
    const { id: alone } = await done(owner, 'createPipeline', { input: { name: 'Alone', stages: [{ name: 'Only' }] } });
    const [only] = await sql<{ id: string }>(
      "select id from pipeline_stages where pipeline_id = $1 and name = 'Only'",
      [alone],
    );
    const role = await done(owner, 'createRole', { input: { name: 'In use' } });
    await owner.request(documentOf('assignRole'), { userId: rep.id, roleId: role.id });
    const gone = await world.tenant.employee();
    await done(owner, 'terminateEmployee', { id: gone });
    const { id: vendorId } = vendor;
    const call = { activityType: 'CALL', title: 'Call', scheduledAt: '2030-01-15T09:00:00Z', externalId };
    await done(owner, 'addVendorActivity', { vendorId, input: call });
    const cases: [operation: string, reason: string, variables: object][] = [
      ['createVendor', 'DUPLICATE_EXTERNAL_ID', { input: { name: 'W', email, externalId } }],
      ['addVendorActivity', 'DUPLICATE_EXTERNAL_ID', { vendorId, input: call }],
      ['addCustomerActivity', 'DUPLICATE_EXTERNAL_ID', { customerId: customer.id, input: call }],
      ['addDealActivity', 'DUPLICATE_EXTERNAL_ID', { dealId: deal.id, input: call }],
      ['addLeadActivity', 'DUPLICATE_EXTERNAL_ID', { leadId: ids.lead, input: call }],
      ['createVendor', 'USER_ALREADY_LINKED', { input: { name: 'W', email, userId: rep.id } }],
      ['createDeal', 'CUSTOMER_OR_LEAD_REQUIRED', { input: { title: 'Nobody buys' } }],
      [
        'createDeal',
        'PIPELINE_INACTIVE',
        { input: { title: 'Deal', customerId: customer.id, pipelineId: ids.inactivePipeline } },
      ],
      ['createDeal', 'STAGE_INACTIVE', { input: { title: 'Deal', customerId: customer.id, stageId: ids.otherStage } }],
      ['moveDealStage', 'STAGE_NOT_IN_PIPELINE', { id: deal.id, stageId: ids.otherStage }],
      ['convertLead', 'STAGE_NOT_OPEN', { id: ids.lead, input: { createDeal: { stageId: closed } } }],
      ['updateLead', 'CONVERSION_ONLY', { id: ids.lead, input: { qualificationStatus: 'CONVERTED' } }],
      ['updateEmployee', 'TERMINATION_ONLY', { id: ids.manager, input: { status: 'TERMINATED' } }],
      ['terminateEmployee', 'ALREADY_TERMINATED', { id: gone }],
      ['createUserProfile', 'NOT_AN_OWNER', { input: { userId: rep.id, profileType: 'VENDOR' } }],
      ['updateDeal', 'DEAL_CLOSED', { id: won.id, input: { probability: '10' } }],
      ['updateDeal', 'DEAL_NOT_CLOSED', { id: open.id, input: { lostReason: 'Price' } }],
      ['deletePipelineStage', 'STAGE_NOT_EMPTY', { id: ids.stage }],
      [
        'createPipelineStage',
        'CLOSED_STAGE_EXISTS',
        { input: { pipelineId: ids.pipeline, name: 'Won 2', isClosedWon: true } },
      ],
      ['updatePipelineStage', 'LAST_OPEN_STAGE', { id: only!.id, input: { isActive: false } }],
      ['deleteRole', 'ROLE_IN_USE', { id: role.id }],
      ['updateUser', 'USERNAME_TAKEN', { id: owner.id, input: { username: rep.username } }],
      [
        'updateCustomersWhere',
        'COUNT_DIFFERS',
        { filter: { id: { eq: customer.id } }, input: {}, expectedCount: 2, mode: 'ATOMIC' },
      ],
    ];
    expect(await misfits(cases.map(([operation, ...rest]): Case => [owner, operation, ...rest]))).toEqual([]);
  });

  test('when the caller may not', async () => {
    const { ids, owner } = world;
    const own = await world.tenant.employee({ userId: rep.id });
    const cases: Case[] = [
      [admin, 'deleteOrganization', 'OWNER_ONLY', { id: ids.organization }],
      [admin, 'suspendProfile', 'OWNER_ONLY', { id: ids.ownerProfile }],
      [rep, 'updateUser', 'SELF_ONLY', { id: owner.id, input: { bio: 'B' } }],
      [rep, 'updateUser', 'SUPERUSER_ONLY', { id: rep.id, input: { isActive: false } }],
      [rep, 'updateEmployee', 'SELF_EDIT_LIMITED', { id: own, input: { salary: '1' } }],
      [rep, 'createRole', 'MISSING_PERMISSION', { input: { name: 'R' } }],
    ];
    expect(await misfits(cases)).toEqual([]);
  });

  test('when it signs in', async () => {
    const person = await newPerson();
    const nobody = { ...person, token: '' };
    const login = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }';
    const refresh = 'mutation ($refreshToken: String!) { refreshSession(refreshToken: $refreshToken) { accessToken } }';
    const wrong = { input: { username: person.username, password: 'not-the-password' } };
    const twice = { email: freshEmail(), username: person.username, password };
    const register = 'mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }';
    const cases: Case[] = [
      [nobody, 'login', 'INVALID_CREDENTIALS', wrong, login],
      [nobody, 'refreshSession', 'REFRESH_TOKEN_INVALID', { refreshToken: 'nonsense' }, refresh],
      [nobody, 'register', 'USERNAME_TAKEN', { input: twice }, register],
      [
        nobody,
        'register',
        'EMAIL_TAKEN',
        { input: { ...twice, username: `${person.username}x`, email: person.email } },
        register,
      ],
    ];
    expect(await misfits(cases)).toEqual([]);
  });
});

describe('a request is refused with a reason that is told', () => {
  test.each(Object.entries({ ...requestRefusals, ...accountRefusals }))('%s', async (reason, request) => {
    const { errors } = await request(world);
    const { code, reason: given } = errors![0]!.extensions;
    expect({ code, given }).toEqual({
      code: (await infosFor()).find((one) => one.reason === reason)!.code,
      given: reason,
    });
    produced.add(`${code} ${reason}`);
  });

  test('every reason has a case in this file', async () => {
    const all = (await infosFor()).map(({ code, reason }) => `${code} ${reason}`);
    expect(all.filter((one) => !produced.has(one))).toEqual([]);
  });
});

test('a bulk call tells the field code and the stored version, and the number of records when it differs', async () => {
  const { owner } = await newTenant();
  const customer = await done(owner, 'createCustomer', { input: { email: freshEmail(), name: 'Kim' } });
  const { data } = await wholeAnswer(
    owner,
    `mutation ($rows: [UpdateCustomerRow!]!) {
      updateCustomers(rows: $rows, mode: PER_ROW) { results { errors { code path fieldCode currentVersion } } }
    }`,
    {
      rows: [
        { id: customer.id, input: { name: 'Lee' }, expectedVersion: 7 },
        { id: customer.id, input: { rating: '9' } },
      ],
    },
  );
  const { results } = data!.updateCustomers as { results: { errors: object[] }[] };
  expect(results[0]!.errors).toEqual([{ code: 'VERSION_CONFLICT', path: null, fieldCode: null, currentVersion: 1 }]);
  expect(results[1]!.errors).toMatchObject([{ path: 'input.rating', fieldCode: 'OUT_OF_RANGE', currentVersion: null }]);
  const { errors } = await wholeAnswer(
    owner,
    `mutation { deleteCustomersWhere(filter: { name: { eq: "Kim" } }, expectedCount: 3) { mode } }`,
  );
  expect(errors![0]!.extensions).toMatchObject({ reason: 'COUNT_DIFFERS', actualCount: 1 });
});
