import { beforeAll, describe, expect, test } from '@jest/globals';
import { newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { dealById, faultsOf, idsByName, newDeal, newLead, pipelineById, type Row, send } from '../support/sales.js';
import { refusal } from '../support/server.js';
import { newTenant, type Person } from '../support/tenant.js';

let owner: Person;
let stages: Record<string, string>;

beforeAll(async () => {
  ({ owner } = await newTenant());
  stages = idsByName(await pipelineById(owner));
});

const convert = (id: string) => send<{ lead: Row; customer: Row; deal: Row | null }>(owner, 'convertLead', { id });
const update = (id: string, input: object) => send(owner, 'updateDeal', { id, input });
const customerRequired = { code: 'CONFLICT', reason: 'CUSTOMER_REQUIRED' };

describe('a lead given to a deal', () => {
  test('brings the customer along that it became, where the deal has none', async () => {
    const { customer, lead } = await convert((await newLead(owner)).id);
    const deal = await newDeal(owner, { leadId: (await newLead(owner)).id });
    expect(await update(deal.id, { leadId: lead.id })).toMatchObject({ customer: { id: customer.id } });
    const other = await newDeal(owner, { customerId: (await newCustomer(owner)).id });
    expect(await update(other.id, { leadId: lead.id, customerId: null })).toMatchObject({
      customer: { id: customer.id },
    });
  });

  test('leaves the customer that the deal has', async () => {
    const { lead } = await convert((await newLead(owner)).id);
    const own = await newCustomer(owner);
    const deal = await newDeal(owner, { customerId: own.id });
    expect(await update(deal.id, { leadId: lead.id })).toMatchObject({
      customer: { id: own.id },
      lead: { id: lead.id },
    });
  });
});

describe('won revenue keeps a customer', () => {
  async function orphanedLead(): Promise<string> {
    const { lead, customer } = await convert((await newLead(owner)).id);
    await sql('delete from customers where id = $1', [customer.id]);
    return lead.id;
  }

  test('a won deal does not swap it for a lead that is not converted, nor lose it', async () => {
    const customer = await newCustomer(owner);
    const deal = await newDeal(owner, { customerId: customer.id, stageId: stages['Closed Won'], value: '10' });
    const lead = await newLead(owner);
    for (const input of [{ customerId: null, leadId: lead.id }])
      expect(await refusal(update(deal.id, input))).toMatchObject(customerRequired);
    await update(deal.id, { leadId: lead.id });
    expect(await refusal(update(deal.id, { customerId: null }))).toMatchObject(customerRequired);
    expect(faultsOf(await refusal(update(deal.id, { customerId: null, leadId: null })))).toEqual({
      'input.customerId': 'REQUIRED',
    });
    expect(await dealById(owner, deal.id)).toMatchObject({ customer: { id: customer.id }, version: 2 });
    const { lead: converted, customer: became } = await convert((await newLead(owner)).id);
    expect(await update(deal.id, { customerId: null, leadId: converted.id })).toMatchObject({
      status: 'WON',
      customer: { id: became.id },
    });
  });

  test('a deal whose lead’s customer was deleted is not won, by whatever way', async () => {
    const leadId = await orphanedLead();
    const deal = await newDeal(owner, { leadId });
    const won = stages['Closed Won'];
    expect(await refusal(send(owner, 'markWon', { id: deal.id }))).toMatchObject(customerRequired);
    expect(await refusal(send(owner, 'moveDealStage', { id: deal.id, stageId: won }))).toMatchObject(customerRequired);
    expect(await refusal(update(deal.id, { stageId: won }))).toMatchObject(customerRequired);
    expect(await refusal(newDeal(owner, { leadId, stageId: won }))).toMatchObject(customerRequired);
    const rows = [{ id: deal.id }];
    const document =
      'mutation ($rows: [MarkDealWonRow!]!) { markDealsWon(rows: $rows) { results { errors { reason } } } }';
    expect(await owner.request(document, { rows })).toEqual({
      markDealsWon: { results: [{ errors: [{ reason: 'CUSTOMER_REQUIRED' }] }] },
    });
    const customer = await newCustomer(owner);
    expect(await update(deal.id, { stageId: won, customerId: customer.id })).toMatchObject({ status: 'WON' });
  });

  test('a won deal whose customer was deleted stays as it is', async () => {
    const customer = await newCustomer(owner);
    const deal = await newDeal(owner, { customerId: customer.id, stageId: stages['Closed Won'] });
    await sql('delete from customers where id = $1', [customer.id]);
    expect(await update(deal.id, { customerId: null, title: 'Still won' })).toMatchObject({ status: 'WON' });
  });
});

describe('a conversion', () => {
  test('is one instant for the lead and its customer', async () => {
    const { lead, customer } = await convert((await newLead(owner)).id);
    expect(lead.convertedAt).toBe(customer.convertedAt);
    const deal = await newDeal(owner, { leadId: (await newLead(owner)).id });
    await send(owner, 'markWon', { id: deal.id });
    const [times] = await sql<{ same: boolean }>(
      `select l.converted_at = c.converted_at as same from deals d
       join leads l on l.id = d.lead_id join customers c on c.id = d.customer_id where d.id = $1`,
      [deal.id],
    );
    expect(times).toEqual({ same: true });
  });

  test('gives the activities of the lead the customer and its name', async () => {
    const lead = await newLead(owner, { name: 'Lena', companyName: 'Acme' });
    await send(owner, 'addLeadActivity', { leadId: lead.id, input: { title: 'Call' } });
    const existing = await newCustomer(owner, { name: 'Acme & Sons' });
    await send(owner, 'convertLead', { id: lead.id, input: { existingCustomerId: existing.id } });
    const [activity] = await sql(
      'select customer_id, customer_name from activities where lead_id = $1 and title = $2',
      [lead.id, 'Call'],
    );
    expect(activity).toEqual({ customer_id: existing.id, customer_name: 'Acme & Sons' });
  });
});

test('the same score again writes no further note', async () => {
  const { id } = await newLead(owner);
  for (const score of [70, 70, 80]) await send(owner, 'updateLeadScore', { id, score, reason: 'Called' });
  const notes = await sql<{ title: string }>('select title from activities where lead_id = $1 order by id', [id]);
  expect(notes.map(({ title }) => title)).toEqual(['Score changed from 0 to 70', 'Score changed from 70 to 80']);
});
