import { sql } from '../../platform/database/sql.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';

/**
 * Whatever changes access in an organization takes turns: it locks the organization's row before anything else, on
 * behalf of all memberships and of the roles that hang on them. Then it asks again who the caller is, so that nothing
 * that waited undoes a revocation. Nobody else waits for this lock. The account of a superuser is held, too, since that
 * right is taken away beside all organizations.
 */
export function changingAccess(acting: ActionContext): Promise<void> {
  return acting.once('access', async () => {
    await acting.query(sql`select from organizations where id = ${organizationOf(acting).id}::uuid for no key update`);
    if (acting.viewer.isSuperuser)
      await acting.query(sql`select from users where id = ${acting.viewer.userId}::uuid for share`);
    await acting.renewRights();
  });
}
