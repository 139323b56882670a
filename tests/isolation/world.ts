import { v7 } from 'uuid';
import { newApiKey } from '../support/api-keys.js';
import { idOf, sql } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { storedInvitation } from '../support/stored-invitations.js';
import { makeSuperusers } from '../support/superusers.js';
import { newPerson, newTenant, type Person, type Tenant } from '../support/tenant.js';
import { tenantTables } from '../support/twin-organization.js';
import { newWebhook, storedDelivery } from '../support/webhooks.js';

/** Ids of an organization's records, by their kind. */
export type Ids = Record<string, string[]>;

export interface Words {
  texts: string[];
  emails: string[];
  keys: string[];
  cursors: string[];
}

export interface Caller {
  name: string;
  /** Absent for a stranger and for an API key. */
  person?: Person;
  /** Of an API key. */
  secret?: string;
  /** Belongs to both organizations, and so knows of the memberships, profiles and roles in both. */
  isInBoth?: boolean;
}

export interface World {
  own: Tenant;
  foreign: Tenant;
  callers: Caller[];
  ownIds: Ids;
  foreignIds: Ids;
  words: Words;
  /** When the first of it was made. */
  since: string;
}

/** Stands in every text of the foreign organization, and nowhere else. */
export const mark = 'zanzibar';

const kinds: Record<string, string> = {
  customer: 'customers',
  lead: 'leads',
  deal: 'deals',
  activity: 'activities',
  employee: 'employees',
  vendor: 'vendors',
  pipeline: 'pipelines',
  stage: 'pipeline_stages',
  role: 'roles',
  permission: 'permissions',
  membership: 'memberships',
  profile: 'user_profiles',
  invitation: 'invitations',
  apikey: 'api_keys',
};

async function idsOf({ id }: Tenant, { except }: { except?: Person } = {}): Promise<Ids> {
  const found: Ids = { organization: [id] };
  const isOthers = 'user_id is distinct from $2';
  for (const [kind, table] of Object.entries(kinds)) {
    const others = ['memberships', 'user_profiles'].includes(table) ? isOthers : `$2::uuid is null or true`;
    const rows = await sql<{ id: string }>(
      `select id from ${table} where organization_id = $1 and (${others}) order by id limit 12`,
      [id, except?.id ?? null],
    );
    found[kind] = rows.map((row) => row.id);
  }
  const users = await sql<{ user_id: string }>(
    `select user_id from memberships where organization_id = $1 and ${isOthers} order by id`,
    [id, except?.id ?? null],
  );
  found.user = users.map((row) => row.user_id);
  return found;
}

const createMany = (kind: string, plural: string) =>
  `mutation ($rows: [Create${kind}Row!]!) {
      made: create${plural}(rows: $rows) { results { id } summary { created } }
    }`;

/** Some records of every kind that point to each other. */
async function furnish(tenant: Tenant, word: string, count: number): Promise<void> {
  const { owner } = tenant;
  const make = async (kind: string, plural: string, input: (n: number) => object): Promise<string[]> => {
    const rows = Array.from({ length: count }, (_, n) => ({ input: input(n) }));
    const { made } = await owner.request<{ made: { results: { id: string }[] } }>(createMany(kind, plural), { rows });
    return made.results.map(({ id }) => id);
  };
  const common = (kind: string, n: number) => ({
    externalId: `${word}-${kind}-${n}`,
    email: `${kind}${n}@${word}.example`,
    ...(kind !== 'employees' && { name: `${word} ${kind} ${n}`, description: `${word} ${kind}` }),
    city: `${word} city`,
    phone: '+7 713 713 1313',
  });
  const employees = await make('Employee', 'Employees', (n) => ({
    ...common('employees', n),
    firstName: `${word} first`,
    lastName: `${word} last ${n}`,
    department: `${word} department`,
    salary: '713713.13',
  }));
  const of = (ids: string[], n: number) => ids[n % ids.length]!;
  const customers = await make('Customer', 'Customers', (n) => ({
    ...common('customers', n),
    tags: [`${word} tag`],
    assignedToId: of(employees, n),
    creditLimit: '713713.13',
  }));
  const leads = await make('Lead', 'Leads', (n) => ({
    ...common('leads', n),
    tags: [`${word} tag`],
    assignedToId: of(employees, n),
    estimatedValue: '713713.13',
  }));
  await make('Vendor', 'Vendors', (n) => ({ ...common('vendors', n), companyName: `${word} company` }));
  const deals = await make('Deal', 'Deals', (n) => ({
    externalId: `${word}-deals-${n}`,
    title: `${word} deal ${n}`,
    customerId: of(customers, n),
    ...(n % 2 && { leadId: of(leads, n) }),
    value: '713713.13',
    assignedToId: of(employees, n),
    expectedCloseDate: '2027-05-01',
  }));
  for (const scheduledAt of [undefined, '2099-05-01T08:30:00Z', '2026-01-05T10:00:00Z'])
    await make('Activity', 'Activities', (n) => ({
      activityType: scheduledAt ? 'MEETING' : 'NOTE',
      title: `${word} activity ${n}`,
      description: `${word} said`,
      customerId: of(customers, n),
      dealId: of(deals, n),
      scheduledAt,
    }));
  for (const outcome of [null, null, 'DECLINED', 'EXPIRED'])
    await storedInvitation(tenant, `invited${v7()}@${word}.example`, outcome);
  await owner.request(
    `mutation ($won: ID!, $lost: ID!, $lead: ID!, $text: String!, $name: String!) {
      markWon(id: $won) { id }
      markLost(id: $lost, lostReason: $text) { id }
      convertLead(id: $lead) { lead { id } }
      createRole(input: { name: $text }) { id }
      createPermission(input: { resource: $name, action: "export", description: $text }) { id }
      createPipeline(input: { name: $text }) { id }
    }`,
    { won: deals[0], lost: deals[1], lead: leads[0], text: `${word} text`, name: word },
  );
}

