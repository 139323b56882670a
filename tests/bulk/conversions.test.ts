import { beforeAll, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { bulk, type Result, runBulk, statuses } from '../support/bulk-calls.js';
import { type Fields, freshEmail, newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { memberWith, missing } from '../support/permissions.js';
import { newLead } from '../support/sales.js';
import { refusal } from '../support/server.js';
import { newTenant, type Tenant } from '../support/tenant.js';

const Convert = bulk(
  'convertLeads',
  'ConvertLeadRow',
  `id isConverted convertedCustomer { id name email status tags convertedFromLead { id } }
   deals { nodes { title value customer { id } } } notes { nodes { title } }`,
);

interface Converted {
  id: string;
  isConverted: boolean;
  convertedCustomer: Fields & { id: string };
  deals: { nodes: Fields[] };
  notes: { nodes: Fields[] };
}

const recordsOf = ({ results }: Result) => results.map(({ record }) => record as Fields | null as Converted | null);

let tenant: Tenant;
beforeAll(async () => {
  tenant = await newTenant();
});

const customersOf = async () =>
  (await sql<{ id: string }>('select id from customers where organization_id = $1 order by id', [tenant.id])).length;

describe('leads that are converted in bulk', () => {
  test('become customers, with deals where the row asks for one', async () => {
    const leads = [
      await newLead(tenant.owner, { name: 'Lea', companyName: 'Acme', estimatedValue: '5000' }),
      await newLead(tenant.owner, { name: 'Leo' }),
    ];
    const done = await runBulk(tenant.owner, Convert, [
      { id: leads[0]!.id, input: { createDeal: {} } },
      { id: leads[1]!.id },
    ]);
    expect(statuses(done)).toEqual(['UPDATED', 'UPDATED']);
    const [first, second] = recordsOf(done);
    expect(first).toMatchObject({ isConverted: true, notes: { nodes: [{ title: 'Lead converted' }] } });
    expect(first!.convertedCustomer).toMatchObject({ name: 'Lea', convertedFromLead: { id: leads[0]!.id } });
    expect(first!.deals.nodes).toEqual([
      { title: 'Deal with Acme', value: '5000.00', customer: { id: first!.convertedCustomer.id } },
    ]);
    expect(second!.convertedCustomer).toMatchObject({ name: 'Leo' });
    expect(second!.deals.nodes).toEqual([]);
  });

  test('name no customer that is taken back with the call', async () => {
    const { id } = await newLead(tenant.owner);
    const twice = await runBulk(tenant.owner, Convert, [{ id }, { id }], 'ATOMIC');
    expect(twice.results).toMatchObject([
      { status: 'NOT_ATTEMPTED', id, errors: [] },
      { status: 'FAILED', id, errors: [{ reason: 'LEAD_ALREADY_CONVERTED', existingId: null }] },
    ]);
    const kept = await runBulk(tenant.owner, Convert, [{ id }, { id }]);
    const [{ convertedCustomer }] = recordsOf(kept) as [Converted, null];
    const again = await runBulk(tenant.owner, Convert, [{ id }], 'ATOMIC');
    for (const { errors } of [kept.results[1]!, again.results[0]!])
      expect(errors).toMatchObject([{ existingId: convertedCustomer.id }]);
  });

  test('are linked to one customer one after the other, in the order of the rows', async () => {
    const { id: existingCustomerId, email } = await newCustomer(tenant.owner, { status: 'INACTIVE' });
    const leads = [await newLead(tenant.owner), await newLead(tenant.owner, { email }), await newLead(tenant.owner)];
    const before = await customersOf();
    const done = await runBulk(tenant.owner, Convert, [
      { id: leads[0]!.id, input: { existingCustomerId } },
      { id: leads[1]!.id },
      { id: leads[2]!.id, input: { existingCustomerId } },
    ]);
    expect(statuses(done)).toEqual(['UPDATED', 'UPDATED', 'UPDATED']);
    for (const record of recordsOf(done))
      expect(record!.convertedCustomer).toMatchObject({
        id: existingCustomerId,
        status: 'ACTIVE',
        convertedFromLead: { id: leads[0]!.id },
      });
    expect(await customersOf()).toBe(before);
  });

  test('fail by themselves, or all together in mode ATOMIC', async () => {
    const [sound, converted] = [await newLead(tenant.owner), await newLead(tenant.owner)];
    await runBulk(tenant.owner, Convert, [{ id: converted.id }]);
    const rows = [
      { id: sound.id },
      { id: converted.id },
      { id: sound.id },
      { id: sound.id, input: { existingCustomerId: v7() } },
      { id: sound.id, input: { createDeal: { title: 'x' } } },
    ];
    const before = await customersOf();
    const all = await runBulk(tenant.owner, Convert, rows, 'ATOMIC');
    expect(all.summary).toMatchObject({ updated: 0, failed: 4, notAttempted: 1 });
    expect(await customersOf()).toBe(before);
    const done = await runBulk(tenant.owner, Convert, rows);
    expect(statuses(done)).toEqual(['UPDATED', 'FAILED', 'FAILED', 'FAILED', 'FAILED']);
    expect(done.results.slice(1).map(({ errors: [error] }) => [error!.reason ?? error!.code, error!.path])).toEqual([
      ['LEAD_ALREADY_CONVERTED', null],
      ['LEAD_ALREADY_CONVERTED', null],
      ['NOT_FOUND', 'input.existingCustomerId'],
      ['VALIDATION_FAILED', 'input.createDeal.title'],
    ]);
    expect(await customersOf()).toBe(before + 1);
  });

  test('are tried by a dry run, and converted once under a key', async () => {
    const leads = [await newLead(tenant.owner), await newLead(tenant.owner)];
    const variables = { rows: leads.map(({ id }) => ({ id })), mode: 'ATOMIC' };
    const before = await customersOf();
    const run = async (headers: Record<string, string>) =>
      (await tenant.owner.request<{ done: Result }>(Convert, variables, headers)).done;
    expect((await run({ 'x-dry-run': 'true' })).summary).toMatchObject({ updated: 2 });
    expect(await customersOf()).toBe(before);
    const headers = { 'idempotency-key': v7() };
    const first = await run(headers);
    expect(first.summary).toMatchObject({ updated: 2 });
    expect(await run(headers)).toEqual(first);
    expect(await customersOf()).toBe(before + 2);
  });

  test('need deal:create only where a row creates a deal', async () => {
    const lead = await newLead(tenant.owner);
    const caller = await memberWith(tenant, ['lead:read', 'lead:update', 'customer:create']);
    const convert = (input: Fields) =>
      caller
        .as(tenant.id)
        .request<{ done: Result }>(
          'mutation ($rows: [ConvertLeadRow!]!) { done: convertLeads(rows: $rows) { summary { updated } } }',
          { rows: [{ id: lead.id, input }] },
        );
    expect(await refusal(convert({ createDeal: {} }))).toMatchObject(missing('deal:create'));
    expect((await convert({})).done.summary).toEqual({ updated: 1 });
  });

  test('take the customer with their e-mail address', async () => {
    const email = freshEmail();
    const lead = await newLead(tenant.owner, { email });
    const customer = await newCustomer(tenant.owner, { email });
    const [record] = recordsOf(await runBulk(tenant.owner, Convert, [{ id: lead.id }]));
    expect(record!.convertedCustomer).toMatchObject({ id: customer.id, email });
  });
});
