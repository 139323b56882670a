import { beforeEach, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { type Fields, freshEmail } from '../support/customers.js';
import { idsByName, pipelineById, type Stage } from '../support/sales.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';
import { act, change, fatesOf, stateOf, undo } from '../support/undo.js';

let tenant: Tenant;
let owner: Person;

beforeEach(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
});

const does = (name: string, variables: Fields) => change(owner, tenant.id, name, variables);
const creates = (kind: string, input: Fields) => does(`create${kind}`, { input });
const newCustomer = (input: Fields = {}) => creates('Customer', { name: 'Kim', email: freshEmail(), ...input });
const newDeal = (input: Fields) => creates('Deal', { title: 'Deal', ...input });

/** Runs the fields in one document and returns the id of its change set. */
async function together(...fields: string[]): Promise<string> {
  const { data, errors, extensions } = await act(owner, tenant.id, `mutation { ${fields.join(' ')} }`, {});
  expect([errors, data]).toEqual([undefined, expect.anything()]);
  return extensions!.changeSetId!;
}

const updates = (alias: string, kind: string, id: string, input: string) =>
  `${alias}: update${kind}(id: "${id}", input: { ${input} }) { id }`;
const deletes = (kind: string, id: string) => `delete${kind}(id: "${id}") { id }`;

/** A record as it is stored; undefined if there is none. */
const rowOf = async (id: string) => (await stateOf(tenant.id)).find((row) => row.id === id);

type Case = [
  what: string,
  arrange: () => Promise<{ id: string; before?: object; set: string; later: () => Promise<unknown> }>,
  fate: string,
];

/** Each document gives a record a value for a moment, whose place others take afterwards. */
const cases: Case[] = [
  [
    'a customer between two others',
    async () => {
      const [first, second, third] = [await newCustomer(), await newCustomer(), await newCustomer()];
      const { id } = await newDeal({ customerId: first.id });
      const to = (alias: string, { id: customer }: { id: string }) =>
        updates(alias, 'Deal', id, `customerId: "${customer}"`);
      const before = await rowOf(id);
      const set = await together(to('a', second), to('b', third));
      return { id, before, set, later: () => does('deleteCustomer', { id: second.id }) };
    },
    'UPDATED',
  ],
  [
    'the customer of a deal that was deleted then',
    async () => {
      const [first, second] = [await newCustomer(), await newCustomer()];
      const { id } = await newDeal({ customerId: first.id });
      const before = await rowOf(id);
      const set = await together(updates('a', 'Deal', id, `customerId: "${second.id}"`), deletes('Deal', id));
      return { id, before, set, later: () => does('deleteCustomer', { id: second.id }) };
    },
    'CREATED',
  ],
  [
    'the first assignee of a customer who was created',
    async () => {
      const [first, second] = [await tenant.employee(), await tenant.employee()];
      const externalId = v7();
      const to = (assignee: string) =>
        `name: "Kim", email: "${externalId}@customers.example", assignedToId: "${assignee}"`;
      const set = await together(
        `createCustomer(input: { externalId: "${externalId}", ${to(first)} }) { id }`,
        `upsertCustomers(rows: [{ by: { externalId: "${externalId}" }, input: { ${to(second)} } }]) { mode }`,
      );
      const { data } = await act(owner, tenant.id, `{ customerBy(key: { externalId: "${externalId}" }) { id } }`, {});
      const { id } = (data as { customerBy: { id: string } }).customerBy;
      return { id, set, later: () => does('deleteEmployee', { id: first }) };
    },
    'DELETED',
  ],
  [
    'a stage between two others',
    async () => {
      const { Lead: lead, Qualified: second, Negotiation: third } = idsByName(await pipelineById(owner));
      const { id: customerId } = await newCustomer();
      const { id } = await newDeal({ customerId, stageId: lead });
      const to = (alias: string, stage: string | undefined) =>
        `${alias}: moveDealStage(id: "${id}", stageId: "${stage}") { id }`;
      const before = await rowOf(id);
      const set = await together(to('a', second), to('b', third));
      return { id, before, set, later: () => does('deletePipelineStage', { id: second }) };
    },
    'UPDATED',
  ],
  [
    'an e-mail address between two others',
    async () => {
      const { id } = await newCustomer();
      const moment = freshEmail();
      const to = (alias: string, email: string) => updates(alias, 'Customer', id, `email: "${email}"`);
      const before = await rowOf(id);
      const set = await together(to('a', moment), to('b', freshEmail()));
      return { id, before, set, later: () => newCustomer({ email: moment }) };
    },
    'UPDATED',
  ],
  [
    'an e-mail address before a deletion',
    async () => {
      const { id } = await newCustomer();
      const moment = freshEmail();
      const before = await rowOf(id);
      const set = await together(updates('a', 'Customer', id, `email: "${moment}"`), deletes('Customer', id));
      return { id, before, set, later: () => newCustomer({ email: moment }) };
    },
    'CREATED',
  ],
];