/** Fills every text of an organization that may hold anything, and is still empty. */
async function fill({ id }: Tenant): Promise<void> {
  const columns = await sql<{ table: string; column: string }>(
    `select table_name as "table", column_name as "column" from information_schema.columns
     where table_schema = 'public' and is_generated = 'NEVER' and is_nullable = 'YES' and data_type = 'text'
       and table_name = any($1)`,
    [(await tenantTables()).filter((name) => !['memberships', 'idempotency_keys'].includes(name))],
  );
  for (const { table, column } of columns)
    await sql(`
      do $$ begin
        update ${table}
        set ${column} = '${mark}-${table}-${column}'
        where organization_id = '${id}'
          and ${column} is null;
      exception when check_violation or unique_violation then null;
      end $$`);
}

export async function newWorld(): Promise<World> {
  const [{ since }] = (await sql<{ since: string }>('select now()::text as since')) as [{ since: string }];
  const own = await newTenant('Alpha');
  const foreign = await newTenant(`${mark} Ltd`);
  await sql(`update code_counters set last = 97130 where organization_id = $1`, [foreign.id]);
  await furnish(own, 'alpha', 4);
  await furnish(foreign, mark, 5);
  const key = await newApiKey(own.owner, own.id, { name: 'alpha key' });
  await newApiKey(foreign.owner, foreign.id, { name: `${mark} key` });
  for (const [{ owner, id }, word] of [
    [own, 'alpha'],
    [foreign, mark],
  ] as const) {
    const webhook = await newWebhook(owner.as(id), {
      url: `https://${word}.example/hook`,
      description: `${word} hook`,
    });
    // The server moves the position of an active one whenever something changes.
    await sql('update webhooks set disabled_at = now() where id = $1', [webhook.id]);
    await storedDelivery(webhook.id);
  }
  // From now on its last use is a moment, as in every later answer.
  await key.request('{ organization { id } }');
  await eventually(async () => {
    const used = await sql('select from api_keys where id = $1 and last_used_at is not null', [key.id]);
    return used.length > 0;
  });
  const roles = await sql<{ name: string }>(
    `select name from roles where organization_id = $1 and is_active and name not like 'alpha%' order by name`,
    [own.id],
  );
  const callers: Caller[] = [
    { name: 'owner', person: own.owner },
    { name: 'API key', secret: key.secret },
  ];
  for (const { name } of roles) callers.push({ name, person: await own.member(name) });
  const suspended = await own.member('Admin');
  await sql(`update user_profiles set status = 'SUSPENDED' where user_id = $1`, [suspended.id]);
  const former = await own.member('Admin');
  await own.owner.request('mutation ($id: ID!) { deactivateMembership(id: $id) { id } }', { id: former.membershipId });
  const superuser = await own.member();
  await makeSuperusers(superuser);
  const both = await own.member('Admin');
  await foreign.owner.request(
    `mutation ($input: AddOrganizationMemberInput!) { addOrganizationMember(input: $input) { id } }`,
    {
      input: {
        userId: both.id,
        roleIds: [await idOf(`select id from roles where organization_id = $1 and name = 'Viewer'`, [foreign.id])],
      },
    },
  );
  callers.push(
    { name: 'mere member', person: await own.member() },
    { name: 'suspended', person: suspended },
    { name: 'former member', person: former },
    { name: 'superuser', person: superuser },
    { name: 'member of both', person: both, isInBoth: true },
    { name: 'member of none', person: await newPerson() },
    { name: 'stranger' },
  );
  const member = await foreign.member('Admin');
  await sql(
    `update users set first_name = '${mark}-users', last_name = '${mark}-users', bio = '${mark}-users',
       department = '${mark}-users' where id = any($1)`,
    [[foreign.owner.id, member.id]],
  );
  await fill(foreign);
  return {
    own,
    foreign,
    callers,
    ownIds: await idsOf(own),
    foreignIds: await idsOf(foreign, { except: both }),
    words: await wordsOf([own, foreign]),
    since,
  };
}

async function wordsOf(tenants: Tenant[]): Promise<Words> {
  const cursors: string[] = [];
  for (const { owner } of tenants)
    for (const list of ['customers', 'deals', 'leads', 'organizationMembers']) {
      const answer = await owner.request<Record<string, { pageInfo: { endCursor: string } }>>(
        `{ ${list}(first: 2) { pageInfo { endCursor } } }`,
      );
      cursors.push(answer[list]!.pageInfo.endCursor);
    }
  const people = tenants.map(({ owner }) => owner.email);
  return {
    texts: [
      'alpha',
      mark,
      `${mark} city`,
      `${mark} tag`,
      `${mark} deal 1`,
      'CUST-0001',
      'CUST-97131',
      `${mark} department`,
    ],
    emails: [...people, ...['alpha', mark].flatMap((word) => [`customers0@${word}.example`, `leads1@${word}.example`])],
    keys: ['alpha', mark].flatMap((word) => [`${word}-customers-1`, `${word}-deals-0`, `${word}-leads-2`]),
    cursors,
  };
}

/** Ids that no record has. */
export const nowhere = Array.from({ length: 4 }, () => v7());
