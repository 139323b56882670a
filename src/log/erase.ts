import { deleteActivity } from '../crm/activities/activity.actions.js';
import { deleteCustomer } from '../crm/customers/customer.actions.js';
import { deleteDeal } from '../crm/deals/deal.actions.js';
import { deleteEmployee } from '../crm/employees/employee.actions.js';
import { deleteLead } from '../crm/leads/lead.actions.js';
import { deleteVendor } from '../crm/vendors/vendor.actions.js';
import { sql } from '../platform/database/sql.js';
import { BadInput, NotFound } from '../platform/errors.js';
import { recordOf } from '../platform/records/record.js';
import type { VerbArguments } from '../platform/schema/arguments.js';
import { type ActionContext, organizationOf } from '../platform/tenancy/action-context.js';
import { erasing } from './erasure-turns.js';
import { loggedKinds, type RecordType } from './record-types.js';

/** How records are deleted that may tell of a person. */
const deletions: Partial<Record<RecordType, (context: ActionContext, args: VerbArguments) => Promise<unknown>>> = {
  CUSTOMER: deleteCustomer,
  LEAD: deleteLead,
  DEAL: deleteDeal,
  ACTIVITY: deleteActivity,
  EMPLOYEE: deleteEmployee,
  VENDOR: deleteVendor,
};

export const erasableTypes = Object.keys(deletions);

export interface EraseArguments {
  type: RecordType;
  id: string;
}

/** Deletes a record, unless it is gone already, and blanks its values in the log, which keeps that this happened. */
export async function eraseRecord(context: ActionContext, { type, id }: EraseArguments): Promise<{ id: string }> {
  const remove = deletions[type];
  if (!remove) {
    const message = `must be one of ${erasableTypes.join(', ')}`;
    throw new BadInput([{ path: 'type', code: 'NOT_ALLOWED', message }]);
  }
  await erasing(context);
  const { table } = recordOf(loggedKinds[type].record);
  const [record] = await context.query(sql`
    select from ${sql.ref(table)}
    where organization_id = ${organizationOf(context).id}::uuid
      and id = ${id}::uuid`);
  if (record) await remove(context, { id });
  if (type === 'CUSTOMER' || type === 'LEAD') await forgetName(context, type, id);
  const [{ changes }] = (await context.query<{ changes: number }>(
    sql`select erase_from_log(${type}, ${id}::uuid) as changes`,
  )) as [{ changes: number }];
  // Receivers may have repeated what they got.
  await context.query(sql`
    update webhook_deliveries
    set answer = null
    where organization_id = ${organizationOf(context).id}::uuid
      and record_id = ${id}::uuid`);
  if (!record && !changes) throw new NotFound('id');
  return { id };
}

/**
 * Activities keep the name of their customer or lead, also when that is gone: only the log tells which ones. A name
 * that the other one of the two has or had stays.
 */
const forgetName = (context: ActionContext, type: 'CUSTOMER' | 'LEAD', id: string) => {
  const organizationId = organizationOf(context).id;
  const reference = `${type.toLowerCase()}_id`;
  const [otherTable, otherId] = type === 'CUSTOMER' ? [sql`leads`, sql`lead_id`] : [sql`customers`, sql`customer_id`];
  return context.query(sql`
    update activities t
    set customer_name = null, version = t.version + 1, updated_at = now()
    where t.organization_id = ${organizationId}::uuid
      and t.id in (
        select c.record_id
        from changes c
        where c.organization_id = ${organizationId}::uuid
          and c.record_type = 'ACTIVITY'
          and ${id}::text in (c.before ->> ${reference}, c.after ->> ${reference})
      )
      and t.customer_name in (
        select n.name
        from changes c
        cross join lateral (values (c.before ->> 'name'), (c.after ->> 'name')) as n(name)
        where c.organization_id = ${organizationId}::uuid
          and c.record_id = ${id}::uuid
          and c.record_type = ${type}
      )
      and not exists (
        select from ${otherTable} o
        where o.organization_id = ${organizationId}::uuid
          and o.id = t.${otherId}
          and (o.name = t.customer_name or exists (
            select from changes c
            where c.organization_id = ${organizationId}::uuid
              and c.record_id = o.id
              and t.customer_name in (c.before ->> 'name', c.after ->> 'name')
          ))
      )`);
};
