import { beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { v7 } from 'uuid';
import { type Fields, freshEmail, newCustomer } from './support/customers.js';
import { sql, urls } from './support/database.js';
import { waiting } from './support/locks.js';
import { pipelineById } from './support/sales.js';
import { refusal, statementsOf } from './support/server.js';
import { newPerson, newTenant, type Person, type Tenant } from './support/tenant.js';

let tenant: Tenant;
let owner: Person;
let customerId: string;
let pipelineId: string;

beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
  customerId = (await newCustomer(owner)).id;
  pipelineId = (await pipelineById(owner)).id;
});

const create = async (kind: string, input: Fields): Promise<string> => {
  const name = `create${kind}`;
  const document = `mutation ($input: Create${kind}Input!) { ${name}(input: $input) { id } }`;
  return (await owner.as(tenant.id).request<Record<string, { id: string }>>(document, { input }))[name]!.id;
};

/** The answers of the requests that were done, and the refusals of the others. */
async function raced(requests: Promise<string>[]) {
  const done = await Promise.allSettled(requests);
  const refused = done.filter((one) => one.status === 'rejected').map(({ reason }) => refusal(Promise.reject(reason)));
  return {
    done: done.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
    refused: await Promise.all(refused),
  };
}

const times = <Value>(count: number, make: () => Value): Value[] => Array.from({ length: count }, make);

const member = async () => (await tenant.member()).id;
const mail = async () => ({ email: freshEmail() });
const key = async () => ({ externalId: v7() });
const person = { firstName: 'E', lastName: 'M' };