test.each(cases)('an undo does not need %s', async (_what, arrange, fate) => {
  const { id, before, set, later } = await arrange();
  await later();
  const { result, error } = await undo(owner, tenant.id, set, { mode: 'ATOMIC' });
  expect([error, result!.summary.failed]).toEqual([undefined, 0]);
  expect(fatesOf(result!)[id]).toEqual([fate]);
  expect(await rowOf(id)).toEqual(before);
});

test('an undo puts back a record whose momentary value is taken, beside one whose former value is taken', async () => {
  const [{ id }, { id: other }] = [await newCustomer(), await newCustomer()];
  const [moment, former] = [freshEmail(), freshEmail()];
  await does('updateCustomer', { id: other, input: { email: former } });
  const to = (alias: string, which: string, email: string) => updates(alias, 'Customer', which, `email: "${email}"`);
  const set = await together(to('a', id, moment), to('b', id, freshEmail()), to('c', other, freshEmail()));
  for (const email of [moment, former]) await newCustomer({ email });
  const { result } = await undo(owner, tenant.id, set, { mode: 'PER_ROW' });
  expect(fatesOf(result!)).toEqual({ [id]: ['UPDATED'], [other]: ['FAILED', 'VALUE_TAKEN'] });
});

describe('a unique value that goes from one record to another', () => {
  /** Undoes a change set, and each undo, so that the state alternates. */
  async function alternates(before: unknown, set: string): Promise<void> {
    const states = [before, await stateOf(tenant.id)];
    let id = set;
    for (let n = 0; n < 4; n += 1) {
      const { result, error, changeSetId } = await undo(owner, tenant.id, id, { mode: 'ATOMIC' });
      expect([n, error, result!.summary.failed]).toEqual([n, undefined, 0]);
      expect(await stateOf(tenant.id)).toEqual(states[n % 2]);
      id = changeSetId!;
    }
  }

  test('goes back and forth for names that differ in case', async () => {
    const { stages } = await pipelineById(owner);
    const [one, other] = stages as [Stage, Stage];
    const before = await stateOf(tenant.id);
    const set = await together(
      updates('a', 'PipelineStage', one.id, 'name: "Moved"'),
      updates('b', 'PipelineStage', other.id, `name: "${one.name.toUpperCase()}"`),
      deletes('PipelineStage', one.id),
    );
    await alternates(before, set);
  });

  test('goes back and forth for a lead that was converted', async () => {
    const [one, other] = [freshEmail(), freshEmail()];
    const { id: converted } = await creates('Lead', { name: 'L', email: one });
    const { id } = await creates('Lead', { name: 'M', email: other });
    const before = await stateOf(tenant.id);
    const set = await together(
      `convertLead(id: "${converted}") { customer { id } }`,
      updates('a', 'Lead', id, `email: "${one}"`),
      deletes('Lead', converted),
    );
    await alternates(before, set);
  });
});
