import { Choice, Email, Flag, Id } from '../../platform/records/decorators.js';
import { Input, type InputFault, inputFor } from '../../platform/records/inputs.js';
import type * as inputs from '../inputs.generated.js';
import { Organization } from './organization.js';
import { ProfileType } from './user-profile.js';

export type CreateOrganizationInput = inputs.CreateOrganizationInput;
export const CreateOrganizationInput = inputFor(
  Organization,
  'create',
  'A new organization; the caller becomes its owner.',
);
export type UpdateOrganizationInput = inputs.UpdateOrganizationInput;
export const UpdateOrganizationInput = inputFor(
  Organization,
  'update',
  'Changes to an organization; omitted fields stay, null clears.',
);

/** Values of either input. */
export type OrganizationChanges = Partial<CreateOrganizationInput> & UpdateOrganizationInput;

function namesOne({ userId, email }: AddOrganizationMemberInput): InputFault[] {
  if ((userId == null) !== (email == null)) return [];
  const message = 'exactly one of userId and email must be given';
  return [{ path: userId == null ? 'userId' : 'email', code: 'INVALID', message }];
}

@Input('A user to add to the active organization; exactly one of `userId` and `email`.', namesOne)
export class AddOrganizationMemberInput {
  @Id({ description: 'The user.' })
  userId?: string;

  @Email({ description: 'E-mail address of an existing user.' })
  email?: string;

  @Flag({ description: 'Whether the member becomes an owner.', default: false })
  isOwner?: boolean;

  @Id({ description: 'Roles to assign.', list: true })
  roleIds?: string[];
}

@Input('Changes to a membership; omitted fields stay.')
export class UpdateMembershipInput {
  @Flag({ description: 'Grants or revokes ownership; CONFLICT `LAST_OWNER` for the last one.' })
  isOwner?: boolean;
}

@Input('A profile for a member of the active organization.')
export class CreateUserProfileInput {
  @Id({ description: 'The user; an active member.', required: true })
  userId!: string;

  @Choice(ProfileType, { description: 'Kind; VENDOR for owners only.', required: true })
  profileType!: ProfileType;
}
