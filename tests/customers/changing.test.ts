import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { addNote, customerVerb } from '../support/customer-verbs.js';
import { changeCustomer, customerById, type Fields, newCustomer, type Sender } from '../support/customers.js';
import { sql } from '../support/database.js';
import { faultsOf } from '../support/sales.js';
import { refusal } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

const setStatus = async (sender: Sender, name: 'activateCustomer' | 'deactivateCustomer', id: string) => {
  const document = gql`mutation ($id: ID!) { ${name}(id: $id) { id status version updatedAt } }`;
  return (await sender.request<Record<string, Fields>>(document, { id }))[name]!;
};

describe('changing customers', () => {
  const clearable = {
    firstName: 'Ada',
    lastName: 'King',
    companyName: 'Acme',
    contactPerson: 'Grace',
    phone: '1234567',
    website: 'https://acme.example',
    industry: 'Mining',
    taxId: '1',
    rating: '3.00',
    street: 'Main 1',
    city: 'Bern',
    state: 'BE',
    postalCode: '3000',
    country: 'CH',
    creditLimit: '10.00',
    paymentTerms: '30 days',
    source: 'web',
    description: 'Text',
  };

  test('omitted fields stay as they are, the version grows by one', async () => {
    const { owner } = await newTenant();
    const before = await newCustomer(owner, { ...clearable, tags: ['a'] });
    const after = await changeCustomer(owner, before.id, { city: 'Basel', tags: [] });
    expect(after).toEqual({ ...before, city: 'Basel', tags: [], version: 2, updatedAt: after.updatedAt });
    expect(await customerById(owner, before.id)).toEqual(after);
  });

  test('null clears every field that may be missing', async () => {
    const tenant = await newTenant();
    const assignedToId = await tenant.employee();
    const { id } = await newCustomer(tenant.owner, { ...clearable, assignedToId, userId: tenant.owner.id });
    const nulls = Object.fromEntries(Object.keys(clearable).map((name) => [name, null]));
    expect(await changeCustomer(tenant.owner, id, { ...nulls, assignedToId: null, userId: null })).toMatchObject({
      ...nulls,
      assignedTo: null,
      user: null,
    });
  });

  test('an input that changes nothing leaves version and updatedAt alone', async () => {
    const tenant = await newTenant();
    const assignedToId = await tenant.employee();
    const links = { assignedToId, userId: tenant.owner.id };
    const before = await newCustomer(tenant.owner, { ...clearable, ...links, email: 'a@b.example', tags: ['a', 'b'] });
    const same = [
      {},
      { ...clearable, ...links, tags: ['a', 'b'], name: before.name, status: 'ACTIVE', customerType: 'INDIVIDUAL' },
      { email: 'A@B.example', city: ' Bern ', tags: ['a', ' b ', 'a'] },
      { creditLimit: '10', rating: 3 },
      { creditLimit: '10.0' },
    ];
    for (const input of same) expect(await changeCustomer(tenant.owner, before.id, input)).toEqual(before);
    const [row] = await sql<{ version: number }>('select version from customers where id = $1', [before.id]);
    expect(row).toEqual({ version: 1 });
  });

  test('a stale version changes nothing and tells the present one', async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner);
    await changeCustomer(owner, id, { city: 'Bern' }, 1);
    for (const stale of [1, 3, 0, -1])
      expect(await refusal(changeCustomer(owner, id, { city: 'Basel' }, stale))).toMatchObject({
        code: 'VERSION_CONFLICT',
        currentVersion: 2,
      });
    for (const name of ['activateCustomer', 'deactivateCustomer', 'deleteCustomer'])
      expect(await refusal(owner.request(customerVerb(name), { id, expectedVersion: 1 }))).toMatchObject({
        code: 'VERSION_CONFLICT',
        currentVersion: 2,
      });
    expect(await customerById(owner, id)).toMatchObject({ city: 'Bern', status: 'ACTIVE', version: 2 });
    expect(await changeCustomer(owner, id, { city: 'Basel' }, null)).toMatchObject({ city: 'Basel', version: 3 });
  });

  test('of two changes that saw the same version one wins', async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner);
    const outcomes = await Promise.allSettled(
      ['Bern', 'Basel', 'Chur'].map((city) => changeCustomer(owner, id, { city }, 1)),
    );
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(lost).toHaveLength(2);
    for (const { reason } of lost)
      expect(await refusal(Promise.reject(reason))).toMatchObject({ code: 'VERSION_CONFLICT', currentVersion: 2 });
  });

  test('parallel changes of different fields are all kept', async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner);
    const changes = [{ city: 'Bern' }, { state: 'BE' }, { country: 'CH' }, { source: 'web' }];
    await Promise.all(changes.map((input) => changeCustomer(owner, id, input)));
    expect(await customerById(owner, id)).toMatchObject({ ...Object.assign({}, ...changes), version: 5 });
  });

  test('activating and deactivating work from any status, and once', async () => {
    const { owner } = await newTenant();
    for (const status of ['ACTIVE', 'INACTIVE', 'PROSPECT', 'VIP']) {
      const { id } = await newCustomer(owner, { status });
      const off = await setStatus(owner, 'deactivateCustomer', id);
      expect(off).toMatchObject({ status: 'INACTIVE', version: status === 'INACTIVE' ? 1 : 2 });
      expect(await setStatus(owner, 'deactivateCustomer', id)).toEqual(off);
      const on = await setStatus(owner, 'activateCustomer', id);
      expect(on).toMatchObject({ status: 'ACTIVE', version: (off.version as number) + 1 });
      expect(await setStatus(owner, 'activateCustomer', id)).toEqual(on);
    }
  });
});

