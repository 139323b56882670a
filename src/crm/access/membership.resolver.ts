import { Args, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../platform/graphql/context.js';
import {
  type ChangeArguments,
  changeArgs,
  inputArgs,
  type VerbArguments,
  verbArgs,
} from '../../platform/schema/arguments.js';
import { Membership } from '../organizations/membership.js';
import { AddOrganizationMemberInput, UpdateMembershipInput } from '../organizations/organization.inputs.js';
import { addMember, deactivateMembership, updateMembership } from './membership.actions.js';

const NewMember = inputArgs<AddOrganizationMemberInput>(AddOrganizationMemberInput, 'The user to add.');
const MembershipChange = changeArgs<UpdateMembershipInput>('Id of the membership.', UpdateMembershipInput);
const MembershipVerb = verbArgs('Id of the membership.');

@Resolver()
export class MembershipResolver {
  @Mutation(() => Membership, {
    nullable: true,
    description: 'Adds a user to the active organization, or readmits a former member.',
  })
  async addOrganizationMember(
    @Args(() => NewMember) { input }: { input: AddOrganizationMemberInput },
    @Ctx() { action }: Context,
  ) {
    const { id } = await addMember(action, input);
    return { id };
  }

  @Mutation(() => Membership, { nullable: true, description: 'Makes a member an owner, or an owner a plain member.' })
  async updateMembership(
    @Args(() => MembershipChange) args: ChangeArguments<UpdateMembershipInput>,
    @Ctx() { action }: Context,
  ) {
    await updateMembership(action, args);
    return { id: args.id };
  }

  @Mutation(() => Membership, {
    nullable: true,
    description: 'Ends a membership, and with it the access to the organization.',
  })
  async deactivateMembership(@Args(() => MembershipVerb) args: VerbArguments, @Ctx() { action }: Context) {
    await deactivateMembership(action, args);
    return { id: args.id };
  }
}
