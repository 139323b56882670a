import { NIL } from 'uuid';
import { sql } from '../../platform/database/sql.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
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
import { Pipeline } from '../pipelines/pipeline.js';
import { setUpPipeline } from '../pipelines/standard-pipeline.js';
import type { User } from '../users/user.js';

/**
 * Creates an organization with everything that belongs to one: its owner's membership, profile and employee record,
 * the permission catalogue, the default roles and the default pipeline. The transaction works in the new organization meanwhile and is
 * given back as it was.
 */
export async function foundOrganization(
  work: UnitOfWork,
  owner: User,
  input: OrganizationChanges,
  activeOrganizationId: string = NIL,
): Promise<Organization> {
  const organization = new Organization();
  assign(organization, input);
  const wanted = slugOf(organization.name, 240, 'organization');
  const [found] = await work.query<{ slug: string }>(sql`select free_slug(${wanted}) as slug`);
  organization.slug = found!.slug;
  await work.actAs(owner.id, organization.id);
  work.persist(organization);
  await work.flush();

  const theirs = { organizationId: organization.id, userId: owner.id };
  work.persist(Object.assign(new Membership(), theirs, { isOwner: true }));
  setUpAccess(work, organization.id);
  setUpPipeline(work, organization.id, await drawWithin(work, organization.id, Pipeline));
  work.persist(
    Object.assign(new Employee(), theirs, namesOf(owner), {
      email: owner.email,
      jobTitle: 'Owner',
      code: await drawWithin(work, organization.id, Employee),
    }),
  );
  work.persist(UserProfile.of(organization.id, owner.id, 'VENDOR'));
  await work.flush();
  await handOverPrimaries(work, [owner.id]);
  await work.actAs(owner.id, activeOrganizationId);
  return organization;
}

function namesOf({ firstName, lastName, username }: User): { firstName: string; lastName: string } {
  return { firstName: firstName ?? username, lastName: lastName ?? username };
}
