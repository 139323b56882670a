import { Migration } from '@mikro-orm/migrations';
import { activeOrganization, activeUser, asDefiner, definerFunction, replacedFunction } from './policies.js';

/** After a membership ends, user and organization see each other as the membership recorded them at its end. */
export class Snapshots extends Migration {
  override up(): void {
    this.addSql(`alter table memberships ${kept.map((column) => `add column ${column} text`).join(', ')}`);
    // Ended memberships record today's values. Policies also bind the owner.
    for (const table of tables) this.addSql(`alter table ${table} no force row level security`);
    this.addSql(filled);
    for (const table of tables) this.addSql(`alter table ${table} force row level security`);
    this.addSql(`
      alter table memberships add constraint memberships_ended_check check ((is_active OR ((left_at IS NOT NULL)
        ${kept.map((column) => `AND (${column} IS NOT NULL)`).join(' ')})))`);
    this.addSql('create index memberships_created_index on memberships (organization_id, created_at, id)');

    for (const statement of asDefiner([...keepSnapshot, keepsSnapshot, ...rolesHeld])) this.addSql(statement);

    this.addSql('drop policy known on users');
    this.addSql(`create policy known on users using (${knownUser}) with check (${knownUser})`);
    this.addSql('drop policy members on organizations');
    this.addSql(`create policy members on organizations for select using (${knownOrganization})`);
    for (const view of [knownUsers, knownOrganizations]) this.addSql(view);
    this.addSql('grant select on known_users, known_organizations to crm_app');
  }
}

const kept = ['member_username', 'member_full_name', 'member_email', 'organization_name', 'organization_slug'];

const tables = ['users', 'organizations', 'memberships'];

const filled = `
  update memberships m
  set left_at = coalesce(m.left_at, m.updated_at),
    member_username = u.username,
    member_full_name = coalesce(u.first_name || ' ' || u.last_name, u.username),
    member_email = u.email,
    organization_name = o.name,
    organization_slug = o.slug
  from users u, organizations o
  where u.id = m.user_id
    and o.id = m.organization_id
    and not m.is_active`;

/**
 * A trigger, since memberships end in several ways, also many in one statement, and servers of the previous version,
 * which may still run, end them as well. It reads more than its caller may, since the caller's own access may end.
 */
const keepSnapshot = definerFunction(
  'keep_snapshot()',
  `returns trigger language plpgsql as $$
     begin
       if tg_op = 'UPDATE' and old.is_active = new.is_active then
         return new;
       elsif new.is_active then
         ${kept.map((column) => `new.${column} := null;`).join(' ')}
       else
         select coalesce(new.left_at, now()), u.username, coalesce(u.first_name || ' ' || u.last_name, u.username),
           u.email, o.name, o.slug
         into new.left_at, ${kept.map((column) => `new.${column}`).join(', ')}
         from users u, organizations o
         where u.id = new.user_id and o.id = new.organization_id;
       end if;
       return new;
     end
   $$`,
);

const keepsSnapshot = `
  create trigger keep_snapshot before insert or update of is_active on memberships
    for each row execute function keep_snapshot()`;

/** Former members hold no roles, even if their employee records name one. */
const rolesHeld = replacedFunction(
  'roles_held(p_user uuid, p_organization uuid)',
  `returns setof roles language sql stable as $$
     select r.* from roles r
     where r.organization_id = p_organization and r.is_active
       and (p_organization = current_setting('app.organization_id')::uuid
         or p_user = current_setting('app.user_id')::uuid)
       and exists (select from memberships m
         where m.organization_id = p_organization and m.user_id = p_user and m.is_active)
       and (
         r.id in (select a.role_id from user_roles a
           where a.organization_id = p_organization and a.user_id = p_user and a.is_active)
         or r.id in (select e.role_id from employees e
           where e.organization_id = p_organization and e.user_id = p_user and e.status in ('ACTIVE', 'ON_LEAVE'))
       )
   $$`,
);

const knownUser = `((id = ${activeUser}) OR (EXISTS ( SELECT 1
   FROM memberships m
  WHERE ((m.user_id = users.id) AND (m.organization_id = ${activeOrganization}) AND m.is_active))))`;

const knownOrganization = `((id = ${activeOrganization}) OR (EXISTS ( SELECT 1
   FROM memberships m
  WHERE ((m.organization_id = organizations.id) AND (m.user_id = ${activeUser}) AND m.is_active))))`;

// The views join each membership with the live row, if the membership is active: a join finds both by their keys. Every
// join would read a union of live rows and snapshots as a whole.

/** Accounts as an organization sees them: members with their present values, former members with their last ones. */
const knownUsers = `
  create view known_users with (security_invoker = true) as
  select m.organization_id, m.user_id as id, coalesce(u.version, 1) as version,
    coalesce(u.created_at, m.left_at) as created_at, coalesce(u.updated_at, m.left_at) as updated_at,
    coalesce(u.username, m.member_username) as username, coalesce(u.email, m.member_email) as email,
    u.first_name, u.last_name,
    coalesce(u.first_name || ' ' || u.last_name, u.username, m.member_full_name) as full_name,
    u.profile_image, u.phone, u.title, u.department, u.bio, u.location,
    coalesce(u.timezone, 'UTC') as timezone, coalesce(u.language, 'en') as language,
    coalesce(u.is_active, false) as is_active, coalesce(u.is_superuser, false) as is_superuser,
    u.last_login_at, u.password_changed_at, m.member_full_name, u.id is null as is_snapshot
  from memberships m
  left join users u on u.id = m.user_id and (m.is_active or u.id = ${activeUser})`;

/** The viewer's organizations: active memberships with present values, ended ones with their last values. */
const knownOrganizations = `
  create view known_organizations with (security_invoker = true) as
  select m.organization_id as id, coalesce(o.version, 1) as version,
    coalesce(o.created_at, m.left_at) as created_at, coalesce(o.updated_at, m.left_at) as updated_at,
    coalesce(o.name, m.organization_name) as name, coalesce(o.slug, m.organization_slug) as slug,
    o.description, o.industry, o.website, o.phone, o.email, o.street, o.city, o.state, o.postal_code, o.country,
    coalesce(o.currency, 'USD') as currency, coalesce(o.timezone, 'UTC') as timezone, o.settings,
    coalesce(o.is_active, false) as is_active, member_count(o.id) as member_count, o.id is null as is_snapshot
  from memberships m
  left join organizations o on o.id = m.organization_id and m.is_active
  where m.user_id = ${activeUser}`;
