import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { activityRow, type Fields, insertRows, newCustomer, type Sender } from '../support/customers.js';
import { namesOf, tenantWith } from '../support/filtered-customers.js';
import { refusal } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

const found = (sender: Sender, search?: string | null) => namesOf(sender, { search });

describe('search', () => {
  test('looks into name, e-mail address, company and phone number, and nowhere else', async () => {
    const { owner } = await tenantWith({
      company: { company_name: 'Needle Works' },
      email: { email: 'needle@x.example' },
      'needle name': {},
      other: { city: 'Needle', source: 'needle', phone: '1234567', description: 'needle', tags: ['needle'] },
    });
    expect(await found(owner, 'NEEDLE')).toEqual(['company', 'email', 'needle name']);
    expect(await found(owner, '1234567')).toEqual(['other']);
  });

  test('finds phone numbers by any of their digits, however they are written, in every list', async () => {
    const { owner } = await newTenant();
    const phone = '+1 (212) 555-0188';
    const all = gql`
      mutation ($phone: String) {
        createCustomer(input: { name: "Ann", email: "c@phones.example", phone: $phone }) { id }
        createLead(input: { name: "Ann", email: "l@phones.example", phone: $phone }) { id }
        createVendor(input: { name: "Ann", email: "v@phones.example", phone: $phone }) { id }
        createEmployee(input: { firstName: "Ann", lastName: "Oak", email: "e@phones.example", phone: $phone }) { id }
        updateMyAccount(input: { phone: $phone }) { id }
      }
    `;
    await owner.request(all, { phone });
    const Found = gql`
      query ($search: String) {
        customers(search: $search) { totalCount }
        leads(search: $search) { totalCount }
        vendors(search: $search) { totalCount }
        employees(search: $search) { totalCount }
        users(search: $search) { totalCount }
        organizationMembers(search: $search) { totalCount }
      }
    `;
    // Of two digits alone, e-mail addresses may have the same.
    for (const [search, totalCount] of [
      ...['+8', '(88', '+1', '(21', '55-01', '+1 212', '2125550188'].map((one) => [one, 1] as const),
      ...['(99', '+3', '+22', '(', '+1x'].map((one) => [one, 0] as const),
    ])
      expect([search, Object.values(await owner.request<Record<string, object>>(Found, { search }))]).toEqual([
        search,
        Array(6).fill({ totalCount }),
      ]);
  });

  test('does not find what only two fields together contain', async () => {
    const { owner } = await tenantWith({ one: { company_name: 'two' } });
    for (const search of ['onetwo', 'one two', 'etw']) expect(await found(owner, search)).toEqual([]);
    expect(await found(owner, 'wo')).toEqual(['one']);
  });

  test('takes signs literally', async () => {
    const { owner } = await tenantWith({ '50%_a off': {}, '50xya off': {}, 'back\\slash': {}, "o'neil": {} });
    expect(await found(owner, '50%_a')).toEqual(['50%_a off']);
    expect(await found(owner, '%')).toEqual(['50%_a off']);
    expect(await found(owner, '_')).toEqual(['50%_a off']);
    expect(await found(owner, '\\')).toEqual(['back\\slash']);
    expect(await found(owner, 'k\\s')).toEqual(['back\\slash']);
    expect(await found(owner, "O'N")).toEqual(["o'neil"]);
  });

  test('ignores case, also beyond ASCII, and spaces around', async () => {
    const { owner } = await tenantWith({ 'ÄPFEL und öl': {}, 'Émile 東京 😀': {} });
    for (const search of ['äpfel', 'ÄPFEL', 'Äpfel UND', '  ÖL  '])
      expect(await found(owner, search)).toEqual(['ÄPFEL und öl']);
    for (const search of ['émile', 'ÉMILE', '東', '😀', 'e 東京'])
      expect(await found(owner, search)).toEqual(['Émile 東京 😀']);
  });

  test('that is empty keeps every row', async () => {
    const { owner } = await tenantWith({ one: {}, two: {} });
    for (const search of ['', '   ', null, undefined]) expect(await found(owner, search)).toEqual(['one', 'two']);
  });

  test('has at most 200 characters', async () => {
    const { owner } = await newTenant();
    for (const search of ['x'.repeat(200), '😀'.repeat(200), `   ${'x'.repeat(200)}   `])
      expect(await found(owner, search)).toEqual([]);
    for (const search of ['x'.repeat(201), '😀'.repeat(201)]) {
      const told = await refusal(found(owner, search));
      expect(told).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'VALIDATION_FAILED' });
      expect(told.fields).toMatchObject([{ path: 'search', code: 'TOO_LONG' }]);
    }
    expect(await refusal(found(owner, 'a\u0000b'))).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  test('stands beside a filter, and does not leave the organization', async () => {
    const [tenant, foreign] = [await newTenant(), await newTenant()];
    await newCustomer(foreign.owner, { name: 'needle foreign' });
    await newCustomer(tenant.owner, { name: 'needle vip', status: 'VIP' });
    await newCustomer(tenant.owner, { name: 'needle' });
    expect(await namesOf(tenant.owner, { search: 'needle', filter: { status: { eq: 'VIP' } } })).toEqual([
      'needle vip',
    ]);
    expect(await found(tenant.owner, 'needle')).toEqual(['needle', 'needle vip']);
  });

  test('of a timeline looks into title, text and customer name', async () => {
    const tenant = await newTenant();
    const { id } = await newCustomer(tenant.owner);
    const row = (columns: Fields) =>
      activityRow(tenant.id, {
        customer_id: id,
        title: 'x',
        description: null,
        customer_name: null,
        email_subject: null,
        ...columns,
      });
    await insertRows('activities', [
      row({ title: 'Needle' }),
      row({ title: 'text', description: 'a needle' }),
      row({ title: 'customer', customer_name: 'NEEDLE Inc' }),
      row({ title: 'subject', email_subject: 'needle', activity_type: 'EMAIL' }),
    ]);
    const document = gql`
      query ($id: ID!) {
        customer(id: $id) { activities(search: "needle", orderBy: [{ field: TITLE }]) { nodes { title } } }
      }
    `;
    const { customer } = await tenant.owner.request<{ customer: { activities: { nodes: Fields[] } } }>(document, {
      id,
    });
    expect(customer.activities.nodes.map(({ title }) => title)).toEqual(['customer', 'Needle', 'text']);
  });
});
