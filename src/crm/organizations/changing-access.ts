import { type Acting, organizationOf } from '../../platform/tenancy/acting.js';

/**
 * Whatever changes access in an organization takes turns: it locks the organization's row before anything else, on
 * behalf of all memberships and of the roles that hang on them. Then it asks again who the caller is, so that nothing
 * that waited undoes a revocation. Nobody else waits for this lock.
 */
export function changingAccess(acting: Acting): Promise<void> {
  return acting.shared('access', async () => {
    await acting.em.execute('select from organizations where id = ? for no key update', [organizationOf(acting).id]);
    await acting.renewRights();
  });
}
