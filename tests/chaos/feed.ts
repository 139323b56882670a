import { setTimeout as pause } from 'node:timers/promises';
import type { Change } from '../support/log.js';
import { Replica } from '../support/replica.js';
import { Caller } from './caller.js';
import { Journal } from './journal.js';
import type { Scenario } from './scenarios.js';
import type { Stage } from './stage.js';

const writers = 8;
/** Changes on a page of each reader. */
const pageSizes = [50, 200, 1000];
/** Changes before the first kill; before the second one it is twice as many, and so on, so that the log grows long. */
const changesBeforeKill = 800;

const documents = {
  create: 'mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id } }',
  update: 'mutation ($id: ID!, $name: String!) { updateCustomer(id: $id, input: { name: $name }) { id } }',
  remove: 'mutation ($id: ID!) { deleteCustomer(id: $id) { id } }',
  createMany: 'mutation ($rows: [CreateCustomerRow!]!) { createCustomers(rows: $rows) { results { id } } }',
  updateMany: 'mutation ($rows: [UpdateCustomerRow!]!) { updateCustomers(rows: $rows) { results { id } } }',
  changes: `query ($first: Int!, $after: String) {
    changes(first: $first, after: $after, filter: { recordType: { eq: CUSTOMER } }) {
      nodes { id recordId action version fields { name before after } }
      pageInfo { hasNextPage endCursor }
    }
  }`,
};

interface Page {
  nodes: Change[];
  pageInfo: { hasNextPage: boolean; endCursor: string };
}

/** A mutation's answer: a record, or the rows of many. */
interface Written {
  id?: string;
  results?: { id: string }[];
}

/** A reader with a copy of the customers. */
class Follower {
  readonly replica = new Replica();
  /** Number of pages that were answered. */
  pages = 0;
  private cursor: string | null = null;

  constructor(
    private readonly work: FeedWork,
    private readonly first: number,
  ) {}

  /** Reads a page; true if there may be more, also if no answer came. */
  async read(): Promise<boolean> {
    const answer = await this.work.ask(documents.changes, { first: this.first, after: this.cursor });
    const page = answer?.changes as Page | undefined;
    if (!page) return true;
    for (const change of page.nodes) this.replica.apply(change);
    this.cursor = page.pageInfo.endCursor;
    this.pages += 1;
    return page.pageInfo.hasNextPage;
  }

  async readToEnd(): Promise<void> {
    while (await this.read());
  }
}

/** Writers and readers of the customers of one organization. */
export class FeedWork {
  readonly journal = new Journal();
  readonly followers = pageSizes.map((first) => new Follower(this, first));
  private isOver = false;
  private resting: Promise<void> | null = null;
  /** Writes that are under way. */
  private busy = 0;
  private lastWrite = 0;
  /** Number of changes that were acknowledged. */
  private acknowledged = 0;
  private count = 0;
  private readonly work: Promise<void>[] = [];

  private constructor(
    private readonly url: string,
    private readonly caller: Caller,
    private readonly bulkRows: number,
  ) {}

  /** A bulk update has so many rows. */
  static async start(url: string, bulkRows: number): Promise<FeedWork> {
    const work = new FeedWork(url, await Caller.found(url), bulkRows);
    for (let n = 0; n < writers; n += 1) work.work.push(work.write());
    for (const follower of work.followers) work.work.push(work.follow(follower));
    return work;
  }

  /** The data of an answer; null if it has errors, or if none came. */
  async ask(query: string, variables: object): Promise<Record<string, unknown> | null> {
    const began = performance.now();
    const answer = await this.caller.ask({ url: this.url, query, variables });
    if (this.journal.note(answer, performance.now() - began) === 'kept') {
      if (query !== documents.changes) this.lastWrite = performance.now();
      return answer!.data!;
    }
    await pause(20 + Math.random() * 60);
    return null;
  }

