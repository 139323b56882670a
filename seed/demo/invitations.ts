import { Role } from '../../src/crm/access/role.js';
import { Invitation, InvitationRole } from '../../src/crm/invitations/invitation.js';
import { UnitOfWork } from '../../src/platform/database/unit-of-work.js';
import { queueMails } from '../../src/platform/mail/mail.js';
import { createdIn, type Tenant } from './organizations.js';

/** Somebody who is invited by the owner, with a default role. */
interface Plan {
  name: string;
  role: string;
}

export const harborPineInvitations: Plan[] = [{ name: 'Zoe Frank', role: 'Sales Rep' }];

/** Invites people. Their messages wait for the first server that sends mail. */
export async function addInvitations(tenant: Tenant, plans: readonly Plan[]): Promise<void> {
  const { em, organizationId, ownerId, users } = tenant;
  for (const { name, role } of plans) {
    const { id: roleId } = await em.findOneOrFail(Role, { organizationId, name: role });
    const invitation = new Invitation();
    invitation.renew(ownerId, new Date());
    const here = createdIn(tenant, invitation.lastSentAt);
    em.persist(Object.assign(invitation, here, { email: users.get(name)!.email }));
    em.persist(Object.assign(new InvitationRole(), here, { invitationId: invitation.id, roleId }));
    await em.flush();
    const variables = { organization: organizationId, invitation: invitation.id };
    await queueMails(new UnitOfWork(em), 'INVITATION', [variables]);
  }
}
