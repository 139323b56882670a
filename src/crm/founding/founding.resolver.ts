import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import type { ActiveOrganization, Viewer } from '../../platform/auth/viewer.js';
import { sql } from '../../platform/database/sql.js';
import type { Context } from '../../platform/graphql/context.js';
import { Answered } from '../../platform/graphql/middleware.js';
import { Selection } from '../../platform/reading/selection.js';
import { inputArgs } from '../../platform/schema/arguments.js';
import { todayIn } from '../../platform/tenancy/today.js';
import { CreateOrganizationInput, type OrganizationChanges } from '../organizations/organization.inputs.js';
import { Organization, type SeenOrganization } from '../organizations/organization.js';
import { User } from '../users/user.js';
import { foundOrganization } from './found-organization.js';

const NewOrganization = inputArgs<OrganizationChanges>(CreateOrganizationInput, 'The organization.');

@Resolver()
export class FoundingResolver {
  @Mutation(() => Organization, {
    nullable: true,
    description: 'Create an organization with owner, roles, permissions and default pipeline.',
  })
  async createOrganization(
    @Args(() => NewOrganization) { input }: { input: OrganizationChanges },
    @Ctx() { acting, viewer, read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const [owner] = await acting.findWhere(User, sql`id = ${viewer.userId}::uuid`, 'none');
    const founded = await foundOrganization(acting, owner!, input, viewer.organization?.id);
    const today = await todayIn(read, founded.timezone);
    const row = await read.one(Organization, founded.id, Selection.of(info));
    return new Answered(
      row && { ...row, ...({ seenBy: founderOf(founded, viewer, today) } satisfies SeenOrganization) },
    );
  }
}

/** The caller as the owner of the organization just founded, in which the request does not act. */
function founderOf({ id, currency, timezone }: Organization, viewer: Viewer, today: string): Viewer {
  const organization: ActiveOrganization = {
    id,
    currency,
    timeZone: timezone,
    today,
    isOwner: true,
    isSuspended: false,
    selfId: null,
    permissions: new Set(),
  };
  return { ...viewer, organization };
}
