import { column, type Fragment, sql } from '../../platform/database/sql.js';
import { NotFound } from '../../platform/errors.js';
import type { Narrowing } from '../../platform/reading/reader.js';
import { assign } from '../../platform/records/inputs.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import { check } from '../../platform/tenancy/checks.js';
import { changingAccess } from './changing-access.js';
import type { UpdateOrganizationInput } from './organization.inputs.js';
import { Organization } from './organization.js';

/** Organizations with an active membership of the user. */
export const ofMember =
  (userId: string): Narrowing =>
  (alias) =>
    sql`
    ${column(alias, 'is_active')}
    and exists (
      select from memberships m
      where m.user_id = ${userId}::uuid
        and m.organization_id = ${column(alias, 'id')}
        and m.is_active
    )`;

/** Oldest membership of the user first. */
export const byMembership = (userId: string): Fragment => sql`
  (
    select m.joined_at
    from memberships m
    where m.user_id = ${userId}::uuid
      and m.organization_id = t.id
  ),
  t.id`;

/** The active organization, whose turn it is; any other id is NOT_FOUND. */
async function activeOne(acting: ActionContext, id: string): Promise<Organization> {
  if (id !== organizationOf(acting).id) throw new NotFound('id', 'This is not the active organization');
  const [organization] = await acting.findWhere(Organization, sql`id = ${id}::uuid`, 'none');
  return organization!;
}

export async function updateOrganization(
  acting: ActionContext,
  id: string,
  changes: UpdateOrganizationInput,
  expectedVersion?: number | null,
): Promise<void> {
  await changingAccess(acting);
  const { record: organization } = await check(acting, {
    find: { record: () => activeOne(acting, id) },
    expectedVersion,
  });
  assign(organization, changes);
  await acting.flush();
}

/** Closes it: nobody is a member any more, nothing is deleted, the slug stays taken. */
export async function deleteOrganization(
  acting: ActionContext,
  id: string,
  expectedVersion?: number | null,
): Promise<void> {
  await changingAccess(acting);
  const { record: organization } = await check(acting, {
    find: { record: () => activeOne(acting, id) },
    expectedVersion,
  });
  // In order, as everybody locks them.
  await acting.query(sql`
    select from memberships
    where organization_id = ${id}::uuid
    order by id
    for update`);
  await acting.query(
    sql`update memberships
      set is_active = false, left_at = now(), updated_at = now(), version = version + 1
      where organization_id = ${id}::uuid
        and is_active`,
  );
  await acting.query(
    sql`update user_profiles
      set status = 'INACTIVE',
        deactivated_at = now(),
        is_primary = false,
        updated_at = now(),
        version = version + 1
      where organization_id = ${id}::uuid
        and status <> 'INACTIVE'`,
  );
  await acting.query(
    sql`select hand_over_primary_profile(user_id)
      from memberships
      where organization_id = ${id}::uuid
      order by user_id`,
  );
  // Last of all: a closed organization takes no writes, and this waits for those that have begun.
  await acting.query(sql`select from organizations where id = ${id}::uuid for update`);
  organization.isActive = false;
  await acting.flush();
}
