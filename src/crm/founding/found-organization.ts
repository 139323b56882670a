import { actAs, type EntityManager, nowhere } from '../../platform/database/orm.js';
import { assign } from '../../platform/records/inputs.js';
import { slugOf } from '../../platform/records/slug.js';
import { drawWithin } from '../../platform/tenancy/codes.js';
import { setUpAccess } from '../access/set-up-access.js';
import { Employee } from '../employees/employee.js';
import { Membership } from '../organizations/membership.js';
import type { OrganizationChanges } from '../organizations/organization.inputs.js';
import { Organization } from '../organizations/organization.js';
import { handOverPrimaries } from '../organizations/profile.actions.js';
import { UserProfile } from '../organizations/user-profile.js';
import { setUpPipeline } from '../pipelines/standard-pipeline.js';
import type { User } from '../users/user.js';

/**
 * Creates an organization with everything that belongs to one: its owner's membership, profile and employee record,
 * the permission catalogue, the default roles and the default pipeline. The transaction works in the new organization meanwhile and is
 * given back as it was.
 */
export async function foundOrganization(
  em: EntityManager,
  owner: User,
  input: OrganizationChanges,
  activeOrganizationId: string = nowhere,
): Promise<Organization> {
  const organization = new Organization();
  assign(organization, input);
  const [found] = await em.execute<{ slug: string }[]>('select free_slug(?) as slug', [
    slugOf(organization.name, 240, 'organization'),
  ]);
  organization.slug = found!.slug;
  await actAs(em, owner.id, organization.id);
  em.persist(organization);
  await em.flush();

  const theirs = { organizationId: organization.id, userId: owner.id };
  em.persist(Object.assign(new Membership(), theirs, { isOwner: true }));
  setUpAccess(em, organization.id);
  setUpPipeline(em, organization.id, await drawWithin(em, organization.id, 'PIPE'));
  em.persist(
    Object.assign(new Employee(), theirs, namesOf(owner), {
      email: owner.email,
      jobTitle: 'Owner',
      code: await drawWithin(em, organization.id, 'EMP'),
    }),
  );
  em.persist(UserProfile.of(organization.id, owner.id, 'VENDOR'));
  await em.flush();
  await handOverPrimaries({ em }, [owner.id]);
  await actAs(em, owner.id, activeOrganizationId);
  return organization;
}

function namesOf({ firstName, lastName, username }: User): { firstName: string; lastName: string } {
  return { firstName: firstName ?? username, lastName: lastName ?? username };
}
