import { LockMode } from '@mikro-orm/core';
import { column, sql } from '../../platform/database/sql.js';
import { Conflict, Forbidden, NotFound, type Refusal, Taken } from '../../platform/errors.js';
import type { Narrowing } from '../../platform/reading/reader.js';
import { badInput } from '../../platform/records/check.js';
import { formatOf } from '../../platform/records/formats.js';
import { assign, type Changes, changedBy } from '../../platform/records/inputs.js';
import { type ActionContext, onDuplicate, organizationOf } from '../../platform/tenancy/action-context.js';
import { check } from '../../platform/tenancy/checks.js';
import { User } from './user.js';

// Accounts belong to no organization: nobody is told who has the value.
onDuplicate('users_username_key', () => usernameTaken(), { isHidden: true });
onDuplicate('users_email_key', () => emailTaken(), { isHidden: true });

export const usernameTaken = () =>
  new Taken('USERNAME_TAKEN', 'input.username', 'Somebody else has this sign-in name; choose another one');
export const emailTaken = () =>
  new Taken('EMAIL_TAKEN', 'input.email', 'There is an account with this e-mail address; sign in instead');

/** Users with an active membership in the organization. */
export const inOrganization =
  (organizationId: string): Narrowing =>
  (alias) =>
    sql`exists (select from memberships m where m.organization_id = ${organizationId}::uuid and m.user_id = ${column(alias, 'id')} and m.is_active)`;

/** The same, and oneself. */
export const visibleTo =
  (userId: string, organizationId: string): Narrowing =>
  (alias) =>
    sql`(${column(alias, 'id')} = ${userId}::uuid or ${inOrganization(organizationId)(alias)})`;

async function lockUser({ em }: ActionContext, id: string): Promise<User> {
  const user = await em.findOne(User, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
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
  const { em, viewer } = acting;
  const isSelf = id === viewer.userId;
  const { record: user } = await check(acting, {
    find: {
      record: async () => {
        if (!isSelf) await demandMember(acting, id);
        return lockUser(acting, id);
      },
    },
    expectedVersion,
    state: ({ record }) => [
      usernameRefused(record, input),
      changedBy(record, input).has('isActive') && closingRefused(viewer, isSelf),
    ],
  });
  const closes = user.isActive && input.isActive === false;
  assign(user, input);
  if (closes) await em.execute('select end_sessions(?)', [id]);
  await em.flush();
  return user;
}

/** A name with an @ is looked up as an e-mail address, so that nobody signs in by it; one of long ago stays. */
const usernameRefused = (user: User, input: Changes<User>): Refusal =>
  changedBy(user, input).has('username') &&
  input.username!.includes('@') &&
  badInput([{ path: 'input.username', code: 'INVALID', message: formatOf('username').rule }]);

function closingRefused({ isSuperuser }: ActionContext['viewer'], isSelf: boolean): Refusal {
  if (!isSuperuser) return new Forbidden('SUPERUSER_ONLY', 'Only a superuser may open or close accounts');
  return isSelf && new Conflict('SELF_ACTION', 'You cannot close your own account; ask another superuser');
}

async function demandMember(acting: ActionContext, userId: string): Promise<void> {
  const { id } = organizationOf(acting);
  const [member] = await acting.em.execute(
    'select from memberships where organization_id = ? and user_id = ? and is_active',
    [id, userId],
  );
  if (!member) throw new NotFound('id');
}
