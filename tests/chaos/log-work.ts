import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../support/eventually.js';
import { Caller } from './caller.js';
import { type Answer, Journal } from './journal.js';
import { type Ask, changesQuery, Follower } from './readers.js';
import type { Stage } from './stage.js';

const writers = 8;
/** Changes on a page of each reader. */
const pageSizes = [50, 200, 1000];

const documents = {
  create: 'mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id } }',
  update: 'mutation ($id: ID!, $name: String!) { updateCustomer(id: $id, input: { name: $name }) { id } }',
  remove: 'mutation ($id: ID!) { deleteCustomer(id: $id) { id } }',
  createMany: 'mutation ($rows: [CreateCustomerRow!]!) { createCustomers(rows: $rows) { results { id } } }',
  createWebhook: `mutation ($url: String!, $actions: [ChangeAction!]) {
    createWebhook(input: { url: $url, recordTypes: [CUSTOMER], actions: $actions }) { webhook { id } }
  }`,
  updateMany: 'mutation ($rows: [UpdateCustomerRow!]!) { updateCustomers(rows: $rows) { results { id } } }',
};

/** A mutation's answer: a record, or the rows of many. */
interface Written {
  id?: string;
  results?: { id: string }[];
}

/** Writers and readers of the customers of one organization. */
export class LogWork {
  readonly journal = new Journal();
  readonly ask: Ask = async (query, variables) => {
    const began = performance.now();
    const answer = await this.caller.ask({ url: this.url, query, variables });
    if (this.journal.note(answer, performance.now() - began) === 'kept') {
      if (query !== changesQuery) this.lastWrite = performance.now();
      return answer!.data!;
    }
    await pause(20 + Math.random() * 60);
    return null;
  };

  readonly followers = pageSizes.map((first) => new Follower(this.ask, first));
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

  /** Founds an organization. A bulk update has so many rows. */
  static async found(url: string, bulkRows: number): Promise<LogWork> {
    return new LogWork(url, await Caller.found(url), bulkRows);
  }

  begin(): void {
    for (let n = 0; n < writers; n += 1) this.work.push(this.write());
    for (const follower of this.followers) this.work.push(this.follow(follower));
  }

  /** Notes the errors that end a stream; null for a lost connection. */
  readonly noteStream = (errors: Answer['errors'] | null): void => {
    this.journal.note(errors ? { errors } : null, 0);
  };

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

  /** Sends changes of the customers to an address; only those of some kinds, if any are named. */
  async addWebhook(url: string, actions: string[] = []): Promise<void> {
    while (!(await this.ask(documents.createWebhook, { url, actions }))) await pause(100);
  }

  /** The present `Authorization` header. */
  readonly authorizationNow = (): string => this.caller.authorization;

  /** The changes of customers, oldest first; the first one is older than the work. */
  logged(stage: Stage): Promise<{ id: string; action: string }[]> {
    return stage.sql(`select id, action from changes where record_type = 'CUSTOMER' order by id`);
  }

  /** Waits until each reader has read some pages. */
  async readOn(): Promise<void> {
    const pages = this.followers.map((follower) => follower.pages);
    const haveRead = () => this.followers.every((follower, n) => follower.pages >= pages[n]! + 3);
    await eventually(haveRead, { within: 60_000, every: 5 });
  }

  /** Waits until so many more changes are acknowledged. */
  async goOnFor(changes: number): Promise<void> {
    const aim = this.acknowledged + changes;
    await eventually(() => this.acknowledged >= aim, { within: 600_000 });
  }

  /** Waits until a write is acknowledged; returns the milliseconds that it took. */
  async writeOn(): Promise<number> {
    const since = performance.now();
    await eventually(() => this.lastWrite > since, { within: 20_000 });
    return this.lastWrite - since;
  }

  /** Ends the work; the readers read the rest. */
  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.work);
    for (const follower of this.followers) await follower.readToEnd();
  }

  /** Changes a second of a reader who begins at the beginning. */
  async speed(): Promise<number> {
    const follower = new Follower(this.ask, 1000);
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
