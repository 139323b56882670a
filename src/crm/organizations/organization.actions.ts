import type { Viewer } from '../../platform/auth/viewer.js';
import { column, type Fragment, sql } from '../../platform/database/sql.js';
import { NotFound } from '../../platform/errors.js';
import type { Narrowing } from '../../platform/reading/reader.js';
import { assign } from '../../platform/records/inputs.js';
import type { ChangeArguments, VerbArguments } from '../../platform/schema/arguments.js';
import type { DeletePayload } from '../../platform/schema/deletion.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import { check } from '../../platform/tenancy/checks.js';
import { changingAccess } from './changing-access.js';
import type { UpdateOrganizationInput } from './organization.inputs.js';
import { Organization } from './organization.js';

/** Organizations of which the viewer is an active member; for an API key, its own. */
export const ofMember =
  ({ userId, organization }: Viewer): Narrowing =>
  (alias) => {
    if (!userId) return sql`${column(alias, 'id')} = ${organization?.id ?? null}::uuid`;
    return sql`
    ${column(alias, 'is_active')}
    and exists (
      select from memberships m
      where m.user_id = ${userId}::uuid
        and m.organization_id = ${column(alias, 'id')}
        and m.is_active
    )`;
  };

/** Oldest membership of the user first. */
export const byMembership = ({ userId }: Viewer): Fragment => sql`
  (
    select m.joined_at
    from memberships m
    where m.user_id = ${userId}::uuid
      and m.organization_id = t.id
  ),
  t.id`;

/** The active organization, which changingAccess has locked; NOT_FOUND for any other id. */
async function findActive(context: ActionContext, id: string): Promise<Organization> {
  if (id !== organizationOf(context).id) throw new NotFound('id', 'This is not the active organization');
  const [organization] = await context.findWhere(Organization, sql`id = ${id}::uuid`, 'none');
  return organization!;
}

export async function updateOrganization(
  context: ActionContext,
  { id, input: changes, expectedVersion }: ChangeArguments<UpdateOrganizationInput>,
): Promise<void> {
  await changingAccess(context);
  const { record: organization } = await check(context, {
    find: { record: () => findActive(context, id) },
    expectedVersion,
  });
  assign(organization, changes);
  await context.flush();
}

/** Closes the organization: all memberships end, no records are deleted, and the slug stays taken. */
export async function deleteOrganization(
  context: ActionContext,
  { id, expectedVersion }: VerbArguments,
): Promise<DeletePayload> {
  await changingAccess(context);
  const { record: organization } = await check(context, {
    find: { record: () => findActive(context, id) },
    expectedVersion,
  });
  // Every action locks memberships in this order.
  await context.query(sql`
    select from memberships
    where organization_id = ${id}::uuid
    order by id
    for update`);
  await context.query(
    sql`update memberships
      set is_active = false, left_at = now(), updated_at = now(), version = version + 1
      where organization_id = ${id}::uuid
        and is_active`,
  );
  await context.query(
    sql`update user_profiles
      set status = 'INACTIVE',
        deactivated_at = now(),
        is_primary = false,
        updated_at = now(),
        version = version + 1
      where organization_id = ${id}::uuid
        and status <> 'INACTIVE'`,
  );
  await context.query(
    sql`select hand_over_primary_profile(user_id)
      from memberships
      where organization_id = ${id}::uuid
      order by user_id`,
  );
  // Closing comes last: it waits for writes that have begun, and a closed organization refuses further writes.
  await context.query(sql`
    select from organizations
    where id = ${id}::uuid
    for update`);
  organization.close();
  await context.flush();
  return { id };
}
