import { Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { OfOrganization } from '../organizations/of-organization.js';
import type { Organization } from '../organizations/organization.js';
import { tenantPolicies } from '../policies.js';
import { Invitation } from './invitation.js';

/** The link of a message that was sent for an invitation. Only functions of the database read and write it. */
@Index({
  name: 'invitation_tokens_invitation_index',
  properties: ['organizationId', 'invitationId', 'createdAt'],
})
@Index({ name: 'invitation_tokens_created_index', properties: ['createdAt'] })
@Entity({ tableName: 'invitation_tokens', rowLevelSecurity: 'force', policies: tenantPolicies })
export class InvitationToken {
  /** SHA-256 of the token. */
  @PrimaryKey({ type: 'text', columnType: 'text' })
  hash!: string;

  @OfOrganization()
  organization?: Organization;

  @Property({ type: 'uuid' })
  organizationId!: string;

  @ManyToOne({
    entity: () => Invitation,
    joinColumns: ['organization_id', 'invitation_id'],
    referencedColumnNames: ['organization_id', 'id'],
    deleteRule: 'cascade',
    persist: false,
    hydrate: false,
    updateRule: 'no action',
  })
  invitation?: Invitation;

  @Property({ type: 'uuid' })
  invitationId!: string;

  @Property({ type: 'datetime', length: 3 })
  createdAt!: Date;
}
