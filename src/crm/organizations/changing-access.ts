import { sql } from '../../platform/database/sql.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';

/**
 * Changes of access in an organization take turns: before anything else, each locks the organization's row, which
 * stands for all memberships and roles. Then it checks the caller's rights again, so that a change that has waited
 * cannot undo a revocation. No other operation waits for this lock. A superuser's account is locked as well, since
 * that right is revoked without locking organizations.
 */
export function changingAccess(context: ActionContext): Promise<void> {
  return context.once('access', async () => {
    await context.query(sql`
      select from organizations
      where id = ${organizationOf(context).id}::uuid
      for no key update`);
    if (context.viewer.isSuperuser)
      await context.query(sql`
        select from users
        where id = ${context.viewer.userId}::uuid
        for share`);
    await context.renewRights();
  });
}
