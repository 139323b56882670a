import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import { inputArgs } from '../../platform/graphql/arguments.js';
import type { Context } from '../../platform/graphql/context.js';
import { Selection } from '../../platform/reading/selection.js';
import { CreateOrganizationInput, type OrganizationChanges } from '../organizations/organization.inputs.js';
import { Organization } from '../organizations/organization.js';
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
    @Ctx() { em, viewer, read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const owner = await em.findOneOrFail(User, { id: viewer.userId });
    const { id } = await foundOrganization(em, owner, input, viewer.organization?.id);
    return read.one(Organization, id, Selection.of(info));
  }
}
