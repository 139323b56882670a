import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { type Fields, newCustomer, type Sender } from './support/customers.js';
import { refusal } from './support/server.js';
import { newTenant, type Person, type Tenant } from './support/tenant.js';

const everyField = `id version code name companyName vendorType contactPerson email phone street city state postalCode
  country website industry taxId rating assignedTo { id } paymentTerms creditLimit description status user { id }
  createdAt updatedAt`;
const Create = gql`mutation ($input: CreateVendorInput!) { createVendor(input: $input) { ${everyField} } }`;
const Update = gql`
  mutation ($id: ID!, $input: UpdateVendorInput!, $expectedVersion: Int) {
    updateVendor(id: $id, input: $input, expectedVersion: $expectedVersion) { ${everyField} }
  }
`;
const Delete = gql`
  mutation ($id: ID!, $expectedVersion: Int) { deleteVendor(id: $id, expectedVersion: $expectedVersion) { id } }
`;
const Read = gql`query ($id: ID!) { vendor(id: $id) { ${everyField} } }`;
const List = gql`
  query ($filter: VendorFilter, $search: String, $orderBy: [VendorOrder!]) {
    vendors(filter: $filter, search: $search, orderBy: $orderBy, first: 100) { totalCount nodes { name } }
  }
`;

interface Vendor extends Fields {
  id: string;
  version: number;
}

const create = async (sender: Sender, input: Fields = {}) =>
  (
    await sender.request<{ createVendor: Vendor }>(Create, {
      input: {
        email: 'sales@vendor.example',
        ...('name' in input || 'companyName' in input ? {} : { name: 'Acme' }),
        ...input,
      },
    })
  ).createVendor;
const update = async (sender: Sender, id: string, input: Fields, expectedVersion?: number) =>
  (await sender.request<{ updateVendor: Vendor }>(Update, { id, input, expectedVersion })).updateVendor;
const read = async (sender: Sender, id: string) =>
  (await sender.request<{ vendor: Vendor | null }>(Read, { id })).vendor;
const names = async (sender: Sender, variables: Fields) =>
  (await sender.request<{ vendors: { nodes: { name: string }[] } }>(List, variables)).vendors.nodes.map(
    ({ name }) => name,
  );

let tenant: Tenant;
let owner: Person;
let foreign: Tenant;

beforeAll(async () => {
  [tenant, foreign] = [await newTenant(), await newTenant()];
  owner = tenant.owner;
});

describe('createVendor', () => {
  test('takes what it is told and defaults the rest', async () => {
    const [assignedToId, member] = [await tenant.employee(), await tenant.member()];
    const full = {
      name: 'Quartz',
      companyName: 'Quartz Components Ltd',
      vendorType: 'CONTRACTOR',
      contactPerson: 'Q',
      phone: '+1 555 123 4567',
      street: 'S',
      city: 'C',
      state: 'ST',
      postalCode: 'P',
      country: 'L',
      website: 'https://quartz.example',
      industry: 'Stones',
      taxId: 'T-1',
      paymentTerms: '30 days',
      description: 'Good',
      status: 'PENDING',
    };
    const made = await create(owner, {
      ...full,
      email: ' Sales@Quartz.Example ',
      rating: '4.5',
      creditLimit: '9999999999999.99',
      assignedToId,
      userId: member.id,
    });
    expect(made).toEqual({
      ...full,
      id: expect.any(String),
      version: 1,
      code: expect.stringMatching(/^VEN-\d{4,}$/),
      email: 'sales@quartz.example',
      rating: '4.50',
      creditLimit: '9999999999999.99',
      assignedTo: { id: assignedToId },
      user: { id: member.id },
      createdAt: expect.any(String),
      updatedAt: made.createdAt,
    });
    expect(await read(owner, made.id)).toEqual(made);
    expect(await create(owner)).toMatchObject({
      vendorType: 'SUPPLIER',
      status: 'ACTIVE',
      rating: null,
      creditLimit: null,
      assignedTo: null,
      user: null,
    });
  });

  test('name and company fill each other', async () => {
    expect(await create(owner, { name: 'Solo' })).toMatchObject({ name: 'Solo', companyName: 'Solo' });
    expect(await create(owner, { companyName: 'Firm' })).toMatchObject({ name: 'Firm', companyName: 'Firm' });
    expect(await create(owner, { name: null, companyName: 'Firm' })).toMatchObject({ name: 'Firm' });
    for (const input of [{ name: null }, { name: null, companyName: null }, { name: ' ' }, { companyName: '' }])
      expect(await refusal(create(owner, input))).toMatchObject({
        code: 'BAD_USER_INPUT',
        reason: 'VALIDATION_FAILED',
        fields: [{ path: expect.stringMatching(/^input\.(name|companyName)$/) }],
      });
  });

  test('an e-mail address may be used twice', async () => {
    const email = `${v7()}@vendor.example`;
    for (let n = 0; n < 2; n += 1) expect(await create(owner, { email })).toMatchObject({ email });
  });

  test.each<[Fields, string, string]>([
    [{ email: 'x' }, 'email', 'INVALID'],
    [{ rating: '0.99' }, 'rating', 'OUT_OF_RANGE'],
    [{ rating: '5.01' }, 'rating', 'OUT_OF_RANGE'],
    [{ creditLimit: '-0.01' }, 'creditLimit', 'OUT_OF_RANGE'],
    [{ creditLimit: '10000000000000' }, 'creditLimit', 'OUT_OF_RANGE'],
    [{ website: 'ftp://x.example' }, 'website', 'INVALID'],
    [{ name: 'x'.repeat(256) }, 'name', 'TOO_LONG'],
    [{ companyName: 'x' }, 'companyName', 'TOO_SHORT'],
    [{ taxId: 'x'.repeat(51) }, 'taxId', 'TOO_LONG'],
    [{ vendorType: null }, 'vendorType', 'REQUIRED'],
    [{ status: null }, 'status', 'REQUIRED'],
  ])('refuses %p', async (input, field, code) => {
    expect(await refusal(create(owner, input))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: `input.${field}`, code }],
    });
  });
});

