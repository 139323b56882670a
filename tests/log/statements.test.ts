import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import pg from 'pg';
import { v7 } from 'uuid';
import { newApiKey } from '../support/api-keys.js';
import { changeCustomer, freshEmail, newCustomer } from '../support/customers.js';
import { sql, urls } from '../support/database.js';
import { changeIds, feed, told, walk } from '../support/log.js';
import { memberWith } from '../support/permissions.js';
import { type SentStatement, sentBy, statementsOf } from '../support/server.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';
import { act, documentOf } from '../support/undo.js';

const Create = gql`mutation ($email: String!) { createCustomer(input: { name: "Kim", email: $email }) { id } }`;

describe('the number of statements does not depend on the number of rows:', () => {
  let tenant: Tenant;
  let owner: Person;
  let cursor: string;

  beforeAll(async () => {
    tenant = await newTenant();
    owner = tenant.owner;
    const assignedToId = await tenant.employee();
    const key = await newApiKey(owner, tenant.id);
    for (let n = 0; n < 12; n += 1) {
      const { id } = await newCustomer(owner, { assignedToId });
      await changeCustomer(owner, id, { name: `Changed ${n}`, assignedToId: null });
      await told({ token: key.secret }, Create, { email: `key${n}@x.example` });
    }
    ({ endCursor: cursor } = (await feed(owner, { first: 3 })).pageInfo);
  });

  /** Statements of a document for few and for many rows, once caches are warm. */
  async function counted(document: string, variables: object = {}): Promise<string[]> {
    const texts = (first: number) => statementsOf(() => owner.request(document, { first, ...variables }));
    await texts(2);
    const [few, many] = [await texts(2), await texts(12)];
    expect(many).toHaveLength(few.length);
    return many;
  }

  test('the feed takes two, wherever it begins', async () => {
    const document = gql`
      query ($first: Int!, $after: String) {
        changes(first: $first, after: $after) {
          edges { cursor }
          nodes { id fields { name before after } changeSet { id actorName operations } }
          pageInfo { hasNextPage endCursor }
        }
      }
    `;
    const end = (await feed(owner, { first: 1000 })).pageInfo.endCursor;
    for (const after of [null, cursor, end]) expect(await counted(document, { after })).toHaveLength(2);
  });

  test('labels take one for each type and side, and records one to find them and one for each type', async () => {
    const labels = gql`
      query ($first: Int!) {
        changes(first: $first, filter: { recordType: { eq: CUSTOMER } }) { nodes { fields { beforeLabel afterLabel } } }
      }
    `;
    expect(await counted(labels)).toHaveLength(4);
    const records = gql`
      query ($first: Int!) {
        changes(first: $first, filter: { recordType: { eq: CUSTOMER } }) { nodes { record { id version } } }
      }
    `;
    expect(await counted(records)).toHaveLength(4);
  });

  test('change sets take one, and one each for counts, changes, users and keys', async () => {
    const document = gql`
      query ($first: Int!) {
        changeSets(first: $first) {
          nodes {
            counts { count }
            changes(first: 3) { nodes { id fields { name } } }
            actor { ... on User { fullName } ... on ApiKey { name } }
          }
        }
      }
    `;
    expect(await counted(document)).toHaveLength(5);
  });

  test('histories take one for all records of a list', async () => {
    const document = gql`
      query ($first: Int!) {
        customers(first: $first) {
          nodes { name history(first: 2) { nodes { action fields { name } changeSet { actorName } } } }
        }
      }
    `;
    expect(await counted(document)).toHaveLength(2);
  });
});