describe('of many who take a unique value at once one gets it, and the others are told who has it', () => {
  test.each<[kind: string, value: string, reason: string, claim: () => Promise<Fields>, rest: () => Fields]>([
    ['Customer', 'e-mail address', 'DUPLICATE_EMAIL', mail, () => ({})],
    ['Customer', 'key', 'DUPLICATE_EXTERNAL_ID', key, () => ({ email: freshEmail() })],
    [
      'Customer',
      'user',
      'USER_ALREADY_LINKED',
      async () => ({ userId: await member() }),
      () => ({ email: freshEmail() }),
    ],
    ['Lead', 'e-mail address', 'DUPLICATE_EMAIL', mail, () => ({ name: 'L' })],
    ['Lead', 'key', 'DUPLICATE_EXTERNAL_ID', key, () => ({ name: 'L', email: freshEmail() })],
    ['Deal', 'key', 'DUPLICATE_EXTERNAL_ID', key, () => ({ title: 'Deal', customerId })],
    ['Activity', 'key', 'DUPLICATE_EXTERNAL_ID', key, () => ({ title: 'A', activityType: 'CALL' })],
    ['Employee', 'e-mail address', 'DUPLICATE_EMAIL', mail, () => person],
    ['Employee', 'key', 'DUPLICATE_EXTERNAL_ID', key, () => ({ ...person, email: freshEmail() })],
    [
      'Employee',
      'user',
      'USER_ALREADY_EMPLOYEE',
      async () => ({ userId: await member() }),
      () => ({ ...person, email: freshEmail() }),
    ],
    ['Vendor', 'key', 'DUPLICATE_EXTERNAL_ID', key, () => ({ name: 'V', email: freshEmail() })],
    [
      'Vendor',
      'user',
      'USER_ALREADY_LINKED',
      async () => ({ userId: await member() }),
      () => ({ name: 'V', email: freshEmail() }),
    ],
    ['PipelineStage', 'name', 'DUPLICATE_NAME', async () => ({ name: v7() }), () => ({ pipelineId })],
    ['Role', 'name', 'DUPLICATE_NAME', async () => ({ name: v7() }), () => ({})],
    [
      'Permission',
      'triple',
      'DUPLICATE_PERMISSION',
      async () => ({ resource: `r_${v7().replaceAll('-', '_')}` }),
      () => ({ action: 'do' }),
    ],
    [
      'UserProfile',
      'kind',
      'PROFILE_EXISTS',
      async () => ({ userId: await member() }),
      () => ({ profileType: 'CUSTOMER' }),
    ],
  ])('%s by %s: %s', async (kind, _value, reason, claim, rest) => {
    const claimed = await claim();
    const { done, refused } = await raced(times(6, () => create(kind, { ...claimed, ...rest() })));
    expect(done).toHaveLength(1);
    expect(refused.map(({ code, reason, existingId }) => ({ code, reason, existingId }))).toEqual(
      times(5, () => ({ code: 'CONFLICT', reason, existingId: done[0] })),
    );
  });

  test('also in the last attempt, after others were in the way', async () => {
    const email = freshEmail();
    const other = new pg.Client({ connectionString: urls.superuserUrl });
    await other.connect();
    try {
      await sql(`create sequence unlucky;
        create function be_unlucky() returns trigger language plpgsql security definer as $$
          begin
            if nextval('unlucky') <= 3 then raise serialization_failure; end if;
            return new;
          end $$;
        create trigger unlucky before insert on customers for each row when (new.name = 'Unlucky')
          execute function be_unlucky()`);
      // Nobody sees it yet, but the constraint waits for it.
      await other.query('begin');
      const { rows } = await other.query(
        `insert into customers (id, organization_id, created_at, updated_at, code, name, email, tags)
         values ($1, $2, now(), now(), $3, 'First', $4, '{}') returning id`,
        [v7(), tenant.id, v7(), email],
      );
      const late = refusal(create('Customer', { name: 'Unlucky', email }));
      await waiting(1);
      await other.query('commit');
      expect(await late).toMatchObject({ reason: 'DUPLICATE_EMAIL', existingId: rows[0].id });
      expect(await sql('select last_value::int as drawn from unlucky')).toEqual([{ drawn: 4 }]);
    } finally {
      await other.end();
      await sql('drop trigger if exists unlucky on customers; drop function be_unlucky; drop sequence unlucky');
    }
  });

  test('in bulk calls that share their rows in different orders', async () => {
    const document = `mutation ($rows: [CreateCustomerRow!]!) {
      createCustomers(rows: $rows, mode: PER_ROW) { results { status id ref errors { reason existingId } } } }`;
    interface Row {
      status: string;
      id: string | null;
      ref: string;
      errors: { reason: string; existingId: string }[];
    }
    for (let round = 0; round < 10; round += 1) {
      const addresses = times(5, freshEmail);
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, n) => {
          const own = [...addresses.slice(n % 5), ...addresses.slice(0, n % 5)];
          const rows = (n % 2 ? own : own.toReversed()).map((email) => ({ ref: email, input: { email } }));
          return owner.request<{ createCustomers: { results: Row[] } }>(document, { rows });
        }),
      );
      const rows = answers.flatMap(({ createCustomers: { results } }) => results);
      const created = new Map(rows.flatMap(({ status, ref, id }) => (status === 'CREATED' ? [[ref, id!]] : [])));
      expect([...created.keys()].sort()).toEqual(addresses.toSorted());
      const failed = rows.filter(({ status }) => status === 'FAILED');
      expect(failed).toHaveLength(35);
      for (const { ref, errors } of failed)
        expect(errors).toEqual([{ reason: 'DUPLICATE_EMAIL', existingId: created.get(ref) }]);
    }
  });
});

describe('a sign-in name of somebody else', () => {
  const rename = ({ token, as }: Person, username: string) =>
    as(tenant.id)
      .request('mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { id } }', {
        input: { username },
      })
      .then(() => token);

  test('is not told whose it is, nor tried more than once', async () => {
    const stranger = await newPerson();
    const colleague = await tenant.member();
    let told: Record<string, unknown> = {};
    const sent = await statementsOf(async () => {
      told = await refusal(rename(colleague, stranger.username));
    });
    expect(told).toMatchObject({ code: 'CONFLICT', reason: 'USERNAME_TAKEN' });
    expect(told).not.toHaveProperty('existingId');
    expect(sent.filter((text) => /update "?users/i.test(text))).toHaveLength(1);
  });
});
