import { beforeAll, describe, expect, test } from '@jest/globals';
import { newCustomer } from './support/customers.js';
import { sql } from './support/database.js';
import { idsByName, newDeal, newLead, newPipeline, send } from './support/sales.js';
import { newTenant, type Person, type Tenant } from './support/tenant.js';

let tenant: Tenant;
let owner: Person;

beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
});

test('every table with a version and references that deletions clear counts the change', async () => {
  const forgotten = await sql(
    `select c.relname as "table", a.attname as "column"
     from pg_constraint f
     join pg_class c on c.oid = f.conrelid and c.relnamespace = 'public'::regnamespace
     cross join unnest(coalesce(f.confdelsetcols, f.conkey)) as cleared(number)
     join pg_attribute a on a.attrelid = c.oid and a.attnum = cleared.number
     where f.contype = 'f' and f.confdeltype = 'n'
       and exists (select from pg_attribute v where v.attrelid = c.oid and v.attname = 'version' and not v.attisdropped)
       and not exists (
         select from pg_trigger t
         where t.tgrelid = c.oid and t.tgname = 'lose_reference' and a.attnum = any(t.tgattr)
       )`,
  );
  expect(forgotten).toEqual([]);
});

interface State {
  version: number;
  updated_at: Date;
}

/** The growth of a row’s version during some work, and whether the time of its change moves with it. */
async function changeOf(table: string, id: unknown, work: () => Promise<unknown>): Promise<[number, boolean]> {
  const read = async () => (await sql<State>(`select version, updated_at from ${table} where id = $1`, [id]))[0]!;
  const before = await read();
  await work();
  const after = await read();
  return [after.version - before.version, after.updated_at > before.updated_at];
}

const remove = (name: string, id: unknown) => owner.request(`mutation ($id: ID!) { ${name}(id: $id) { id } }`, { id });

