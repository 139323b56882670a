import { beforeEach, describe, expect, test } from '@jest/globals';
import { type Fields, freshEmail } from '../support/customers.js';
import { sql } from '../support/database.js';
import { day } from '../support/sales.js';
import { newTenant, type Tenant } from '../support/tenant.js';
import { change, fatesOf, stateOf, undo } from '../support/undo.js';

let tenant: Tenant;

beforeEach(async () => {
  tenant = await newTenant();
});

const does = (name: string, variables: Fields) => change(tenant.owner, tenant.id, name, variables);
const updates = (kind: string, id: string, input: Fields) => does(`update${kind}`, { id, input });
const creates = async (kind: string, input: Fields) => (await does(`create${kind}`, { input })).id;
const newCustomer = (name = 'Kim') => creates('Customer', { name, email: freshEmail() });
const newLead = (name = 'Lee') => creates('Lead', { name, email: freshEmail() });
const newDeal = (input: Fields) => creates('Deal', { title: 'Deal', ...input });
const newEmployee = (input: Fields = {}) =>
  creates('Employee', { firstName: 'E', lastName: 'E', email: freshEmail(), ...input });

const undoes = async (changeSetId: string) =>
  (await undo(tenant.owner, tenant.id, changeSetId, { mode: 'PER_ROW' })).result!;

/**
 * Half of the former fields beside half of the present ones would be a record that no mutation makes. The fields that
 * the later change set has changed are named as the cause.
 */
async function contradicts(
  changeSetId: string,
  id: string,
  later: { changeSetId: string },
  fields: string[],
): Promise<void> {
  const before = await stateOf(tenant.id);
  const undone = await undoes(changeSetId);
  expect(fatesOf(undone)).toEqual({ [id]: ['FAILED', 'CONTRADICTION'] });
  const { conflicts } = undone.results[0]!;
  expect(conflicts.map(({ field, laterChangeSet }) => [field, laterChangeSet])).toEqual(
    fields.map((field) => [field, { id: later.changeSetId }]),
  );
  expect(await stateOf(tenant.id)).toEqual(before);
}

describe('fields of a record fit together after an undo', () => {
  test('a won deal keeps its customer', async () => {
    const id = await newDeal({ leadId: await newLead() });
    const { changeSetId } = await updates('Deal', id, { customerId: await newCustomer() });
    const later = await does('markWon', { id });
    await contradicts(changeSetId, id, later, ['status']);
  });

  test('a deal keeps its customer or its lead', async () => {
    const id = await newDeal({ customerId: await newCustomer() });
    const { changeSetId } = await updates('Deal', id, { leadId: await newLead() });
    const later = await updates('Deal', id, { customerId: null });
    await contradicts(changeSetId, id, later, ['customerId']);
  });

  test('a contractor keeps the first day of employment', async () => {
    const id = await newEmployee();
    const { changeSetId } = await updates('Employee', id, { hireDate: day(-9) });
    const later = await updates('Employee', id, { employmentType: 'CONTRACT' });
    await contradicts(changeSetId, id, later, ['employmentType']);
  });

  test('an employment does not end before it begins', async () => {
    const id = await newEmployee({ hireDate: day(-2) });
    const { changeSetId } = await updates('Employee', id, { hireDate: day(-9) });
    const later = await does('terminateEmployee', { id, terminationDate: day(-5) });
    await contradicts(changeSetId, id, later, ['terminationDate']);
  });

  test('an activity has the name of its customer or else of its lead', async () => {
    const [customerId, one, two] = [await newCustomer('Kim'), await newLead('One'), await newLead('Two')];
    const id = await creates('Activity', { activityType: 'CALL', title: 'Call', customerId, leadId: one });
    const { changeSetId } = await updates('Activity', id, { leadId: two });
    const later = await updates('Activity', id, { customerId: null });
    await contradicts(changeSetId, id, later, ['customerId', 'customerName']);
  });

  test('an activity does not get its deleted customer back with the name of the lead that took its place', async () => {
    const [customerId, one, two] = [await newCustomer('Kim'), await newLead('One'), await newLead('Two')];
    const id = await creates('Activity', { activityType: 'CALL', title: 'Call', customerId, leadId: one });
    const { changeSetId } = await does('deleteCustomer', { id: customerId });
    await updates('Activity', id, { leadId: two });
    expect(fatesOf(await undoes(changeSetId))).toEqual({
      [customerId]: ['CREATED'],
      [id]: ['FAILED', 'CONTRADICTION'],
    });
  });
});

describe('an undo gives back', () => {
  test('what did not fit together before the change set either', async () => {
    const lost = await newCustomer();
    const [open, won] = [await newDeal({ customerId: lost }), await newDeal({ customerId: lost })];
    await does('markWon', { id: won });
    await does('deleteCustomer', { id: lost });
    for (const id of [open, won]) {
      const { changeSetId } = await updates('Deal', id, { customerId: await newCustomer() });
      await updates('Deal', id, { source: 'Fair' });
      expect(fatesOf(await undoes(changeSetId))).toEqual({ [id]: ['UPDATED'] });
      expect(await sql('select customer_id from deals where id = $1', [id])).toEqual([{ customer_id: null }]);
    }
  });

  test('a field of a record that did not fit together since', async () => {
    const customerId = await newCustomer();
    const id = await newDeal({ customerId });
    const { changeSetId } = await updates('Deal', id, { value: '5' });
    await does('deleteCustomer', { id: customerId });
    expect(fatesOf(await undoes(changeSetId))).toEqual({ [id]: ['UPDATED'] });
  });

  test('the lead of an activity together with its name', async () => {
    const [one, two] = [await newLead('One'), await newLead('Two')];
    const id = await creates('Activity', { activityType: 'CALL', title: 'Call', leadId: one });
    const { changeSetId } = await updates('Activity', id, { leadId: two });
    await updates('Activity', id, { title: 'Talk' });
    expect(fatesOf(await undoes(changeSetId))).toEqual({ [id]: ['UPDATED'] });
    const [row] = await sql('select lead_id, customer_name, title from activities where id = $1', [id]);
    expect(row).toEqual({ lead_id: one, customer_name: 'One', title: 'Talk' });
  });
});
