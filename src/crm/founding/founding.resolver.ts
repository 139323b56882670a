import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import type { ActiveOrganization, Viewer } from '../../platform/auth/viewer.js';
import { sql } from '../../platform/database/sql.js';
import type { Context } from '../../platform/graphql/context.js';
import { ReadRow } from '../../platform/graphql/middleware.js';
import { Selection } from '../../platform/reading/selection.js';
import { inputArgs } from '../../platform/schema/arguments.js';
import { todayIn } from '../../platform/tenancy/today.js';
import { CreateOrganizationInput } from '../organizations/organization.inputs.js';
import { Organization, type SeenOrganization } from '../organizations/organization.js';
import { User } from '../users/user.js';
import { foundOrganization } from './found-organization.js';

const NewOrganization = inputArgs<CreateOrganizationInput>(CreateOrganizationInput, 'The organization to create.');

@Resolver()
export class FoundingResolver {
  @Mutation(() => Organization, {
    nullable: true,
    description: 'Creates an organization with roles, permissions and a default pipeline, owned by the caller.',
  })
  async createOrganization(
    @Args(() => NewOrganization) { input }: { input: CreateOrganizationInput },
    @Ctx() { action, viewer, read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const [owner] = await action.findWhere(User, sql`id = ${viewer.userId}::uuid`, 'none');
    const founded = await foundOrganization(action, owner!, input, viewer.organization?.id);
    const today = await todayIn(read, founded.timezone);
    const row = await read.byId(Organization, founded.id, Selection.of(info));
    return new ReadRow(
      row && { ...row, ...({ seenBy: founderOf(founded, viewer, today) } satisfies SeenOrganization) },
    );
  }
}

/** The caller as the owner of the new organization, which is not the request's active organization. */
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