describe('links', () => {
  test('an assignee is of the organization and active', async () => {
    const { id } = await create(owner);
    const inactive = await tenant.employee({ status: 'ON_LEAVE' });
    for (const attempt of [(input: Fields) => create(owner, input), (input: Fields) => update(owner, id, input)]) {
      for (const assignedToId of [v7(), await foreign.employee()])
        expect(await refusal(attempt({ assignedToId }))).toMatchObject({
          code: 'NOT_FOUND',
          fields: [{ path: 'input.assignedToId' }],
        });
      expect(await refusal(attempt({ assignedToId: inactive }))).toMatchObject({
        code: 'BAD_USER_INPUT',
        reason: 'EMPLOYEE_NOT_ACTIVE',
      });
    }
  });

  test('a user is an active member and linked to one vendor, and may be linked to a customer as well', async () => {
    const member = await tenant.member();
    await newCustomer(owner, { userId: member.id });
    const { id } = await create(owner, { userId: member.id });
    const other = await create(owner);
    for (const refused of await Promise.all(
      [create(owner, { userId: member.id }), update(owner, other.id, { userId: member.id })].map(refusal),
    ))
      expect(refused).toMatchObject({ code: 'CONFLICT', reason: 'USER_ALREADY_LINKED' });
    expect(await update(owner, id, { userId: member.id, city: 'Rome' })).toMatchObject({ user: { id: member.id } });
    for (const userId of [v7(), foreign.owner.id])
      expect(await refusal(create(owner, { userId }))).toMatchObject({
        code: 'NOT_FOUND',
        fields: [{ path: 'input.userId' }],
      });
    expect(await update(owner, id, { userId: null })).toMatchObject({ user: null });
    expect(await update(owner, other.id, { userId: member.id })).toMatchObject({ user: { id: member.id } });
  });

  test('of two vendors linked to one user at once a single one is', async () => {
    const { id: userId } = await tenant.member();
    const tries = await Promise.allSettled([create(owner, { userId }), create(owner, { userId })]);
    const lost = tries.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(lost).toHaveLength(1);
    expect(await refusal(Promise.reject(lost[0]!.reason))).toMatchObject({ reason: 'USER_ALREADY_LINKED' });
  });
});

