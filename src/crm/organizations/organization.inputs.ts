import { Choice, Email, Flag, Id } from '../../platform/records/decorators.js';
import { Input, type InputFault, inputFor } from '../../platform/records/inputs.js';
import type * as inputs from '../inputs.generated.js';
import { Organization } from './organization.js';
import { ProfileType } from './user-profile.js';

export type CreateOrganizationInput = inputs.CreateOrganizationInput;
export const CreateOrganizationInput = inputFor(
  Organization,
  'create',
  'A new organization, which the caller will own.',
);
export type UpdateOrganizationInput = inputs.UpdateOrganizationInput;
export const UpdateOrganizationInput = inputFor(
  Organization,
  'update',
  'Changes to an organization. Omitted fields keep their values; null clears.',
);

/** Values of either input. */
export type OrganizationChanges = Partial<CreateOrganizationInput> & UpdateOrganizationInput;

function namesOne({ userId, email }: AddOrganizationMemberInput): InputFault[] {
  if ((userId == null) !== (email == null)) return [];
  const message = 'exactly one of userId and email must be given';
  return [{ path: userId == null ? 'userId' : 'email', code: 'INVALID', message }];
}

@Input('The user to add to the active organization: exactly one of `userId` and `email` must be given.', namesOne)
export class AddOrganizationMemberInput {
  @Id({ description: 'Id of an existing user.' })
  userId?: string;

  @Email({ description: 'E-mail address of an existing user.' })
  email?: string;

  @Flag({ description: 'Whether the member becomes an owner; default false.', default: false })
  isOwner?: boolean;

  @Id({ description: 'Ids of roles to assign to the member, at most 500.', list: true })
  roleIds?: string[];
}

@Input('Changes to a membership. Omitted fields keep their values.')
export class UpdateMembershipInput {
  @Flag({ description: 'Whether the member is an owner; CONFLICT `LAST_OWNER` if no owner would be left.' })
  isOwner?: boolean;
}

@Input('A new profile of a member of the active organization.')
export class CreateUserProfileInput {
  @Id({ description: 'Id of the user, an active member.', required: true })
  userId!: string;

  @Choice(ProfileType, {
    description: 'Capacity in which the user appears; VENDOR is for owners only.',
    required: true,
  })
  profileType!: ProfileType;
}
