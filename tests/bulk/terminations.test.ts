import { describe, expect, test } from '@jest/globals';
import { bulk, runBulk, statuses } from '../support/bulk-calls.js';
import { newCustomer } from '../support/customers.js';
import { idOf, sql } from '../support/database.js';
import { newLead } from '../support/sales.js';
import { newTenant } from '../support/tenant.js';

const Terminate = bulk('terminateEmployees', 'TerminateEmployeeRow', 'id status terminationDate');

const assigneeOf = async (table: string, id: unknown) =>
  (await sql<{ assigned_to_id: string }>(`select assigned_to_id from ${table} where id = $1`, [id]))[0]!.assigned_to_id;

describe('employments that end in bulk', () => {
  test('hand work on from one employee to the next, in the order of the rows', async () => {
    const tenant = await newTenant();
    const [a, b, c] = [await tenant.employee(), await tenant.employee(), await tenant.employee()];
    const customer = await newCustomer(tenant.owner, { assignedToId: a });
    const lead = await newLead(tenant.owner, { assignedToId: b });
    const done = await runBulk(tenant.owner, Terminate, [
      { id: a, reassignToId: b },
      { id: b, reassignToId: c },
      { id: a },
    ]);
    expect(statuses(done)).toEqual(['UPDATED', 'UPDATED', 'FAILED']);
    expect(done.results[2]!.errors).toMatchObject([{ code: 'CONFLICT', reason: 'ALREADY_TERMINATED' }]);
    expect([await assigneeOf('customers', customer.id), await assigneeOf('leads', lead.id)]).toEqual([c, c]);
  });

  test('do not go to somebody who has left in an earlier row', async () => {
    const tenant = await newTenant();
    const [a, b] = [await tenant.employee(), await tenant.employee()];
    const done = await runBulk(tenant.owner, Terminate, [{ id: b }, { id: a, reassignToId: b }]);
    expect(statuses(done)).toEqual(['UPDATED', 'FAILED']);
    expect(done.results[1]!.errors).toMatchObject([{ reason: 'EMPLOYEE_NOT_ACTIVE', path: 'reassignToId' }]);
  });

  test('end the access of their users, but never that of the last owner or of oneself', async () => {
    const tenant = await newTenant();
    const [first, second] = [await tenant.member(), await tenant.member('Viewer')];
    await sql('update memberships set is_owner = true where id = $1', [first.membershipId]);
    const self = await idOf('select id from employees where organization_id = $1 and user_id = $2', [
      tenant.id,
      tenant.owner.id,
    ]);
    const employees = await Promise.all([first, second].map(({ id }) => tenant.employee({ userId: id })));
    const done = await runBulk(
      tenant.owner,
      Terminate,
      [...employees, self].map((id) => ({ id })),
    );
    expect(statuses(done)).toEqual(['UPDATED', 'UPDATED', 'FAILED']);
    expect(done.results[2]!.errors).toMatchObject([{ code: 'CONFLICT', reason: 'SELF_ACTION' }]);
    const active = 'select user_id from memberships where organization_id = $1 and is_active';
    expect(await sql(active, [tenant.id])).toEqual([{ user_id: tenant.owner.id }]);
  });
});
