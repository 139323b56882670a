import { Migration } from '@mikro-orm/migrations';
import { activeUser, asDefiner, definerFunction, definerPolicy, innerFunction } from './policies.js';
import { purgeExpired } from './purge.js';
import {
  beginCode,
  beginSecondFactor,
  confirmSecondFactor,
  endCode,
  forgetSecondFactor,
  hasSecondFactor,
  issueTicket,
  pendingSecondFactor,
  removeSecondFactor,
  resealSecondFactor,
  sealedOtherwise,
} from './second-factor-functions.js';

/**
 * Secrets of second factors are columns of `user_secrets`, and tickets wait for their codes in a table that crm_app
 * cannot read either. Servers of the previous version sign in by the password alone.
 *
 * One function deletes what has expired, from all tables that strangers fill.
 */
export class SecondFactor extends Migration {
  override up(): void {
    this.addSql(`
      alter table user_secrets
        add second_factor text null,
        add second_factor_at timestamptz(3) null,
        add last_code_step bigint null,
        add recovery_codes text[] not null default '{}'`);
    this.addSql(`
      create index user_secrets_second_factor_index on user_secrets (user_id) where (second_factor is not null)`);
    this.addSql(`
      create table sign_in_tickets (
        hash text not null,
        user_id uuid not null,
        device_id uuid null,
        password_mark text not null,
        failures integer not null default 0,
        expires_at timestamptz(3) not null,
        primary key (hash)
      )`);
    this.addSql('create index sign_in_tickets_user_index on sign_in_tickets (user_id)');
    this.addSql('create index sign_in_tickets_expires_index on sign_in_tickets (expires_at)');
    this.addSql(`
      alter table sign_in_tickets add constraint sign_in_tickets_user_id_foreign
        foreign key (user_id) references users (id) on delete cascade`);
    this.addSql('alter table sign_in_tickets enable row level security, force row level security');
    this.addSql(definerPolicy('sign_in_tickets'));
    this.addSql('grant select, insert, update, delete on sign_in_tickets to crm_definer');

    this.addSql('drop view known_users');
    const functions = [
      hasSecondFactor,
      pendingSecondFactor,
      beginSecondFactor,
      confirmSecondFactor,
      removeSecondFactor,
      issueTicket,
      beginCode,
      endCode,
      sealedOtherwise,
      resealSecondFactor,
      purgeExpired,
    ].flatMap((one) => definerFunction(...one));
    for (const statement of asDefiner([...innerFunction(...forgetSecondFactor), ...functions])) this.addSql(statement);
    this.addSql(knownUsers);
    this.addSql('grant select on known_users to crm_app');
  }
}

/** As before, with what users see of their own account alone. */
const knownUsers = `
  create view known_users with (security_invoker = true) as
  select m.organization_id, m.user_id as id, coalesce(u.version, 1) as version,
    coalesce(u.created_at, m.left_at) as created_at, coalesce(u.updated_at, m.left_at) as updated_at,
    coalesce(u.username, m.member_username) as username, coalesce(u.email, m.member_email) as email,
    u.first_name, u.last_name,
    coalesce(u.first_name || ' ' || u.last_name, u.username, m.member_full_name) as full_name,
    u.profile_image, u.phone, u.title, u.department, u.bio, u.location,
    coalesce(u.timezone, 'UTC') as timezone, coalesce(u.language, 'en') as language,
    coalesce(u.is_active, false) as is_active, u.id is not null and is_superuser(u.id) as is_superuser,
    is_email_verified(u.id) as is_email_verified, has_second_factor(u.id) as has_second_factor,
    u.last_login_at, u.password_changed_at, m.member_full_name, u.id is null as is_snapshot
  from memberships m
  left join users u on u.id = m.user_id and (m.is_active or u.id = ${activeUser})`;
