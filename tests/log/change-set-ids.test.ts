import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { type Fields, freshEmail, newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { confirmedPerson } from '../support/invitations.js';
import { type Told, told } from '../support/log.js';
import { newName } from '../support/organizations.js';
import { newAccount } from '../support/sign-in.js';
import { storedInvitation } from '../support/stored-invitations.js';
import { newTenant, type Person, password, type Tenant } from '../support/tenant.js';

const Create = gql`mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id } }`;
const CreateMany = gql`
  mutation ($rows: [CreateCustomerRow!]!, $mode: BulkMode!) {
    createCustomers(rows: $rows, mode: $mode) { summary { created failed } }
  }
`;
const Rename = gql`mutation ($id: ID!) { updateCustomer(id: $id, input: { name: "Same" }) { id } }`;
const input = () => ({ name: 'Kim', email: freshEmail() });

let tenant: Tenant;
let owner: Person;
beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
});

/** The changes of a set, as `action type` with their number; null if there is no such set. */
async function stored(changeSetId: string | undefined): Promise<Record<string, number> | null> {
  const rows = await sql<{ change: string; count: number }>(
    `select action || ' ' || record_type as change, count(*)::int as count
     from changes where change_set_id = $1 group by 1`,
    [changeSetId],
  );
  return rows.length ? Object.fromEntries(rows.map(({ change, count }) => [change, count])) : null;
}

const setCount = async () =>
  (
    await sql<{ count: number }>('select count(*)::int as count from change_sets where organization_id = $1', [
      tenant.id,
    ])
  )[0]!.count;

describe('extensions.changeSetId names what a document changed:', () => {
  const expectSet = async ({ changeSetId }: Told, changes: Record<string, number>) => {
    expect(changeSetId).toMatch(/^[\da-f]{8}-[\da-f]{4}-7/);
    expect(await stored(changeSetId)).toEqual(changes);
  };

  test('one field', async () => {
    await expectSet(await told(owner, Create, { input: input() }), { 'CREATED CUSTOMER': 1 });
  });

  test('several fields, of which one fails', async () => {
    const document = gql`
      mutation ($one: CreateCustomerInput!, $two: CreateCustomerInput!, $id: ID!) {
        none: deleteCustomer(id: $id) { id }
        one: createCustomer(input: $one) { id }
        no: deleteCustomer(id: $id) { id }
        two: createCustomer(input: $two) { id }
      }
    `;
    const answer = await told(owner, document, { one: input(), two: input(), id: v7() });
    expect(answer.errors.map(({ extensions }) => extensions.code)).toEqual(['NOT_FOUND', 'NOT_FOUND']);
    await expectSet(answer, { 'CREATED CUSTOMER': 2 });
  });

  test('a bulk call by rows, of which one fails', async () => {
    const rows = [{ input: input() }, { input: { name: 'Bad', email: 'nonsense' } }, { input: input() }];
    await expectSet(await told(owner, CreateMany, { rows, mode: 'PER_ROW' }), { 'CREATED CUSTOMER': 2 });
  });

  test('a document with a key, and again when it is replayed', async () => {
    const [headers, variables] = [{ 'idempotency-key': v7() }, { input: input() }];
    const first = await told(owner, Create, variables, headers);
    await expectSet(first, { 'CREATED CUSTOMER': 1 });
    const replay = await told(owner, Create, variables, headers);
    expect(replay).toMatchObject({ changeSetId: first.changeSetId, errors: [] });
  });

  test('register, with an organization', async () => {
    const document = gql`mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }`;
    const { changeSetId } = await told({ token: '' }, document, {
      input: { ...newAccount(), organizationName: newName() },
    });
    expect(await stored(changeSetId)).toMatchObject({ 'CREATED ORGANIZATION': 1, 'CREATED MEMBERSHIP': 1 });
  });

  test('createOrganization', async () => {
    const document = gql`mutation ($input: CreateOrganizationInput!) { createOrganization(input: $input) { id } }`;
    const { changeSetId } = await told(owner, document, { input: { name: newName() } });
    expect(await stored(changeSetId)).toMatchObject({ 'CREATED ORGANIZATION': 1, 'CREATED MEMBERSHIP': 1 });
  });

  test('acceptInvitation', async () => {
    const person = await confirmedPerson();
    const id = await storedInvitation(tenant, person.email);
    const document = gql`mutation ($id: ID!) { acceptInvitation(id: $id) { id } }`;
    const answer = await told(person, document, { id });
    expect(answer.errors).toEqual([]);
    expect(await stored(answer.changeSetId)).toMatchObject({ 'CREATED MEMBERSHIP': 1 });
  });

  test('leaving an organization', async () => {
    const member = await tenant.member('Viewer');
    const document = gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`;
    const answer = await told(member, document, { id: member.membershipId });
    expect(answer.errors).toEqual([]);
    expect(await stored(answer.changeSetId)).toMatchObject({ 'UPDATED MEMBERSHIP': 1 });
  });
});

describe('without extensions.changeSetId, and without a change set, is the answer to', () => {
  let customer: string;
  beforeAll(async () => {
    customer = (await newCustomer(owner, { name: 'Same' })).id;
  });

  const cases: [string, string, () => Fields, Record<string, string>?][] = [
    ['a query', '{ customers { totalCount } changeCursor }', () => ({})],
    ['a dry run', Create, () => ({ input: input() }), { 'x-dry-run': 'true' }],
    ['a field that fails', Create, () => ({ input: { name: 'Bad', email: 'nonsense' } })],
    ['a bulk call that is refused', CreateMany, () => ({ rows: [{ input: { email: 'bad' } }], mode: 'ATOMIC' })],
    ['a bulk call whose rows all fail', CreateMany, () => ({ rows: [{ input: { email: 'bad' } }], mode: 'PER_ROW' })],
    ['an update to the same values', Rename, () => ({ id: customer })],
    ['a change of the own account', 'mutation { updateMyAccount(input: { firstName: "Pat" }) { id } }', () => ({})],
    [
      'a document with a key that is taken back as a whole',
      gql`
        mutation ($input: CreateCustomerInput!, $id: ID!) {
          createCustomer(input: $input) { id }
          deleteCustomer(id: $id) { id }
        }
      `,
      () => ({ input: input(), id: v7() }),
      { 'idempotency-key': v7() },
    ],
  ];

  test.each(cases)('%s', async (_, document, variables, headers = {}) => {
    const before = await setCount();
    const answer = await told(owner, document, variables(), headers);
    expect(answer.changeSetId).toBeUndefined();
    expect(await setCount()).toBe(before);
  });

  test('a sign-in', async () => {
    const document = gql`mutation ($input: LoginInput!) { login(input: $input) { accessToken } }`;
    const answer = await told({ token: '' }, document, { input: { username: owner.username, password } });
    expect(answer).toMatchObject({ changeSetId: undefined, errors: [] });
  });
});
