import { isMember, membershipOf, type Viewer } from '../../platform/auth/viewer.js';
import { column, sql } from '../../platform/database/sql.js';
import { Conflict, Forbidden, NotFound, type Refusal, Taken } from '../../platform/errors.js';
import type { Narrowing } from '../../platform/reading/reader.js';
import { badInput } from '../../platform/records/check.js';
import { formatOf } from '../../platform/records/formats.js';
import { assign, type Changes, changedBy } from '../../platform/records/inputs.js';
import type { ActionContext } from '../../platform/tenancy/action-context.js';
import { check } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { User } from './user.js';

// Accounts belong to no organization: nobody is told who has the value.
onDuplicate(uniqueKey(User, 'usernameSort'), () => usernameTaken(), { isHidden: true });
onDuplicate(uniqueKey(User, 'email'), () => emailTaken(), { isHidden: true });

export const usernameTaken = () =>
  new Taken('USERNAME_TAKEN', 'input.username', 'Somebody else has this sign-in name; choose another one');
export const emailTaken = () =>
  new Taken('EMAIL_TAKEN', 'input.email', 'There is an account with this e-mail address; sign in instead');

/** Users with an active membership in the organization. */
export const inOrganization =
  (organizationId: string): Narrowing =>
  (alias) =>
    sql`exists (select from memberships m where m.organization_id = ${organizationId}::uuid and m.user_id = ${column(alias, 'id')} and m.is_active)`;

/** The same of the organization that somebody acts in, if any, and oneself. */
export const visibleTo =
  (viewer: Viewer): Narrowing =>
  (alias) => {
    const isSelf = sql`${column(alias, 'id')} = ${viewer.userId}::uuid`;
    return isMember(viewer) ? sql`(${isSelf} or ${inOrganization(membershipOf(viewer).id)(alias)})` : isSelf;
  };

async function lockUser(acting: ActionContext, id: string): Promise<User> {
  const [user] = await acting.findWhere(User, sql`id = ${id}::uuid`, 'update');
  if (!user) throw new NotFound('id');
  return user;
}

/** Changes oneself. */
export async function updateProfile(
  acting: ActionContext,
  input: Changes<User>,
  expectedVersion?: number | null,
): Promise<User> {
  const { record: user } = await check(acting, {
    find: { record: () => lockUser(acting, acting.viewer.userId) },
    expectedVersion,
    state: ({ record }) => [usernameRefused(record, input)],
  });
  assign(user, input);
  await acting.flush();
  return user;
}

/** Changes oneself or, for superusers, any member of the active organization. */
export async function updateUser(
  acting: ActionContext,
  id: string,
  input: Changes<User>,
  expectedVersion?: number | null,
): Promise<User> {
  if (input.isActive !== undefined) await changingAccount(acting, id);
  const isSelf = id === acting.viewer.userId;
  const { record: user } = await check(acting, {
    find: {
      record: async () => {
        if (!isSelf) await demandMember(acting, id);
        return lockUser(acting, id);
      },
    },
    expectedVersion,
    state: async ({ record }) => [
      usernameRefused(record, input),
      changedBy(record, input).has('isActive') && (await closingRefused(acting, record, isSelf)),
    ],
  });
  const closes = user.isActive && input.isActive === false;
  assign(user, input);
  if (closes) await acting.query(sql`select end_sessions(${id}::uuid)`);
  await acting.flush();
  return user;
}

/** A name with an @ is looked up as an e-mail address, so that nobody signs in by it; one of long ago stays. */
const usernameRefused = (user: User, input: Changes<User>): Refusal =>
  changedBy(user, input).has('username') &&
  input.username!.includes('@') &&
  badInput([{ path: 'input.username', code: 'INVALID', message: formatOf('username').rule }]);

/**
 * Accounts are opened and closed in turns with changes of ownership: all organizations that the user owns are locked,
 * then the accounts of caller and user. Whether the caller still is a superuser is asked after that.
 */
async function changingAccount(acting: ActionContext, userId: string): Promise<void> {
  await acting.query(sql`select lock_ownerships(${userId}::uuid)`);
  await acting.query(
    sql`select from users where id = any(${[acting.viewer.userId, userId]}::uuid[]) order by id for no key update`,
  );
  await acting.renewRights();
}

async function closingRefused(acting: ActionContext, { id, isActive }: User, isSelf: boolean): Promise<Refusal> {
  if (!acting.viewer.isSuperuser) return new Forbidden('SUPERUSER_ONLY', 'Only a superuser may open or close accounts');
  if (isSelf) return new Conflict('SELF_ACTION', 'You cannot close your own account; ask another superuser');
  if (!isActive) return null;
  const [found] = await acting.query<{ alone: boolean }>(sql`select owns_alone_anywhere(${id}::uuid) as alone`);
  return (
    found!.alone &&
    new Conflict(
      'LAST_OWNER',
      'This user is the only owner of an organization; make somebody else an owner there first',
    )
  );
}

async function demandMember(acting: ActionContext, userId: string): Promise<void> {
  const { id } = membershipOf(acting.viewer);
  const [member] = await acting.query(
    sql`select from memberships where organization_id = ${id}::uuid and user_id = ${userId}::uuid and is_active`,
  );
  if (!member) throw new NotFound('id');
}
