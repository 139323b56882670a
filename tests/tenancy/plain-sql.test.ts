import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { v7 } from 'uuid';
import { wholeAnswer } from '../support/answers.js';
import { sql, urls } from '../support/database.js';
import { tables } from '../support/tables.js';
import { secret, type TwoTenants, twoTenants } from '../support/two-tenants.js';

let world: TwoTenants;
beforeAll(async () => {
  world = await twoTenants();
});

/** A column of the primary key, where it is not the id. */
const keyOf: Record<string, string> = {
  webhook_readers: 'webhook_id',
  code_counters: 'kind',
  idempotency_keys: 'scope',
  api_key_answers: 'scope',
};

/** Tables that the serving role cannot reach at all. */
const closed = [
  'account_tokens',
  'api_key_secrets',
  'invitation_tokens',
  'migrations',
  'outgoing_mails',
  'sign_in_attempts',
  'sign_in_tickets',
  'user_secrets',
  'webhook_secrets',
];

describe('with plain SQL, row-level security alone holds', () => {
  let app: pg.Client;
  let tenantTables: string[];
  beforeAll(async () => {
    app = new pg.Client({ connectionString: urls.databaseUrl });
    await app.connect();
    tenantTables = (await tables())
      .filter(({ name, tenant }) => tenant && !closed.includes(name))
      .map(({ name }) => name);
  });
  afterAll(() => app.end());

  async function as<Value>(userId: string, organizationId: string, work: () => Promise<Value>): Promise<Value> {
    await app.query('begin');
    try {
      await app.query(`select set_config('app.user_id', $1, true), set_config('app.organization_id', $2, true)`, [
        userId,
        organizationId,
      ]);
      return await work();
    } finally {
      await app.query('rollback');
    }
  }

  const refused = (text: string, values: unknown[] = []) =>
    app.query(text, values).then(
      ({ rowCount }) => rowCount,
      (error: { code: string }) => error.code,
    );

  test('every tenant table shows rows of the active organization only, and has some', async () => {
    const seen: string[] = [];
    for (const name of tenantTables) {
      const { rows } = await as(world.tenant.owner.id, world.tenant.id, () =>
        app.query(`select organization_id from ${name}`),
      );
      expect([
        name,
        [...new Set(rows.map((row) => row.organization_id))].filter((id) => id !== world.tenant.id),
      ]).toEqual([name, []]);
      if (rows.length) seen.push(name);
    }
    expect(seen).toEqual(expect.arrayContaining(['customers', 'employees', 'memberships', 'roles', 'user_profiles']));
    const other = await as(world.foreign.owner.id, world.foreign.id, () => app.query('select id from customers'));
    expect(other.rows).toEqual([{ id: world.theirs.customer }]);
  });

  test('users, sessions and organizations show no strangers', async () => {
    await as(world.tenant.owner.id, world.tenant.id, async () => {
      const ids = async (text: string) => (await app.query(text)).rows.map(({ id }) => id).sort();
      const members = (await app.query('select user_id from memberships')).rows.map(({ user_id: id }) => id);
      expect(await ids('select id from users')).toEqual([...new Set([...members, world.tenant.owner.id])].sort());
      expect(await ids('select id from organizations')).toEqual([world.tenant.id]);
      expect(await ids('select distinct user_id as id from sessions')).toEqual([world.tenant.owner.id]);
    });
  });

  test('nothing of another organization can be changed, deleted, locked, or moved there', async () => {
    for (const name of tenantTables) {
      const changes = [
        `update ${name} set organization_id = organization_id where organization_id = $1`,
        `delete from ${name} where organization_id = $1`,
        `select from ${name} where organization_id = $1 for update`,
      ];
      for (const text of changes)
        expect([
          text,
          await as(world.tenant.owner.id, world.tenant.id, () => refused(text, [world.foreign.id])),
        ]).toEqual([
          text,
          // The organization of a profile cannot be written at all, and the log is read only.
          text.startsWith('update user_profiles') || /^changes|^change_sets/.test(name) ? '42501' : 0,
        ]);
      const move = `update ${name} set organization_id = $1 where organization_id = $2`;
      const moved = await as(world.tenant.owner.id, world.tenant.id, () =>
        refused(move, [world.foreign.id, world.tenant.id]),
      );
      const [{ count }] = (await sql<{ count: number }>(
        `select count(*)::int from ${name} where organization_id = $1`,
        [world.tenant.id],
      )) as [{ count: number }];
      expect([name, moved]).toEqual([name, count ? '42501' : 0]);
    }
    expect(
      await as(world.tenant.owner.id, world.tenant.id, () =>
        refused('update organizations set name = $1 where id = $2', ['x', world.foreign.id]),
      ),
    ).toBe(0);
    expect(
      await as(world.tenant.owner.id, world.tenant.id, () =>
        refused('update users set username = $1 where id = $2', ['x', world.foreign.owner.id]),
      ),
    ).toBe(0);
  });

  test('a row cannot be put into another organization, nor point into one', async () => {
    const put = (organizationId: string, assignedToId: string | null) =>
      as(world.tenant.owner.id, world.tenant.id, () =>
        refused(
          `insert into customers (id, organization_id, created_at, updated_at, code, name, email, tags, assigned_to_id)
           values ($1, $2, now(), now(), $3, 'x', $3, '{}', $4)`,
          [v7(), organizationId, v7(), assignedToId],
        ),
      );
    expect(await put(world.foreign.id, null)).toBe('42501');
    expect(await put(world.tenant.id, world.theirs.employee)).toBe('23503');
    expect(await put(world.tenant.id, world.own.employee)).toBe(1);
  });

  test('one’s own profile cannot be moved into another organization', async () => {
    const moved = await as(world.tenant.owner.id, world.tenant.id, () =>
      refused('update user_profiles set organization_id = $1 where user_id = $2', [
        world.foreign.id,
        world.tenant.owner.id,
      ]),
    );
    expect(moved).toBe('42501');
  });

  test('the owner of the tables is bound as well', async () => {
    const owner = new pg.Client({ connectionString: urls.migrationDatabaseUrl });
    await owner.connect();
    try {
      await owner.query(`select set_config('app.user_id', $1, false), set_config('app.organization_id', $2, false)`, [
        world.tenant.owner.id,
        world.tenant.id,
      ]);
      const { rows } = await owner.query('select distinct organization_id as id from customers');
      expect(rows).toEqual([{ id: world.tenant.id }]);
      expect((await owner.query('select from customers where id = $1', [world.theirs.customer])).rows).toEqual([]);
    } finally {
      await owner.end();
    }
  });

  test.each([
    ['never set', async () => undefined],
    [
      'empty, as after a transaction',
      (client: pg.Client) =>
        client.query(`select set_config('app.user_id', '', false), set_config('app.organization_id', '', false)`),
    ],
  ])('with settings %s every statement fails closed', async (_name, prepare) => {
    const client = new pg.Client({ connectionString: urls.databaseUrl });
    await client.connect();
    try {
      await prepare(client);
      const guarded = (await tables()).filter(({ name }) => !closed.includes(name));
      for (const { name } of guarded) {
        const key = keyOf[name] ?? 'id';
        const outcomes: string[] = [];
        for (const text of [`select from ${name}`, `update ${name} set ${key} = ${key}`, `delete from ${name}`])
          outcomes.push(
            await client.query(text).then(
              () => 'answered',
              (error: { code: string }) => error.code,
            ),
          );
        for (const outcome of outcomes)
          expect([name, outcome]).toEqual([name, expect.stringMatching(/^(42704|22P02|42501)$/)]);
        expect([name, outcomes[0]]).toEqual([name, expect.not.stringMatching('42501')]);
      }
      for (const name of closed)
        await expect(client.query(`select from ${name}`)).rejects.toMatchObject({ code: '42501' });
    } finally {
      await client.end();
    }
  });

  test('in no organization there are no rows', async () => {
    for (const name of tenantTables) {
      const { rows } = await as(world.stranger.id, '00000000-0000-0000-0000-000000000000', () =>
        app.query(`select from ${name}`),
      );
      expect([name, rows]).toEqual([name, []]);
    }
  });

  test('a search looks into the active organization only', async () => {
    for (const [organizationId, found] of [
      [world.tenant.id, 0],
      [world.foreign.id, 1],
    ] as const)
      expect(
        await as(
          world.tenant.owner.id,
          organizationId,
          async () => (await app.query('select search_customers($1)', [secret])).rowCount,
        ),
      ).toBe(found);
  });

  test('a pooled connection forgets for whom it worked', async () => {
    await wholeAnswer(world.tenant.owner, '{ customers { totalCount } }');
    const kept = await sql(
      `select query
       from pg_stat_activity
       where usename = 'crm_app' and datname = current_database() and query ~* 'set_config\\(.*false'`,
    );
    expect(kept).toEqual([]);
  });
});
