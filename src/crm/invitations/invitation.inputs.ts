import { Flag, Id, Mailbox } from '../../platform/records/decorators.js';
import { Input } from '../../platform/records/inputs.js';

@Input('The person to invite to the active organization.')
export class InviteMemberInput {
  @Mailbox({ description: 'E-mail address of the person, with or without an account.', required: true })
  email!: string;

  @Flag({ description: 'Whether the person becomes an owner; default false.', default: false })
  isOwner?: boolean;

  @Id({ description: 'Ids of roles that the person gets, at most 500.', list: true })
  roleIds?: string[];
}