describe('with 60,000 changes in the log', () => {
  const count = 60_000;
  let tenant: Tenant;
  /** Number of the changes that the owner sees. */
  let shown: number;

  beforeAll(async () => {
    tenant = await newTenant();
    // As if transactions had written one after the other; other organizations write at the same time.
    await sql(
      `insert into changes (organization_id, xid, change_set_id, record_type, record_id, action, version, before, after)
       select case when n % 2 = 0 then $1::uuid else gen_random_uuid() end,
         (3 + n::bigint * (pg_current_xact_id()::text::bigint - 4) / (2 * $2))::text::xid8,
         $1, 'CUSTOMER', gen_random_uuid(), 'UPDATED', 2, '{"name":"a"}', '{"name":"b"}'
       from generate_series(1, 2 * $2::int) n`,
      [tenant.id, count],
    );
    await sql('analyze changes');
    const [row] = await sql<{ shown: number }>(
      `select count(*)::int as shown from changes where organization_id = $1 and record_type <> 'DEAL_STAGE_CHANGE'`,
      [tenant.id],
    );
    shown = row!.shown;
  });

  /** Pages of PostgreSQL that the statements of a request read, as a server would send them for the n-th time. */
  async function buffersOf(request: () => Promise<unknown>, who = tenant.owner, { id } = tenant): Promise<number> {
    const statements = await sentBy(request);
    expect(statements).not.toEqual([]);
    const client = new pg.Client({ connectionString: urls.databaseUrl });
    await client.connect();
    try {
      await client.query('begin');
      await client.query(`select set_config('app.user_id', $1, true), set_config('app.organization_id', $2, true)`, [
        who.id,
        id,
      ]);
      let most = 0;
      for (const mode of ['force_custom_plan', 'force_generic_plan']) {
        await client.query(`set local plan_cache_mode = ${mode}`);
        let sum = 0;
        for (const statement of statements) sum += await explained(client, statement);
        most = Math.max(most, sum);
      }
      return most;
    } finally {
      await client.end();
    }
  }

  async function explained(client: pg.Client, { text, values }: SentStatement): Promise<number> {
    await client.query(`prepare explained as ${text}`);
    const literals = values.map((value) =>
      value === null ? 'null' : pg.escapeLiteral(Array.isArray(value) ? `{${value.join()}}` : String(value)),
    );
    const given = literals.length ? `(${literals.join(', ')})` : '';
    const explain = `explain (analyze, buffers, timing off, format json) execute explained${given}`;
    // The first time, a connection also reads the catalogue.
    await client.query(explain);
    const { rows } = await client.query(explain);
    await client.query('deallocate explained');
    const [{ Plan: plan }] = rows[0]['QUERY PLAN'];
    return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
  }

  const page = (after: string | null, first = 50) => feed(tenant.owner, { first, after });

  test('a page late in the log reads as little as the first one, and a poll less', async () => {
    const begin = await buffersOf(() => page(null));
    const pages: Record<string, number> = { begin };
    let cursor = (await page(null, 1000)).pageInfo.endCursor;
    let read = 1000;
    for (let isMore = true; isMore; ) {
      if ([10_000, 50_000].includes(read)) pages[read] = await buffersOf(() => page(cursor));
      const { nodes, pageInfo } = await page(cursor, 1000);
      read += nodes.length;
      cursor = pageInfo.endCursor;
      isMore = pageInfo.hasNextPage;
    }
    expect([read, Object.keys(pages)]).toEqual([shown, ['10000', '50000', 'begin']]);
    const poll = await buffersOf(() => page(cursor));
    await newCustomer(tenant.owner);
    const oneNew = await buffersOf(() => page(cursor));
    expect(begin).toBeLessThan(200);
    for (const late of Object.values(pages)) expect(late).toBeLessThan(begin * 1.5);
    expect(poll).toBeLessThan(60);
    expect(oneNew).toBeLessThan(80);
  });

  test('a filter that few changes match ends a page early, and the next ones find them', async () => {
    const { id } = await newCustomer(tenant.owner);
    const filter = { recordId: { eq: id } };
    const rare = (after: string | null) => feed(tenant.owner, { first: 50, filter, after });
    let page = await rare(null);
    const found: string[] = [];
    let pages = 1;
    for (; page.pageInfo.hasNextPage; pages += 1) {
      found.push(...page.nodes.map(({ recordId }) => recordId));
      if (pages < 6) expect([page.nodes, page.edges]).toEqual([[], []]);
      const { endCursor } = page.pageInfo;
      if (pages === 3) expect(await buffersOf(() => rare(endCursor))).toBeLessThan(25_000);
      page = await rare(endCursor);
    }
    found.push(...page.nodes.map(({ recordId }) => recordId));
    expect(found).toEqual([id]);
    expect(pages).toBeGreaterThan(count / 10_000);
  });

  test('the last change that a page looks at may be of a transaction that began before the cursor', async () => {
    const insert = `
      insert into changes (organization_id, change_set_id, record_type, record_id, action, version, before, after)
      select $1, $1, 'CUSTOMER', $3, 'UPDATED', 2, '{"name":"a"}', '{"name":"b"}'
      from generate_series(1, $2)`;
    const [many, wanted] = [v7(), v7()];
    const slow = new pg.Client({ connectionString: urls.superuserUrl });
    await slow.connect();
    await slow.query('begin; select pg_current_xact_id()');
    const { cursor } = await walk(tenant.owner, { first: 1000 });
    await sql(insert, [tenant.id, 9_999, many]);
    await slow.query(insert, [tenant.id, 1, many]);
    await slow.query('commit');
    await slow.end();
    await sql(insert, [tenant.id, 1, wanted]);
    const found = await walk(tenant.owner, { after: cursor, filter: { recordId: { eq: wanted } } });
    expect(found.changes).toHaveLength(1);
  });

  test('a reader that has missed 25,000 changes begins with as few of them, and misses none', async () => {
    const { endCursor } = (await walk(tenant.owner, { first: 1000 })).pages.at(-1)!.pageInfo;
    await sql(
      `insert into changes (organization_id, change_set_id, record_type, record_id, action, version, before, after)
       select $1, $1, 'CUSTOMER', gen_random_uuid(), 'UPDATED', 2, '{"name":"a"}', '{"name":"b"}'
       from generate_series(1, 25000)`,
      [tenant.id],
    );
    const missed = await walk(tenant.owner, { first: 1000, after: endCursor });
    expect(new Set(changeIds(missed)).size).toBe(25_000);
    expect(missed.changes).toHaveLength(25_000);
    const [begin, late] = [endCursor, missed.pages[20]!.pageInfo.endCursor];
    expect(await buffersOf(() => page(begin))).toBeLessThan(25_000);
    expect(await buffersOf(() => page(late))).toBeLessThan(400);
  });

  test('each deletion costs a few look-ups, also of an organization that the statistics do not know yet', async () => {
    const other = await newTenant();
    const member = await memberWith(other, ['customer:create', 'customer:read', 'customer:delete']);
    const rows = Array.from({ length: 1000 }, () => ({ input: { email: freshEmail() } }));
    await act(member, other.id, documentOf('createCustomers'), { mode: 'ATOMIC', rows });
    const all = { mode: 'ATOMIC', filter: { city: { isNull: true } }, expectedCount: 1000 };
    await act(member, other.id, documentOf('deleteCustomersWhere'), all);
    for (const who of [other.owner, member]) {
      const deleted = () => who.as(other.id).request<object>('{ deletedRecords { totalCount } }');
      expect(await deleted()).toEqual({ deletedRecords: { totalCount: 1000 } });
      expect(await buffersOf(deleted, who, other)).toBeLessThan(20_000);
    }
  });
});
