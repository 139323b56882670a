import { demandMembership, isMember, personOf, type Viewer } from '../../platform/auth/viewer.js';
import { column, sql } from '../../platform/database/sql.js';
import { Conflict, Forbidden, NotFound, type Refusal, Taken } from '../../platform/errors.js';
import type { Narrowing } from '../../platform/reading/reader.js';
import { assign, changedBy } from '../../platform/records/inputs.js';
import type { ChangeArguments } from '../../platform/schema/arguments.js';
import type { ActionContext } from '../../platform/tenancy/action-context.js';
import { check } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import type { UpdateProfileInput, UpdateUserInput } from '../inputs.generated.js';
import { User } from './user.js';

// Accounts do not belong to an organization, so the error does not name the account that has the value.
onDuplicate(uniqueKey(User, 'usernameSort'), () => usernameTaken(), { isHidden: true });
onDuplicate(uniqueKey(User, 'email'), () => emailTaken(), { isHidden: true });

export const usernameTaken = () =>
  new Taken('USERNAME_TAKEN', 'input.username', 'Somebody else has this sign-in name; choose another one');
export const emailTaken = () =>
  new Taken('EMAIL_TAKEN', 'input.email', 'An account with this e-mail address exists; sign in instead');

/** Users with an active membership in the organization. */
export const inOrganization =
  (organizationId: string): Narrowing =>
  (alias) =>
    sql`
    exists (
      select from memberships m
      where m.organization_id = ${organizationId}::uuid
        and m.user_id = ${column(alias, 'id')}
        and m.is_active
    )`;

/** The caller, and users with an active membership in the caller's active organization. */
export const visibleTo =
  (viewer: Viewer): Narrowing =>
  (alias) => {
    const isSelf = sql`${column(alias, 'id')} = ${viewer.userId}::uuid`;
    return isMember(viewer) ? sql`(${isSelf} or ${inOrganization(demandMembership(viewer).id)(alias)})` : isSelf;
  };

async function lockUser(context: ActionContext, id: string): Promise<User> {
  const [user] = await context.findWhere(User, sql`id = ${id}::uuid`, 'update');
  if (!user) throw new NotFound('id');
  return user;
}

/** Changes the caller's account. */
export async function updateProfile(
  context: ActionContext,
  input: UpdateProfileInput,
  expectedVersion?: number | null,
): Promise<User> {
  const { record: user } = await check(context, {
    find: { record: () => lockUser(context, personOf(context.viewer).userId) },
    expectedVersion,
    state: ({ record }) => [record.usernameRefused(input.username)],
  });
  assign(user, input);
  await context.flush();
  return user;
}

/** Changes the caller's account or, for superusers, that of any member of the active organization. */
export async function updateUser(
  context: ActionContext,
  { id, input, expectedVersion }: ChangeArguments<UpdateUserInput>,
): Promise<User> {
  if (input.isActive !== undefined) await changingAccount(context, id);
  const isSelf = id === context.viewer.userId;
  const { record: user } = await check(context, {
    find: {
      record: async () => {
        if (!isSelf) await demandFellowMember(context, id);
        return lockUser(context, id);
      },
    },
    expectedVersion,
    state: async ({ record }) => [
      record.usernameRefused(input.username),
      changedBy(record, input).has('isActive') && (await closingRefused(context, record, isSelf)),
    ],
  });
  const closes = user.isActive && input.isActive === false;
  assign(user, input);
  if (closes) await context.query(sql`select end_sessions(${id}::uuid)`);
  await context.flush();
  return user;
}

/**
 * Opening or closing an account excludes changes of ownership: it locks all organizations that the user owns, then the
 * accounts of caller and user. Then it checks again whether the caller is a superuser.
 */
async function changingAccount(context: ActionContext, userId: string): Promise<void> {
  await context.query(sql`select lock_ownerships(${userId}::uuid)`);
  await context.query(sql`
    select from users
    where id = any(${[context.viewer.userId, userId]}::uuid[])
    order by id
    for no key update`);
  await context.renewRights();
}

async function closingRefused(context: ActionContext, { id, isActive }: User, isSelf: boolean): Promise<Refusal> {
  if (!context.viewer.isSuperuser)
    return new Forbidden('SUPERUSER_ONLY', 'Only a superuser may open or close accounts');
  if (isSelf) return new Conflict('SELF_ACTION', 'You cannot close your own account; ask another superuser');
  if (!isActive) return null;
  const [found] = await context.query<{ alone: boolean }>(sql`select owns_alone_anywhere(${id}::uuid) as alone`);
  return (
    found!.alone &&
    new Conflict(
      'LAST_OWNER',
      'This user is the only owner of an organization; make somebody else an owner there first',
    )
  );
}

async function demandFellowMember(context: ActionContext, userId: string): Promise<void> {
  const { id } = demandMembership(context.viewer);
  const [member] = await context.query(sql`
    select from memberships
    where organization_id = ${id}::uuid
      and user_id = ${userId}::uuid
      and is_active`);
  if (!member) throw new NotFound('id');
}
