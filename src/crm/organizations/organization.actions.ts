import { column, type Fragment, sql } from '../../platform/database/sql.js';
import { NotFound } from '../../platform/errors.js';
import type { Narrowing } from '../../platform/reading/reader.js';
import { assign } from '../../platform/records/inputs.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import { check } from '../../platform/tenancy/checks.js';
import { changingAccess } from './changing-access.js';
import type { OrganizationChanges } from './organization.inputs.js';
import { Organization } from './organization.js';

/** Organizations with an active membership of the user. */
export const ofMember =
  (userId: string): Narrowing =>
  (alias) =>
    sql`${column(alias, 'is_active')} and exists (select from memberships m where m.user_id = ${userId}::uuid and m.organization_id = ${column(alias, 'id')} and m.is_active)`;

/** Oldest membership of the user first. */
export const byMembership = (userId: string): Fragment =>
  sql`(select m.joined_at from memberships m where m.user_id = ${userId}::uuid and m.organization_id = t.id), t.id`;

/** The active organization, whose turn it is; any other id is NOT_FOUND. */
async function activeOne(acting: ActionContext, id: string): Promise<Organization> {
  if (id !== organizationOf(acting).id) throw new NotFound('id', 'This is not the active organization');
  return acting.em.findOneOrFail(Organization, { id });
}

export async function updateOrganization(
  acting: ActionContext,
  id: string,
  changes: OrganizationChanges,
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
  const { em } = acting;
  const { record: organization } = await check(acting, {
    find: { record: () => activeOne(acting, id) },
    expectedVersion,
  });
  // In order, as everybody locks them.
  await em.execute('select from memberships where organization_id = ? order by id for update', [id]);
  await em.execute(
    `update memberships set is_active = false, left_at = now(), updated_at = now(), version = version + 1
     where organization_id = ? and is_active`,
    [id],
  );
  await em.execute(
    `update user_profiles set status = 'INACTIVE', deactivated_at = now(), is_primary = false, updated_at = now(), version = version + 1
     where organization_id = ? and status <> 'INACTIVE'`,
    [id],
  );
  await em.execute(
    'select hand_over_primary_profile(user_id) from memberships where organization_id = ? order by user_id',
    [id],
  );
  // Last of all: a closed organization takes no writes, and this waits for those that have begun.
  await em.execute('select from organizations where id = ? for update', [id]);
  organization.isActive = false;
  await em.flush();
}
