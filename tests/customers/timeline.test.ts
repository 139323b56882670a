import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { addNote, customerVerb } from '../support/customer-verbs.js';
import { activityRow, customerById, type Fields, insertRows, newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { strip } from '../support/permissions.js';
import { faultsOf } from '../support/sales.js';
import { partialAnswer, refusal } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

describe('notes', () => {
  test('a note is done as soon as it is written, by the caller, titled by its first line', async () => {
    const tenant = await newTenant();
    const rep = await tenant.member('Sales Rep');
    const { id, name } = await newCustomer(tenant.owner);
    const note = await addNote(rep.as(tenant.id), id, { text: '  Called back\r\nWants a quote\n' });
    expect(note).toMatchObject({
      activityType: 'NOTE',
      status: 'COMPLETED',
      version: 1,
      title: 'Called back',
      description: 'Called back\r\nWants a quote',
      isPinned: false,
      customer: { id },
      customerName: name,
      createdBy: { id: rep.id },
      tags: [],
    });
    expect(note.completedAt).not.toBeNull();
    expect(await customerById(tenant.owner, id)).toMatchObject({ version: 1 });
    expect(await addNote(tenant.owner, id, { text: 'Pinned', isPinned: true })).toMatchObject({ isPinned: true });
  });

  test('a long first line is cut to 255 characters in the title', async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner);
    const text = `${'😀'.repeat(300)}\nend`;
    expect(await addNote(owner, id, { text })).toMatchObject({ title: '😀'.repeat(255), description: text });
  });

  test('the text has 1 to 2,000 characters', async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner);
    const longest = '😀'.repeat(2000);
    expect(await addNote(owner, id, { text: longest })).toMatchObject({ description: longest });
    expect(faultsOf(await refusal(addNote(owner, id, { text: `${longest}!` })))).toEqual({ 'input.text': 'TOO_LONG' });
    expect(faultsOf(await refusal(addNote(owner, id, { text: ' \n ' })))).toEqual({ 'input.text': 'TOO_SHORT' });
  });

  test('writing one needs customer:update or activity:create', async () => {
    const tenant = await newTenant();
    const { id } = await newCustomer(tenant.owner);
    const marketing = (await tenant.member('Marketing Rep')).as(tenant.id);
    expect(await addNote(marketing, id, { text: 'By activity:create' })).toMatchObject({ title: 'By activity:create' });
    const rep = (await tenant.member('Sales Rep')).as(tenant.id);
    await strip(tenant.id, 'activity:create');
    expect(await addNote(rep, id, { text: 'By customer:update' })).toMatchObject({ title: 'By customer:update' });
    expect(await refusal(addNote(marketing, id, { text: 'By nothing' }))).toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('the timeline', () => {
  const at = (day: number) => `2024-03-0${day}T10:00:00.000Z`;

  test('lastContactAt is the latest completed call, e-mail, telegram or meeting', async () => {
    const tenant = await newTenant();
    const { id } = await newCustomer(tenant.owner);
    const other = await newCustomer(tenant.owner);
    const last = async () => {
      const document = gql`query ($id: ID!) { customer(id: $id) { lastContactAt } }`;
      return (await tenant.owner.request<{ customer: Fields }>(document, { id })).customer.lastContactAt;
    };
    const add = (columns: Fields) =>
      insertRows('activities', [activityRow(tenant.id, { customer_id: id, ...columns })]);
    const completed = { status: 'COMPLETED' };
    expect(await last()).toBeNull();
    await add({ activity_type: 'NOTE', ...completed, completed_at: at(9) });
    await add({ activity_type: 'TASK', ...completed, completed_at: at(9) });
    await add({ activity_type: 'CALL', status: 'CANCELLED', scheduled_at: at(9) });
    await add({ activity_type: 'CALL', ...completed, completed_at: at(9), customer_id: other.id });
    expect(await last()).toBeNull();
    for (const [n, kind] of ['CALL', 'EMAIL', 'TELEGRAM', 'MEETING'].entries()) {
      await add({ activity_type: kind, ...completed, completed_at: at(n + 2) });
      await add({ activity_type: kind, ...completed, completed_at: at(1) });
      expect(await last()).toBe(at(n + 2));
    }
  });

  test('activities and notes take filter, search, order and paging', async () => {
    const tenant = await newTenant();
    const { id } = await newCustomer(tenant.owner);
    const other = await newCustomer(tenant.owner);
    const row = (n: number, columns: Fields) =>
      activityRow(tenant.id, { customer_id: id, created_at: at(n), description: null, ...columns });
    const note = { activity_type: 'NOTE', status: 'COMPLETED', completed_at: at(1) };
    await insertRows('activities', [
      row(1, { title: 'b call' }),
      row(2, { title: 'A call', description: 'About the Quote' }),
      row(3, { title: 'c meeting', activity_type: 'MEETING' }),
      row(4, { title: 'first note', ...note }),
      row(5, { title: 'second note', ...note, is_pinned: true }),
      row(6, { title: 'of somebody else', customer_id: other.id }),
    ]);
    const { customer } = await tenant.owner.request<{ customer: Record<string, unknown> }>(
      gql`
        query ($id: ID!) {
          customer(id: $id) {
            newestFirst: activities { totalCount nodes { title } }
            calls: activities(filter: { activityType: { eq: CALL } }, orderBy: [{ field: TITLE }]) { nodes { title } }
            found: activities(search: "quote") { totalCount nodes { title } }
            page: activities(orderBy: [{ field: TITLE, direction: DESC }], page: 2, pageSize: 2) {
              pageInfo { page pageCount hasNextPage hasPreviousPage } nodes { title }
            }
            notes(orderBy: [{ field: IS_PINNED, direction: DESC }, { field: CREATED_AT }], first: 1) {
              totalCount pageInfo { hasNextPage } nodes { title }
            }
            noCalls: notes(filter: { activityType: { eq: CALL } }) { totalCount nodes { id } }
          }
        }
      `,
      { id },
    );
    const titles = (...given: string[]) => given.map((title) => ({ title }));
    expect(customer).toEqual({
      newestFirst: {
        totalCount: 5,
        nodes: titles('second note', 'first note', 'c meeting', 'A call', 'b call'),
      },
      calls: { nodes: titles('A call', 'b call') },
      found: { totalCount: 1, nodes: titles('A call') },
      page: {
        pageInfo: { page: 2, pageCount: 3, hasNextPage: true, hasPreviousPage: true },
        nodes: titles('c meeting', 'b call'),
      },
      notes: { totalCount: 2, pageInfo: { hasNextPage: true }, nodes: titles('second note') },
      noCalls: { totalCount: 0, nodes: [] },
    });
  });

  test('without activity:read it is refused at its path and the rest of the answer stands', async () => {
    const tenant = await newTenant();
    const { id } = await newCustomer(tenant.owner, { name: 'Ada King' });
    await strip(tenant.id, 'activity:read');
    const viewer = (await tenant.member('Viewer')).as(tenant.id);
    const { data, errors } = await partialAnswer(
      viewer.request(
        gql`
          query ($id: ID!) {
            customer(id: $id) { name activities { totalCount } notes { totalCount } lastContactAt }
            customers { nodes { name timeline: activities { totalCount } } }
          }
        `,
        { id },
      ),
    );
    expect(data).toEqual({
      customer: { name: 'Ada King', activities: null, notes: null, lastContactAt: null },
      customers: { nodes: [{ name: 'Ada King', timeline: null }] },
    });
    expect(errors.map(({ path }) => path.join('.')).sort()).toEqual([
      'customer.activities',
      'customer.lastContactAt',
      'customer.notes',
      'customers.nodes.0.timeline',
    ]);
    for (const { extensions } of errors)
      expect(extensions).toMatchObject({
        code: 'FORBIDDEN',
        reason: 'MISSING_PERMISSION',
        permission: 'activity:read',
      });
  });

  test('a deleted customer leaves its activities, which remember the name', async () => {
    const tenant = await newTenant();
    const { id } = await newCustomer(tenant.owner, { name: 'Ada King' });
    const note = await addNote(tenant.owner, id, { text: 'Kept' });
    const deleted = await tenant.owner.request(customerVerb('deleteCustomer'), { id, expectedVersion: 1 });
    expect(deleted).toEqual({ deleteCustomer: { id } });
    expect(await customerById(tenant.owner, id)).toBeNull();
    expect(
      await sql('select customer_id, customer_name, title, organization_id from activities where id = $1', [note.id]),
    ).toEqual([{ customer_id: null, customer_name: 'Ada King', title: 'Kept', organization_id: tenant.id }]);
    expect(await refusal(tenant.owner.request(customerVerb('deleteCustomer'), { id }))).toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});
