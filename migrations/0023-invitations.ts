import { Migration } from '@mikro-orm/migrations';
import {
  issueInvitationToken,
  lockInvitation,
  myInvitations,
  openInvitation,
  revokeInvitations,
  revokesInvitations,
  verifyInvitedEmail,
} from './invitation-functions.js';
import {
  asDefiner,
  definerFunction,
  definerPolicy,
  lostReferences,
  notForApp,
  refuseWhenClosed,
  tenantPolicy,
} from './policies.js';

/**
 * Organizations invite addresses, whether or not accounts have them. Recipients, who belong to other organizations or
 * to none, see and accept their invitations through functions; crm_app reaches no token.
 */
export class Invitations extends Migration {
  override up(): void {
    this.addSql(`
      create table invitations (
        organization_id uuid not null,
        id uuid not null,
        version integer not null default 1,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        email text not null,
        is_owner boolean not null default false,
        invited_by_id uuid null,
        expires_at timestamptz(3) not null,
        last_sent_at timestamptz(3) not null,
        outcome text null,
        primary key (organization_id, id),
        constraint invitations_outcome_check
          check ((outcome = any (array['ACCEPTED'::text, 'DECLINED'::text, 'REVOKED'::text, 'EXPIRED'::text])))
      )`);
    // An address has one open invitation of an organization.
    this.addSql(`
      create unique index invitations_open_key on invitations (organization_id, email) where (outcome is null)`);
    this.addSql('create index invitations_email_index on invitations (email)');
    this.addSql('create index invitations_inviter_index on invitations (invited_by_id) where (outcome is null)');
    this.addSql('create index invitations_created_index on invitations (organization_id, created_at, id)');
    this.addSql(`
      alter table invitations add constraint invitations_invited_by_id_foreign
        foreign key (invited_by_id) references users (id) on delete set null`);
    this.addSql(`
      create table invitation_roles (
        organization_id uuid not null,
        id uuid not null,
        version integer not null default 1,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        invitation_id uuid not null,
        role_id uuid not null,
        primary key (organization_id, id),
        constraint invitation_roles_role_key unique (organization_id, invitation_id, role_id)
      )`);
    this.addSql('create index invitation_roles_of_role_index on invitation_roles (organization_id, role_id)');
    this.addSql(`
      alter table invitation_roles add constraint invitation_roles_organization_id_role_id_foreign
        foreign key (organization_id, role_id) references roles (organization_id, id) on delete cascade`);
    this.addSql(`
      create table invitation_tokens (
        hash text not null,
        organization_id uuid not null,
        invitation_id uuid not null,
        created_at timestamptz(3) not null,
        primary key (hash)
      )`);
    this.addSql(`
      create index invitation_tokens_invitation_index
        on invitation_tokens (organization_id, invitation_id, created_at)`);
    this.addSql('create index invitation_tokens_created_index on invitation_tokens (created_at)');

    for (const table of ['invitation_roles', 'invitation_tokens'])
      this.addSql(`
        alter table ${table} add constraint ${table}_organization_id_invitation_id_foreign
          foreign key (organization_id, invitation_id) references invitations (organization_id, id) on delete cascade`);
    for (const table of ['invitations', 'invitation_roles', 'invitation_tokens']) {
      this.addSql(`
        alter table ${table} add constraint ${table}_organization_id_foreign
          foreign key (organization_id) references organizations (id) on delete restrict`);
      this.addSql(`alter table ${table} enable row level security, force row level security`);
      this.addSql(tenantPolicy(table));
      this.addSql(definerPolicy(table));
      this.addSql(`grant select, insert, update, delete on ${table} to crm_definer`);
      this.addSql(refuseWhenClosed(table));
    }
    for (const table of ['invitations', 'invitation_roles'])
      this.addSql(`grant select, insert, update, delete on ${table} to crm_app`);
    this.addSql(lostReferences('invitations', ['invited_by_id']));

    const functions = [
      openInvitation,
      myInvitations,
      lockInvitation,
      verifyInvitedEmail,
      issueInvitationToken,
      revokeInvitations,
    ].flatMap((one) => definerFunction(...one));
    for (const statement of asDefiner([
      ...functions,
      'grant execute on function revoke_invitations() to current_user',
      ...revokesInvitations,
      notForApp('revoke_invitations()'),
    ]))
      this.addSql(statement);
  }
}