describe('the order of checks', () => {
  test('permission comes before input, whatever the id', async () => {
    const tenant = await newTenant();
    const { id } = await newCustomer(tenant.owner);
    const viewer = (await tenant.member('Viewer')).as(tenant.id);
    const needs = (permission: string) => ({ code: 'FORBIDDEN', reason: 'MISSING_PERMISSION', permission });
    expect(await refusal(newCustomer(viewer, { email: 'no' }))).toMatchObject(needs('customer:create'));
    for (const any of [id, v7(), 'no id']) {
      expect(await refusal(changeCustomer(viewer, any, { name: '' }))).toMatchObject(needs('customer:update'));
      expect(await refusal(viewer.request(customerVerb('activateCustomer'), { id: any }))).toMatchObject(
        needs('customer:update'),
      );
      expect(await refusal(viewer.request(customerVerb('deactivateCustomer'), { id: any }))).toMatchObject(
        needs('customer:update'),
      );
      expect(await refusal(viewer.request(customerVerb('deleteCustomer'), { id: any }))).toMatchObject(
        needs('customer:delete'),
      );
      expect(await refusal(addNote(viewer, any, { text: '' }))).toMatchObject(needs('customer:update'));
    }
    expect(await customerById(viewer, id)).toMatchObject({ id });
  });

  test('a malformed id is refused, in queries too', async () => {
    const { owner } = await newTenant();
    for (const id of ['', 'CUST-0001', '123', `${v7()}0`])
      for (const attempt of [
        () => customerById(owner, id),
        () => owner.request(customerVerb('activateCustomer'), { id }),
      ]) {
        const told = await refusal(attempt());
        expect(told).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'INVALID_ID' });
        expect(faultsOf(told)).toEqual({ id: 'INVALID' });
      }
  });

  test('input comes before existence, existence before version, version before state', async () => {
    const { owner } = await newTenant();
    const taken = await newCustomer(owner);
    const { id } = await newCustomer(owner);
    expect(await refusal(changeCustomer(owner, v7(), { email: 'no' }, 9))).toMatchObject({ code: 'BAD_USER_INPUT' });
    const unknown = await refusal(changeCustomer(owner, v7(), { email: taken.email }, 9));
    expect(unknown).toMatchObject({ code: 'NOT_FOUND' });
    expect(faultsOf(unknown)).toEqual({ id: 'NOT_FOUND' });
    expect(await refusal(changeCustomer(owner, id, { email: taken.email }, 9))).toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    expect(await refusal(changeCustomer(owner, id, { email: taken.email }, 1))).toMatchObject({ code: 'CONFLICT' });
  });

  test('a customer of another organization does not exist', async () => {
    const [tenant, foreign] = [await newTenant(), await newTenant()];
    const { id } = await newCustomer(foreign.owner);
    expect(await customerById(tenant.owner, id)).toBeNull();
    const attempts: (() => Promise<unknown>)[] = [
      () => changeCustomer(tenant.owner, id, { city: 'Bern' }, 9),
      ...['activateCustomer', 'deactivateCustomer', 'deleteCustomer'].map(
        (name) => () => tenant.owner.request(customerVerb(name), { id, expectedVersion: 9 }),
      ),
    ];
    for (const attempt of attempts) {
      const told = await refusal(attempt());
      expect(told).toMatchObject({ code: 'NOT_FOUND' });
      expect(faultsOf(told)).toEqual({ id: 'NOT_FOUND' });
    }
    const told = await refusal(addNote(tenant.owner, id, { text: 'Hello' }));
    expect(told).toMatchObject({ code: 'NOT_FOUND' });
    expect(faultsOf(told)).toEqual({ customerId: 'NOT_FOUND' });
    expect(await customerById(foreign.owner, id)).toMatchObject({ version: 1, city: null });
  });

  test('the e-mail address of a foreign customer is not disclosed', async () => {
    const [tenant, foreign] = [await newTenant(), await newTenant()];
    const { email } = await newCustomer(foreign.owner);
    const { id } = await newCustomer(tenant.owner);
    expect(await changeCustomer(tenant.owner, id, { email })).toMatchObject({ email });
  });
});
