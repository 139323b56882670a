import { randomUUID } from 'node:crypto';
import { User } from '../../src/crm/users/user.js';
import { hashOfToken, newToken } from '../../src/platform/auth/opaque-tokens.js';
import { actAs, type EntityManager, send } from '../../src/platform/database/orm.js';
import { sql } from '../../src/platform/database/sql.js';
import { UnitOfWork } from '../../src/platform/database/unit-of-work.js';
import { queueMail } from '../../src/platform/mail/mail.js';
import { Calendar } from './calendar.js';
import { people, usernameOf } from './people.js';

const accounts = people.map((person) => {
  const [firstName, lastName] = person.name.split(' ') as [string, string];
  const username = usernameOf(person.name);
  return { ...person, firstName, lastName, username, email: `${username}@${person.domain}` };
});

/** The dataset needs an empty database, since users may already have registered its names and addresses. */
export async function hasUsers(em: EntityManager): Promise<boolean> {
  const [answer] = await em.execute<{ has: boolean }[]>('select has_users() as has');
  return answer!.has;
}

/** Creates all accounts. Returns the users by name. */
export async function addAccounts(em: EntityManager, loadedAt: Date, passwordHash: string): Promise<Map<string, User>> {
  const users = new Map<string, User>();
  for (const { name, firstName, lastName, username, email, since, timezone, language = 'en' } of accounts) {
    const createdAt = new Calendar(loadedAt, timezone).past(since, '13:30');
    const user = Object.assign(new User(), {
      ...{ firstName, lastName, username, email, timezone, language },
      ...{ createdAt, updatedAt: createdAt },
    });
    // Row-level security only lets users create their own account.
    await actAs(em, user.id, null);
    em.persist(user);
    await em.flush();
    await send(em, sql`select create_user_secrets(${user.id}::uuid, ${passwordHash})`);
    await queueMail(new UnitOfWork(em), 'VERIFY_EMAIL');
    users.set(name, user);
  }
  return users;
}

/** Confirms all addresses as their owners would, by the tokens of the messages, which are not sent. */
export async function confirmAddresses(em: EntityManager): Promise<void> {
  for (;;) {
    const lease = randomUUID();
    const hash = hashOfToken(newToken());
    const [mail] = await send(em, sql`select id from lease_mail(${lease}::uuid)`);
    if (!mail) return;
    await send(em, sql`select recipient from issue_mail_token(${lease}::uuid, ${hash})`);
    await send(em, sql`select verify_email(${hash})`);
    await send(em, sql`select end_mail(${lease}::uuid, 'discarded', null, null)`);
  }
}
