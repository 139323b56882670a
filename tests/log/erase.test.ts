import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { type Fields, newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { told, walk } from '../support/log.js';
import { newDeal, send } from '../support/sales.js';
import { client, refusal } from '../support/server.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';
import { change, fatesOf, undo } from '../support/undo.js';

const Erase = gql`mutation ($type: RecordType!, $id: ID!) { eraseRecord(type: $type, id: $id) { id } }`;
const Changes = gql`
  query ($id: ID!) {
    changes(filter: { recordId: { eq: $id } }) {
      nodes { action isErased changeSet { operations actorName } fields { name before after } }
    }
  }
`;

interface Found {
  changes: {
    nodes: {
      action: string;
      isErased: boolean;
      fields: object[];
      changeSet: { operations: string[]; actorName: string };
    }[];
  };
}

let tenant: Tenant;
let owner: Person;
beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
});

const changesOf = async (id: string) => (await owner.request<Found>(Changes, { id })).changes.nodes;

/** Everything that the database holds of an organization's log, as text. */
const stored = async () =>
  (await sql<{ text: string }>('select c::text as text from changes c where organization_id = $1', [tenant.id]))
    .map(({ text }) => text)
    .join();

describe('a record that is erased', () => {
  test('is deleted, and none of its values stays in the log', async () => {
    const mark = `remember${v7()}`;
    const { id } = await newCustomer(owner, { name: mark });
    const update = gql`mutation ($id: ID!, $name: String!) { updateCustomer(id: $id, input: { name: $name }) { id } }`;
    await owner.request(update, { id, name: `${mark} again` });
    const deal = await newDeal(owner, { title: 'Kept', customerId: id });
    expect(await stored()).toContain(mark);

    expect(await owner.request(Erase, { type: 'CUSTOMER', id })).toEqual({ eraseRecord: { id } });

    expect(await stored()).not.toContain(mark);
    const changes = await changesOf(id);
    expect(changes.map(({ action }) => action)).toEqual(['CREATED', 'UPDATED', 'DELETED', 'ERASED']);
    expect(changes.every(({ isErased, fields }) => isErased && fields.length === 0)).toBe(true);
    expect(changes.at(-1)!.changeSet.operations).toEqual(['eraseRecord']);
    const { deal: kept } = await owner.request<{ deal: { customer: null } }>(
      gql`query ($id: ID!) { deal(id: $id) { customer { id } } }`,
      { id: deal.id },
    );
    expect(kept.customer).toBeNull();
  });

  test.each([
    ['CUSTOMER', 'createCustomer', 'customerId', false],
    ['CUSTOMER', 'createCustomer', 'customerId', true],
    ['LEAD', 'createLead', 'leadId', false],
    ['LEAD', 'createLead', 'leadId', true],
  ])('takes its name out of activities and their log: %s by %s, %s, deleted before: %s', async (...args) => {
    const [type, create, reference, isGone] = args;
    const name = `Remember${v7()}`;
    const made = (field: string, variables: object) => change(owner, tenant.id, field, variables as Fields);
    const { id } = await made(create, { input: { name, email: `${v7()}@people.example` } });
    const namesake = await made(create, { input: { name: 'Namesake', email: `${v7()}@people.example` } });
    const call = { activityType: 'CALL', title: 'Called' };
    const mine = await made('createActivity', { input: { ...call, [reference]: id } });
    const moved = await made('createActivity', { input: { ...call, [reference]: id } });
    await made('updateActivity', { id: moved.id, input: { [reference]: namesake.id } });
    if (isGone) await made(create.replace('create', 'delete'), { id });
    expect(await stored()).toContain(name);
    await owner.request(Erase, { type, id });
    expect(await stored()).not.toContain(name);
    const names = await sql('select customer_name as name from activities where id = any($1) order by id', [
      [mine.id, moved.id],
    ]);
    expect(names).toEqual([{ name: null }, { name: 'Namesake' }]);
    const about = { recordId: { in: [mine.id, moved.id] } };
    const { changes } = await walk(owner, { filter: about });
    const named = await walk(owner, { filter: { ...about, changedFields: { has: 'customerName' } } });
    expect(named.changes).toEqual(changes.filter(({ fields }) => fields.some((one) => one.name === 'customerName')));
  });

  test.each([
    ['LEAD', 'customer'],
    ['CUSTOMER', 'lead'],
  ])('leaves an activity the same name of what stays: %s beside a %s', async (type, staying) => {
    const name = `Kim ${v7()}`;
    const made = (field: string, input: object) => change(owner, tenant.id, field, { input } as Fields);
    const customer = await made('createCustomer', { name, email: `${v7()}@people.example` });
    const lead = await made('createLead', { name, email: `${v7()}@people.example` });
    const both = { customerId: customer.id, leadId: lead.id };
    const { id } = await made('createActivity', { activityType: 'CALL', title: 'Called', ...both });
    const [kept, erased] = staying === 'customer' ? [customer, lead] : [lead, customer];
    // The activity keeps the name that it was given.
    const rename = { id: kept.id, input: { name: 'Renamed' } };
    await change(owner, tenant.id, staying === 'customer' ? 'updateCustomer' : 'updateLead', rename);
    await owner.request(Erase, { type, id: erased.id });
    expect(await sql('select customer_name as name from activities where id = $1', [id])).toEqual([{ name }]);
  });

  test('may have been deleted before: the log tells who erased it, and readers of the feed learn of it', async () => {
    const { id } = await newCustomer(owner, { name: 'Gone' });
    await owner.request(gql`mutation ($id: ID!) { deleteCustomer(id: $id) { id } }`, { id });
    const { cursor } = await walk(owner);
    const { changeSetId } = await told(owner, Erase, { type: 'CUSTOMER', id });
    const news = await walk(owner, { after: cursor });
    expect(news.changes).toMatchObject([{ recordId: id, recordType: 'CUSTOMER', action: 'ERASED', fields: [] }]);
    const changes = await changesOf(id);
    expect(changes.map(({ action, isErased }) => [action, isErased])).toEqual([
      ['CREATED', true],
      ['DELETED', true],
      ['ERASED', true],
    ]);
    expect(changes.at(-1)!.changeSet).toEqual({ operations: ['eraseRecord'], actorName: 'Pat Poe' });
    const { changeSet } = await owner.request<{ changeSet: object }>(
      gql`query ($id: ID!) { changeSet(id: $id) { source counts { recordType action count } } }`,
      { id: changeSetId },
    );
    expect(changeSet).toEqual({
      source: 'API',
      counts: [{ recordType: 'CUSTOMER', action: 'ERASED', count: 1 }],
    });
  });

  test.each([
    ['stays', false],
    ['was deleted before', true],
  ])('is told to those who follow its customer, which %s, without its values', async (_what, isCustomerDeleted) => {
    const { id: customerId } = await newCustomer(owner);
    const { id } = await newDeal(owner, { title: 'Secret', customerId });
    const filter = { customerId: { eq: customerId } };
    const { cursor } = await walk(owner, { filter });
    await send(owner, 'updateDeal', { id, input: { title: 'Secret again' } });
    const remove = gql`mutation ($id: ID!) { deleteCustomers(rows: [{ id: $id }]) { mode } }`;
    if (isCustomerDeleted) await owner.request(remove, { id: customerId });
    await told(owner, Erase, { type: 'DEAL', id });
    const { changes } = await walk(owner, { filter, after: cursor });
    const ofDeal = changes.filter(({ recordId }) => recordId === id);
    expect(ofDeal.map(({ action, fields }) => [action, fields])).toEqual(
      ['UPDATED', ...(isCustomerDeleted ? ['UPDATED'] : []), 'DELETED', 'ERASED'].map((action) => [action, []]),
    );
  });

  test('has no changed fields for filters either', async () => {
    const { id: customerId } = await newCustomer(owner);
    const { id } = await newDeal(owner, { title: 'Secret', customerId });
    const filter = { recordId: { eq: id }, changedFields: { has: 'customerId' } };
    expect((await walk(owner, { filter })).changes).toHaveLength(1);
    await told(owner, Erase, { type: 'DEAL', id });
    expect((await walk(owner, { filter })).changes).toEqual([]);
  });

  test('stays erased: another erasure changes nothing, and an undo of the erasure is refused', async () => {
    const { id } = await newCustomer(owner, { name: 'Gone' });
    const { changeSetId } = await told(owner, Erase, { type: 'CUSTOMER', id });
    const again = await told(owner, Erase, { type: 'CUSTOMER', id });
    expect([again.errors, again.changeSetId]).toEqual([[], undefined]);
    expect(await changesOf(id)).toHaveLength(3);
    const { result } = await undo(owner, tenant.id, changeSetId!);
    expect(fatesOf(result)).toEqual({ [id]: ['FAILED', 'RECORD_ERASED'] });
  });

  test('is in the change set of its document, whatever else that changes', async () => {
    const [{ id }, other] = [await newCustomer(owner, { name: 'Gone' }), await newCustomer(owner, { name: 'Kept' })];
    await owner.request(gql`mutation ($id: ID!) { deleteCustomer(id: $id) { id } }`, { id });
    const Both = gql`mutation ($id: ID!, $other: ID!) {
      eraseRecord(type: CUSTOMER, id: $id) { id }
      updateCustomer(id: $other, input: { name: "Kim" }) { id }
    }`;
    const { changeSetId } = await told(owner, Both, { id, other: other.id });
    const sets = await sql<{ record: string; action: string }>(
      'select record_id as record, action from changes where change_set_id = $1 order by id',
      [changeSetId],
    );
    expect(sets).toEqual([
      { record: id, action: 'ERASED' },
      { record: other.id, action: 'UPDATED' },
    ]);
  });

  test('is neither listed among deleted records nor put back', async () => {
    const { id } = await newCustomer(owner, { name: 'Gone' });
    const deletion = await client({ token: owner.token }).rawRequest<object>(
      gql`mutation ($id: ID!) { deleteCustomer(id: $id) { id } }`,
      { id },
    );
    await owner.request(Erase, { type: 'CUSTOMER', id });
    const { deletedRecords } = await owner.request<{ deletedRecords: { nodes: { recordId: string }[] } }>(
      gql`{ deletedRecords(first: 100) { nodes { recordId } } }`,
    );
    expect(deletedRecords.nodes.map(({ recordId }) => recordId)).not.toContain(id);
    const { changeSetId } = deletion.extensions as { changeSetId: string };
    const { undoChangeSet } = await owner.request<{ undoChangeSet: { results: object[] } }>(
      gql`mutation ($id: ID!) { undoChangeSet(id: $id) { results { status errors { reason } } } }`,
      { id: changeSetId },
    );
    expect(undoChangeSet.results).toEqual([{ status: 'FAILED', errors: [{ reason: 'RECORD_ERASED' }] }]);
  });
});

