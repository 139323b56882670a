import { setTimeout as pause } from 'node:timers/promises';
import { Caller } from './caller.js';
import { Journal } from './journal.js';
import type { Stage } from './stage.js';

/** Writers and readers of one organization. */
const [writers, readers] = [6, 3];

const rowsPerCall = 20;

const documents = {
  one: 'mutation ($input: CreateDealInput!) { createDeal(input: $input) { id } }',
  many: 'mutation ($rows: [CreateDealRow!]!) { createDeals(rows: $rows) { summary { created failed } } }',
  list: '{ deals(first: 25) { totalCount nodes { title customer { name } stage { name } } } }',
};

/** Sends writes and reads, one after the other for each of several callers, until it is stopped. */
export class Load {
  readonly journal = new Journal();
  /** Most milliseconds from the end of a fault until a write was acknowledged. */
  slowest = 0;
  private stopped = false;
  private readonly work: Promise<void>[] = [];
  private count = 0;

  private constructor(
    /** The server for the next request. */
    private readonly urlOf: () => string,
    private readonly caller: Caller,
  ) {}

  static async start(urlOf: () => string): Promise<Load> {
    const load = new Load(urlOf, await Caller.found(urlOf()));
    for (let n = 0; n < writers; n += 1) load.work.push(load.repeat(() => load.write(n % 3)));
    for (let n = 0; n < readers; n += 1) load.work.push(load.repeat(() => load.read()));
    return load;
  }

  /** Stops, and returns every fault that the callers saw or the database shows. */
  async stop(stage: Stage): Promise<string[]> {
    this.stopped = true;
    await Promise.all(this.work);
    return [...this.journal.faults, ...(await this.journal.compare(stage))];
  }

  private async repeat(work: () => Promise<void>): Promise<void> {
    while (!this.stopped) await work();
  }

  private async send(query: string, variables: object = {}, headers: Record<string, string> = {}) {
    const began = performance.now();
    const answer = await this.caller.ask({ url: this.urlOf(), query, variables, headers });
    const fate = this.journal.note(answer, performance.now() - began);
    // As a client should, though not for as long.
    if (fate !== 'kept') await pause(20 + Math.random() * 60);
    return fate;
  }

  private async read(): Promise<void> {
    await this.send(documents.list);
    await pause(5);
  }

  private async write(kind: number): Promise<void> {
    this.count += 1;
    const title = `chaos ${this.caller.customerId} ${this.count}`;
    const input = { title, customerId: this.caller.customerId };
    if (kind === 0) this.journal.write({ title, count: 1, fate: await this.send(documents.one, { input }) });
    else if (kind === 1) {
      const rows = Array.from({ length: rowsPerCall }, () => ({ input }));
      this.journal.write({ title, count: rowsPerCall, fate: await this.send(documents.many, { rows }) });
    } else this.journal.write({ title, count: 1, fate: await this.insist(title, input) });
  }

  /** Repeats a write under its key until it is acknowledged. */
  private async insist(key: string, input: object) {
    let fate = await this.send(documents.one, { input }, { 'idempotency-key': key });
    while (fate !== 'kept' && !this.stopped)
      fate = await this.send(documents.one, { input }, { 'idempotency-key': key });
    // An attempt whose outcome is unknown may have succeeded before one that was refused.
    return fate === 'kept' ? fate : 'unknown';
  }
}