describe('updateVendor and deleteVendor', () => {
  test('change what is given; clearing one name takes the other', async () => {
    const { id } = await create(owner, { name: 'Short', companyName: 'Long Ltd', industry: 'Old' });
    expect(await update(owner, id, { industry: null, rating: '5' }, 1)).toMatchObject({
      version: 2,
      name: 'Short',
      companyName: 'Long Ltd',
      industry: null,
      rating: '5.00',
    });
    const cleared = await update(owner, id, { name: null });
    expect(cleared).toMatchObject({ name: 'Long Ltd', companyName: 'Long Ltd', version: 3 });
    expect(await update(owner, id, { companyName: null, rating: '5.0' })).toEqual(cleared);
    expect(await update(owner, id, { name: 'New', companyName: null })).toMatchObject({
      name: 'New',
      companyName: 'New',
    });
    expect(await update(owner, id, { name: 'Newer' })).toMatchObject({ name: 'Newer', companyName: 'New' });
    expect(await refusal(update(owner, id, { name: null, companyName: null }))).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    expect(await refusal(update(owner, id, { city: 'X' }, 1))).toMatchObject({
      code: 'VERSION_CONFLICT',
      currentVersion: 5,
    });
    expect(await refusal(update(owner, id, { email: null }))).toMatchObject({
      fields: [{ path: 'input.email', code: 'REQUIRED' }],
    });
    expect(await refusal(owner.request(Delete, { id, expectedVersion: 1 }))).toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    expect(await owner.request(Delete, { id, expectedVersion: 5 })).toEqual({ deleteVendor: { id } });
    expect(await read(owner, id)).toBeNull();
    expect(await refusal(owner.request(Delete, { id }))).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('lists', () => {
  test('vendorTypes gives the four kinds with label and count, zeros included', async () => {
    const own = await newTenant();
    for (const vendorType of ['CONSULTANT', 'SUPPLIER', 'CONSULTANT']) await create(own.owner, { vendorType });
    expect(await own.owner.request(gql`{ vendorTypes { type label count } }`)).toEqual({
      vendorTypes: [
        { type: 'SUPPLIER', label: 'Supplier', count: 1 },
        { type: 'SERVICE_PROVIDER', label: 'Service provider', count: 0 },
        { type: 'CONTRACTOR', label: 'Contractor', count: 0 },
        { type: 'CONSULTANT', label: 'Consultant', count: 2 },
      ],
    });
  });

  test('search name, company, address and contact person; filter and order by the rest', async () => {
    const own = await newTenant();
    const staff = await own.employee();
    await create(own.owner, { name: 'Alpha_1', companyName: 'One', rating: '3', city: 'Rome', assignedToId: staff });
    await create(own.owner, { name: 'beta', companyName: 'Alpha_ Two', status: 'BLACKLISTED', industry: 'Ice' });
    await create(own.owner, { name: 'Gamma', email: 'alpha_@v.example', vendorType: 'CONSULTANT', country: 'Peru' });
    await create(own.owner, { name: 'Delta', contactPerson: 'Mr Alpha_', rating: '2' });
    await create(own.owner, { name: 'Alphax', companyName: 'Alphay', description: 'alpha_' });
    const orderBy = [{ field: 'NAME' }];
    expect(await names(own.owner, { search: 'ALPHA_', orderBy })).toEqual(['Alpha_1', 'beta', 'Delta', 'Gamma']);
    for (const [filter, found] of [
      [{ rating: { gte: '2.5' } }, ['Alpha_1']],
      [{ status: { eq: 'BLACKLISTED' } }, ['beta']],
      [{ vendorType: { in: ['CONSULTANT'] } }, ['Gamma']],
      [{ city: { eq: 'Rome' } }, ['Alpha_1']],
      [{ country: { contains: 'per' } }, ['Gamma']],
      [{ industry: { isNull: false } }, ['beta']],
      [{ contactPerson: { startsWith: 'mr' } }, ['Delta']],
      [{ assignedToId: { eq: staff } }, ['Alpha_1']],
      [{ assignedTo: { firstName: { eq: 'Eve' } } }, ['Alpha_1']],
      [{ companyName: { endsWith: 'TWO' } }, ['beta']],
    ] as const)
      expect([filter, await names(own.owner, { filter })]).toEqual([filter, found]);
    expect(await names(own.owner, { orderBy: [{ field: 'RATING', direction: 'DESC' }, { field: 'NAME' }] })).toEqual([
      'Alpha_1',
      'Delta',
      'Alphax',
      'beta',
      'Gamma',
    ]);
  });

  test('show nothing of other organizations', async () => {
    const { id, name } = await create(foreign.owner, { name: `F${v7()}` });
    expect(await read(owner, id)).toBeNull();
    expect(await names(owner, { search: name })).toEqual([]);
    expect(await refusal(update(owner, id, { name: 'Mine' }))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refusal(owner.request(Delete, { id }))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await read(foreign.owner, id)).toMatchObject({ name, version: 1 });
  });
});