test('nothing is erased of what is not there, not of a person, or of another organization', async () => {
  const other = await newTenant();
  const foreign = await newCustomer(other.owner, { name: 'Foreign' });
  for (const id of [v7(), foreign.id])
    expect(await refusal(owner.request(Erase, { type: 'CUSTOMER', id }))).toMatchObject({ code: 'NOT_FOUND' });
  const { id } = await newCustomer(owner, { name: 'Here' });
  expect(await refusal(owner.request(Erase, { type: 'LEAD', id }))).toMatchObject({ code: 'NOT_FOUND' });
  expect(await refusal(owner.request(Erase, { type: 'ROLE', id }))).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: [{ path: 'type', code: 'NOT_ALLOWED' }],
  });
  expect(await changesOf(id)).toMatchObject([{ isErased: false }]);
});

test('only owners erase', async () => {
  const admin = await tenant.member('Admin');
  const { id } = await newCustomer(owner, { name: 'Here' });
  expect(await refusal(admin.as(tenant.id).request(Erase, { type: 'CUSTOMER', id }))).toMatchObject({
    code: 'FORBIDDEN',
    reason: 'OWNER_ONLY',
  });
});

test('a rehearsal erases nothing', async () => {
  const { id } = await newCustomer(owner, { name: 'Here' });
  await owner.request(Erase, { type: 'CUSTOMER', id }, { 'x-dry-run': 'true' });
  expect(await changesOf(id)).toMatchObject([{ action: 'CREATED', isErased: false }]);
  await owner.request(gql`mutation ($id: ID!) { deleteCustomer(id: $id) { id } }`, { id });
  const rehearsed = await told(owner, Erase, { type: 'CUSTOMER', id }, { 'x-dry-run': 'true' });
  expect([rehearsed.errors, rehearsed.changeSetId]).toEqual([[], undefined]);
  expect((await changesOf(id)).map(({ action }) => action)).toEqual(['CREATED', 'DELETED']);
});
