import { entities } from '../src/crm/index.js';
import { hashPassword } from '../src/platform/auth/passwords.js';
import { actAs, type EntityManager, openOrm, openPool } from '../src/platform/database/orm.js';
import { addAccounts, confirmAddresses, hasUsers } from './demo/accounts.js';
import { addActivities, harborPineActivities, northgateActivities } from './demo/activities.js';
import { addApiKey, demoApiKey } from './demo/api-keys.js';
import { addCustomers, harborPineCustomers, northgateCustomers } from './demo/customers.js';
import { addDeals, harborPineDeals, northgateDeals } from './demo/deals.js';
import { addInvitations, harborPineInvitations } from './demo/invitations.js';
import { addLeads, harborPineLeads, northgateLeads } from './demo/leads.js';
import { found, harborPine, northgate } from './demo/organizations.js';
import { harborPineStaff, northgateStaff, people, usernameOf } from './demo/people.js';
import { addPipelines, renewals } from './demo/pipelines.js';
import { addStaff } from './demo/staff.js';
import { addVendors, harborPineVendors, northgateVendors } from './demo/vendors.js';

export interface DemoDataset {
  /** A line for each user who can sign in, with their roles. */
  logins: string[];
  /** The password of every user. */
  password: string;
  /** The secret of an API key of the first organization; null if the key does not work. */
  apiKey: string | null;
  /** False if the database already had users. */
  loaded: boolean;
}

const password = 'demo-password';

/** Loads the demo dataset in one transaction, unless the database has users. */
export async function seedDemo(databaseUrl: string): Promise<DemoDataset> {
  // An idle connection that breaks is replaced; PostgreSQL may end them while the pool closes.
  const orm = await openOrm(
    openPool(databaseUrl, 2, () => undefined),
    entities,
  );
  try {
    // All users share a hash: hashing is slow, and these passwords are public.
    const passwordHash = await hashPassword(password);
    const loaded = await orm.em.fork().transactional(async (em) => {
      if (await hasUsers(em)) return false;
      await actAs(em, null, null, { operations: [], requestId: null, source: 'SEED', apiKeyId: null });
      await load(em, new Date(), passwordHash);
      return true;
    });
    return { logins: loginLines(), password, apiKey: await demoApiKey(orm.em.fork()), loaded };
  } finally {
    await orm.close();
  }
}

async function load(em: EntityManager, loadedAt: Date, passwordHash: string): Promise<void> {
  const users = await addAccounts(em, loadedAt, passwordHash);

  const labs = await found(em, northgate, loadedAt, users);
  await addStaff(labs, northgateStaff, 'northgate.example');
  await addPipelines(labs, [renewals]);
  await addCustomers(labs, northgateCustomers);
  await addLeads(labs, northgateLeads);
  await addDeals(labs, northgateDeals);
  await addVendors(labs, northgateVendors);
  await addActivities(labs, northgateActivities);
  await addApiKey(labs);

  const studio = await found(em, harborPine, loadedAt, users);
  await addStaff(studio, harborPineStaff, 'harborpine.example');
  await addPipelines(studio, []);
  await addCustomers(studio, harborPineCustomers);
  await addLeads(studio, harborPineLeads);
  await addDeals(studio, harborPineDeals);
  await addVendors(studio, harborPineVendors);
  await addActivities(studio, harborPineActivities);
  await confirmAddresses(em);
  await addInvitations(studio, harborPineInvitations);
}

function loginLines(): string[] {
  const places = [
    { organization: northgate.details.name, staff: northgateStaff },
    { organization: harborPine.details.name, staff: harborPineStaff },
  ];
  const longest = Math.max(...people.map(({ name }) => usernameOf(name).length));
  return people.map(({ name }) => {
    const parts = places.flatMap(({ organization, staff }) =>
      staff
        .filter((member) => member.name === name)
        .map((member) => `${organization}, ${standing(member, member === staff[0])}`),
    );
    return `${usernameOf(name).padEnd(longest)}  ${parts.join('; ') || 'no organization'}`;
  });
}

function standing({ role, status }: (typeof northgateStaff)[number], isOwner: boolean): string {
  if (isOwner) return 'owner';
  if (status === 'TERMINATED') return 'terminated';
  return `${role ?? 'without role'}${status === 'ON_LEAVE' ? ', on leave' : ''}`;
}