describe('a row that loses a reference by a deletion gets a new version', () => {
  test('deals and activities of a customer, and the lead that became it', async () => {
    const lead = await newLead(owner);
    const { customer } = await send<{ customer: { id: string } }>(owner, 'convertLead', { id: lead.id });
    const deal = await newDeal(owner, { customerId: customer.id });
    const rows: [string, string][] = [
      ['deals', deal.id],
      ['leads', lead.id],
      [
        'activities',
        (await sql<{ id: string }>('select id from activities where customer_id = $1', [customer.id]))[0]!.id,
      ],
    ];
    const versions = async () =>
      Promise.all(
        rows.map(
          async ([table, id]) => (await sql<State>(`select version from ${table} where id = $1`, [id]))[0]!.version,
        ),
      );
    const before = await versions();
    await remove('deleteCustomer', customer.id);
    expect(await versions()).toEqual(before.map((version) => version + 1));
  });

  test('the records and reports of an employee, of many at once as well', async () => {
    const [boss, assistant] = [await tenant.employee(), await tenant.employee()];
    await sql('update employees set manager_id = $1 where id = $2', [boss, assistant]);
    const customer = await newCustomer(owner, { assignedToId: boss });
    const deal = await newDeal(owner, { customerId: customer.id, assignedToId: assistant });
    expect(await changeOf('customers', customer.id, () => remove('deleteEmployee', boss))).toEqual([1, true]);
    const document = 'mutation ($rows: [RecordRow!]!) { deleteEmployees(rows: $rows) { summary { deleted } } }';
    const rows = [{ id: assistant }, { id: await tenant.employee() }];
    expect(await changeOf('deals', deal.id, () => owner.request(document, { rows }))).toEqual([1, true]);
  });

  test('a leader and those led are deleted in one call', async () => {
    const [boss, assistant] = [await tenant.employee(), await tenant.employee()];
    await sql('update employees set manager_id = $1 where id = $2', [boss, assistant]);
    const document = 'mutation ($rows: [RecordRow!]!) { deleteEmployees(rows: $rows) { summary { deleted failed } } }';
    expect(await owner.request(document, { rows: [{ id: boss }, { id: assistant }] })).toEqual({
      deleteEmployees: { summary: { deleted: 2, failed: 0 } },
    });
  });

  test('a closed deal that loses pipeline and stage together changes once', async () => {
    const customer = await newCustomer(owner);
    const pipeline = await newPipeline(owner, { name: 'Gone' });
    const deal = await newDeal(owner, { customerId: customer.id, stageId: idsByName(pipeline)['Closed Won'] });
    expect(await changeOf('deals', deal.id, () => remove('deletePipeline', pipeline.id))).toEqual([1, true]);
  });

  test('a lead whose employee was responsible for it and converted it changes once', async () => {
    const employee = await tenant.employee();
    const lead = await newLead(owner, { assignedToId: employee });
    await sql('update leads set converted_by_id = $1 where id = $2', [employee, lead.id]);
    expect(await changeOf('leads', lead.id, () => remove('deleteEmployee', employee))).toEqual([1, true]);
  });

  test('the records that a deleted account had invited, assigned, written or was linked to', async () => {
    const [user, other] = [await tenant.member(), await tenant.member('Viewer')];
    const made = await Promise.all([newCustomer(owner), tenant.employee({ userId: user.id })]);
    await sql('update customers set user_id = $1 where id = $2', [user.id, made[0].id]);
    await sql('update memberships set invited_by_id = $1 where id = $2', [user.id, other.membershipId]);
    const [assignment] = await sql<{ id: string }>(
      'update user_roles set assigned_by_id = $1 where user_id = $2 returning id',
      [user.id, other.id],
    );
    const rows: [string, string][] = [
      ['customers', made[0].id],
      ['employees', made[1]],
      ['memberships', other.membershipId],
      ['user_roles', assignment!.id],
    ];
    const versions = async () =>
      Promise.all(
        rows.map(
          async ([table, id]) => (await sql<State>(`select version from ${table} where id = $1`, [id]))[0]!.version,
        ),
      );
    const before = await versions();
    await sql('delete from users where id = $1', [user.id]);
    expect(await versions()).toEqual(before.map((version) => version + 1));
  });

  test('also one that changed a moment before in the same document, and its time does not go back', async () => {
    for (let round = 0; round < 20; round += 1) {
      const customer = await newCustomer(owner);
      const deal = await newDeal(owner, { customerId: customer.id });
      const { updateDeal } = await owner.request<{ updateDeal: { version: number; updatedAt: string } }>(
        `mutation ($customer: ID!, $deal: ID!) {
          updateDeal(id: $deal, input: { title: "Other" }) { version updatedAt }
          deleteCustomer(id: $customer) { id }
        }`,
        { customer: customer.id, deal: deal.id },
      );
      const [after] = await sql<State>('select version, updated_at from deals where id = $1', [deal.id]);
      expect([updateDeal.version, after!.version]).toEqual([2, 3]);
      expect(after!.updated_at.getTime()).toBeGreaterThanOrEqual(Date.parse(updateDeal.updatedAt));
    }
  });

  test('an update in the same document goes on from there', async () => {
    const customer = await newCustomer(owner);
    const deal = await newDeal(owner, { customerId: customer.id });
    const document = `mutation ($customer: ID!, $deal: ID!) {
      deleteCustomer(id: $customer) { id }
      updateDeal(id: $deal, input: { title: "Still here" }) { version title customer { id } }
    }`;
    expect(await owner.request(document, { customer: customer.id, deal: deal.id })).toMatchObject({
      updateDeal: { version: 3, title: 'Still here', customer: null },
    });
  });
});

test('a change of our own counts once, though it clears a reference', async () => {
  const customer = await newCustomer(owner, { assignedToId: await tenant.employee() });
  const document =
    'mutation ($id: ID!) { updateCustomer(id: $id, input: { assignedToId: null }) { version assignedTo { id } } }';
  expect(await owner.request(document, { id: customer.id })).toEqual({
    updateCustomer: { version: 2, assignedTo: null },
  });
});