  /** Lets the writers rest until they are told to go on. */
  async rest(): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.resting = promise;
    while (this.busy) await pause(5);
    return () => {
      this.resting = null;
      resolve();
    };
  }

  /** Waits until each reader has read some pages. */
  async readOn(): Promise<void> {
    const pages = this.followers.map((follower) => follower.pages);
    while (this.followers.some((follower, n) => follower.pages < pages[n]! + 3)) await pause(5);
  }

  /** Waits until so many more changes are acknowledged. */
  async goOnFor(changes: number): Promise<void> {
    const aim = this.acknowledged + changes;
    while (this.acknowledged < aim) await pause(20);
  }

  /** Waits until a write is acknowledged. */
  async writeOn(): Promise<void> {
    const since = performance.now();
    while (this.lastWrite < since && performance.now() - since < 20_000) await pause(50);
  }

  /** Ends the work; the readers read the rest. */
  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.work);
    for (const follower of this.followers) await follower.readToEnd();
  }

  /** Changes a second of a reader who begins at the beginning. */
  async speed(): Promise<number> {
    const follower = new Follower(this, 1000);
    const began = performance.now();
    await follower.readToEnd();
    return Math.round(follower.replica.seen.length / ((performance.now() - began) / 1000));
  }

  private async follow(follower: Follower): Promise<void> {
    while (!this.isOver) if (!(await follower.read())) await pause(10);
  }

  private async write(): Promise<void> {
    const own: string[] = [];
    for (let n = 0; !this.isOver; n += 1) {
      await this.resting;
      this.busy += 1;
      await this.change(own, n);
      this.busy -= 1;
    }
  }

  /** Changes customers of the writer's, or creates some. */
  private async change(own: string[], n: number): Promise<void> {
    const input = () => ({ name: 'New', email: `c${++this.count}@chaos.example` });
    const id = own[n % (own.length || 1)];
    if (!id || n % 6 === 0) {
      own.push(...(await this.written(documents.create, { input: input() })));
    } else if (n % 6 === 1) {
      const rows = Array.from({ length: 20 }, () => ({ input: input() }));
      own.push(...(await this.written(documents.createMany, { rows })));
    } else if (n % 6 === 2 && own.length > 5) {
      own.splice(own.indexOf(id), 1);
      await this.written(documents.remove, { id });
    } else if (n % 6 === 3) {
      await this.written(documents.update, { id, name: `Name ${n}` });
    } else {
      const rows = own.slice(-this.bulkRows).map((of) => ({ id: of, input: { name: `Name ${n}` } }));
      await this.written(documents.updateMany, { rows });
    }
  }

  /** Ids of the records that a mutation wrote; none if it failed, or if no answer came. */
  private async written(mutation: string, variables: object): Promise<string[]> {
    const [answer] = Object.values((await this.ask(mutation, variables)) ?? {}) as (Written | undefined)[];
    const ids = answer ? (answer.results ?? [answer]).map(({ id }) => id!) : [];
    this.acknowledged += ids.length;
    return ids;
  }
}

/** Changes that a reader has not read, or has read twice, and those that do not fit its copy. */
function faultsOf({ followers }: FeedWork, logged: ReadonlySet<string>): string[] {
  return followers.flatMap(({ replica: { seen, faults } }) => {
    const read = new Set(seen);
    const lost = [...logged].filter((id) => !read.has(id)).length;
    const foreign = [...read].filter((id) => !logged.has(id)).length;
    const told = Object.entries({ lost, doubled: seen.length - read.size, 'not in the log': foreign });
    return [...faults, ...told.flatMap(([what, count]) => (count ? [`a reader: ${count} changes ${what}`] : []))];
  });
}

/** After a crash, PostgreSQL gives the ids of the last transactions that were rolled back to the next ones. */
export async function rollBack(stage: Stage): Promise<void> {
  const client = await stage.connection();
  for (let n = 0; n < 20; n += 1) await client.query('begin; select pg_current_xact_id(); rollback');
  await client.end();
}

export const feedKilled: Scenario = {
  name: 'the feed is read while server and PostgreSQL are killed by turns',
  promises: 'D1',
  rounds: [2, 50],
  run: async (stage, rounds) => {
    let server = await stage.start();
    const work = await FeedWork.start(server.url, 250);
    const began = performance.now();
    for (let n = 0; n < rounds; n += 1) {
      await work.goOnFor(changesBeforeKill * (n + 1));
      if (n % 2) {
        const goOn = await work.rest();
        await rollBack(stage);
        await work.readOn();
        process.kill(stage.postmaster, 'SIGKILL');
        goOn();
      } else {
        server.process.kill('SIGKILL');
        await server.ended;
        server = await stage.start(new URL(server.url).port);
      }
      await work.writeOn();
    }
    await pause(500);
    await work.stop();
    const seconds = (performance.now() - began) / 1000;
    const rows = await stage.sql<{ id: string }>(`select id from changes where record_type = 'CUSTOMER'`);
    const faults = [...work.journal.faults, ...faultsOf(work, new Set(rows.map(({ id }) => id)))];
    const figures =
      `${rows.length} changes (${Math.round(rows.length / seconds)} a second), ${pageSizes.length} readers; ` +
      `a new reader reads ${await work.speed()} changes a second`;
    return { faults, answers: work.journal.answers, slowest: 0, figures };
  },
};
