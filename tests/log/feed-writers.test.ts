import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { changeCustomer, customerRow, freshEmail, insertRows, newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { feed, ofCustomers } from '../support/log.js';
import { openWrite } from '../support/open-write.js';
import { type Copied, Replica } from '../support/replica.js';
import { newTenant, type Tenant } from '../support/tenant.js';

const seconds = process.env.TEST_LONG === '1' ? 60 : 2;
const writers = 8;

const Delete = gql`mutation ($id: ID!) { deleteCustomer(id: $id) { id } }`;
const CreateMany = gql`
  mutation ($rows: [CreateCustomerRow!]!) { createCustomers(rows: $rows, mode: PER_ROW) { summary { created } } }
`;
const Several = gql`
  mutation ($one: CreateCustomerInput!, $none: ID!, $id: ID!) {
    createCustomer(input: $one) { id }
    deleteCustomer(id: $none) { id }
    once: updateCustomer(id: $id, input: { name: "Once" }) { id }
    twice: updateCustomer(id: $id, input: { name: "Twice" }) { id }
  }
`;
const input = () => ({ name: 'New', email: freshEmail() });

let tenant: Tenant;
/** Tells the writers to end. */
let isOver = false;
/** Whether they have. */
let hasEnded = false;

beforeAll(async () => {
  tenant = await newTenant();
  await insertRows(
    'customers',
    Array.from({ length: 120 }, () => customerRow(tenant.id)),
  );
});

/** Changes customers of its own, and fails now and then, until time is over. */
async function write(): Promise<void> {
  const own: string[] = [];
  const { owner } = tenant;
  for (let n = 0; !isOver; n += 1) {
    const id = own[n % (own.length || 1)];
    if (!id || n % 5 === 0) own.push((await newCustomer(owner, { name: `Customer ${n}` })).id);
    else if (n % 5 === 1) await changeCustomer(owner, id, { name: `Name ${n}`, status: n % 2 ? 'VIP' : 'ACTIVE' });
    else if (n % 5 === 2) {
      const rows = [{ input: input() }, { input: { name: 'Bad', email: 'nonsense' } }, { input: input() }];
      await owner.request(CreateMany, { rows });
    } else if (n % 5 === 3) {
      await owner.request(Several, { one: input(), none: v7(), id }).catch(() => undefined);
    } else if (own.length > 3) {
      await owner.request(Delete, { id });
      own.splice(own.indexOf(id), 1);
    }
    await pause(Math.random() * 10);
  }
}

/** Holds a write open for a while, again and again, and commits every other one. */
async function writeSlowly(): Promise<void> {
  for (let n = 0; !isOver; n += 1) {
    const { id, organization_id, code, name, email } = customerRow(tenant.id, { name: 'Slow' });
    const open = await openWrite(
      `insert into customers (id, organization_id, created_at, updated_at, code, name, email, customer_type, status)
       values ($1, $2, now(), now(), $3, $4, $5, 'INDIVIDUAL', 'ACTIVE')`,
      [id, organization_id, code, name, email],
    );
    await pause(Math.random() * 700);
    await (n % 2 ? open.rollback() : open.commit());
  }
}

interface Page {
  nodes: (Copied & { id: string })[];
  pageInfo: { hasNextPage: boolean };
}

/** A reader with a copy, who reads pages of one size. */
class Follower {
  readonly replica: Replica;
  /** Resolves when the writers have ended and everything is read. */
  readonly ended: Promise<void>;

  constructor(
    private readonly first: number,
    private cursor: string | null,
    rows?: Map<string, Copied>,
  ) {
    this.replica = new Replica(rows);
    this.ended = this.follow();
  }

  /** Begins with the rows of one document, and the position of that document. */
  static async begin(first: number): Promise<Follower> {
    const page = (n: number) =>
      `p${n}: customers(page: ${n}, pageSize: 100) { nodes { id name email status version } pageInfo { hasNextPage } }`;
    const document = `{ changeCursor ${Array.from({ length: 10 }, (_, n) => page(n + 1)).join(' ')} }`;
    const { changeCursor, ...pages } = await tenant.owner.request<{ changeCursor: string } & Record<string, Page>>(
      document,
    );
    expect(pages.p10!.pageInfo.hasNextPage).toBe(false);
    const rows = Object.values(pages).flatMap(({ nodes }) => nodes.map(({ id, ...row }) => [id, row] as const));
    return new Follower(first, changeCursor, new Map(rows));
  }

  /** Reads beside the writers, and loses every tenth page. */
  private async follow(): Promise<void> {
    const { first, replica } = this;
    for (let n = 1; ; n += 1) {
      const isLast = hasEnded;
      const page = await feed(tenant.owner, { after: this.cursor, first, filter: ofCustomers });
      if (n % 10 === 0) continue;
      for (const change of page.nodes) replica.apply(change);
      this.cursor = page.pageInfo.endCursor;
      if (page.pageInfo.hasNextPage) continue;
      if (isLast) return;
      await pause(20);
    }
  }
}

test('beside eight writers and a slow one, no reader loses, doubles or misorders a change', async () => {
  const work = [...Array.from({ length: writers }, write), writeSlowly()];
  const whole = new Follower(1000, null);
  const followers = [whole];
  for (const first of [2, 25, 1000]) {
    await pause(300);
    followers.push(await Follower.begin(first));
  }
  await pause(seconds * 1000);
  isOver = true;
  await Promise.all(work);
  hasEnded = true;
  await Promise.all(followers.map(({ ended }) => ended));
  const rows = await sql<Copied & { id: string }>(
    'select id, name, email, status, version from customers where organization_id = $1',
    [tenant.id],
  );
  const stored = new Map(rows.map(({ id, ...row }) => [id, row]));
  for (const { replica } of followers) {
    expect(replica.faults).toEqual([]);
    expect(replica.rows).toEqual(stored);
    expect(new Set(replica.seen).size).toBe(replica.seen.length);
    expect(replica.seen.length).toBeGreaterThan(20);
  }
  const logged = await sql<{ id: string }>(
    `select id from changes where organization_id = $1 and record_type = 'CUSTOMER' order by id`,
    [tenant.id],
  );
  const { seen } = whole.replica;
  expect(seen.toSorted()).toEqual(logged.map(({ id }) => id));
  // Not in the order of numbers: transactions with later numbers committed first.
  expect(seen).not.toEqual(seen.toSorted());
}, 180_000);
