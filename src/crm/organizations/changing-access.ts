import { sql } from '../../platform/database/sql.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';

/**
 * Whatever changes access in an organization takes turns: it locks the organization's row before anything else, on
 * behalf of all memberships and of the roles that hang on them. Then it asks again who the caller is, so that nothing
 * that waited undoes a revocation. Nobody else waits for this lock. The account of a superuser is held, too, since that
 * right is taken away beside all organizations.
 */
export function changingAccess(context: ActionContext): Promise<void> {
  return context.once('access', async () => {
    await context.query(
      sql`select from organizations where id = ${organizationOf(context).id}::uuid for no key update`,
    );
    if (context.viewer.isSuperuser)
      await context.query(sql`select from users where id = ${context.viewer.userId}::uuid for share`);
    await context.renewRights();
  });
}
