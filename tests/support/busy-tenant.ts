import { activityRow, customerRow, insertRows } from './customers.js';
import { newTenant, type Tenant } from './tenant.js';

/** An organization with customers, each with an assignee, two calls and a note. */
export async function busyTenant(customers: number): Promise<{ tenant: Tenant; ids: string[] }> {
  const tenant = await newTenant();
  const assigned_to_id = await tenant.employee({ firstName: 'Eve' });
  const rows = Array.from({ length: customers }, (_, n) =>
    customerRow(tenant.id, { name: `customer ${String(n).padStart(3, '0')}`, assigned_to_id }),
  );
  await insertRows('customers', rows);
  const author = { created_by_id: tenant.owner.id };
  const done = { status: 'COMPLETED', completed_at: '2024-03-01T10:00:00.000Z' };
  await insertRows(
    'activities',
    rows.flatMap(({ id, name }) => [
      activityRow(tenant.id, { ...author, ...done, customer_id: id, title: `first call of ${name}` }),
      activityRow(tenant.id, { ...author, customer_id: id, title: `second call of ${name}` }),
      activityRow(tenant.id, { ...author, ...done, customer_id: id, activity_type: 'NOTE', title: `note of ${name}` }),
    ]),
  );
  return { tenant, ids: rows.map(({ id }) => id) };
}
