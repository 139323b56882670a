import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWebSocketClient } from 'graphql-ws';
import type { Change } from '../support/log.js';
import { type Copied, Replica } from '../support/replica.js';
import type { Answer } from './journal.js';

const selection = 'id recordId action version fields { name before after }';

export const changesQuery = `query ($first: Int!, $after: String) {
  changes(first: $first, after: $after, filter: { recordType: { eq: CUSTOMER } }) {
    nodes { ${selection} }
    pageInfo { hasNextPage endCursor }
  }
}`;

const changesSubscription = `subscription ($after: String) {
  changeAdded(after: $after, filter: { recordType: { eq: CUSTOMER } }) { cursor change { ${selection} } }
}`;

interface Page {
  nodes: Change[];
  pageInfo: { hasNextPage: boolean; endCursor: string };
}

/** The data of an answer; null if it has errors, or if none came. */
export type Ask = (query: string, variables: object) => Promise<Record<string, unknown> | null>;

/** A reader with a copy of the customers, who asks for pages of the feed. */
export class Follower {
  readonly replica = new Replica();
  /** Number of pages that were answered. */
  pages = 0;
  protected cursor: string | null = null;

  constructor(
    private readonly ask: Ask,
    private readonly first: number,
  ) {}

  /** Reads a page; true if there may be more, also if no answer came. */
  async read(): Promise<boolean> {
    const answer = await this.ask(changesQuery, { first: this.first, after: this.cursor });
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

interface Client {
  iterate<Data>(request: { query: string; variables: Record<string, unknown> }): AsyncIterable<{
    data?: Data | null;
    errors?: readonly object[];
  }>;
  dispose(): unknown;
}

export type Connect = (url: string, authorization: () => string) => Client;

export const overSse: Connect = (url, authorization) =>
  createSseClient({ url, headers: () => ({ authorization: authorization() }), retryAttempts: 0 });

export const overWebSocket: Connect = (url, authorization) =>
  createWebSocketClient({
    url: url.replace('http', 'ws'),
    connectionParams: () => ({ authorization: authorization() }),
    retryAttempts: 0,
  }) as Client;

interface ChangeEvent {
  cursor: string;
  change: Change | null;
}

/** A reader with a copy of the customers, who reads pages first and is then sent the changes. */
export class Subscriber extends Follower {
  /** Number of streams whose connection was lost after their first event. */
  cuts = 0;
  /** Number of events of the present stream. */
  private heard = 0;
  private isOver = false;
  private client: Client | undefined;

  constructor(
    ask: Ask,
    private readonly connect: () => Client,
    /** Notes errors that end a stream; null for a lost connection. */
    private readonly note: (errors: Answer['errors'] | null) => void,
  ) {
    super(ask, 100);
  }

  /** Subscribes until it is told to stop, each time after the last event. */
  async follow(): Promise<void> {
    await this.readToEnd();
    while (!this.isOver) {
      for await (const { cursor, change } of this.events()) {
        if (change) this.replica.apply(change);
        this.cursor = cursor;
      }
      await pause(20 + Math.random() * 60);
    }
  }

  /** Waits until the present stream has sent something, or for some seconds. */
  async hear(): Promise<void> {
    for (let tries = 0; !this.heard && tries < 500; tries += 1) await pause(10);
  }

  /** Stops once so many changes have come, or none for half a minute. */
  async finish(changes: number): Promise<void> {
    await reaches(() => this.replica.seen.length, changes);
    // A duplicate would arrive within this second.
    await pause(1000);
    this.isOver = true;
    this.client?.dispose();
  }

  private async *events(): AsyncGenerator<ChangeEvent> {
    this.client = this.connect();
    const request = { query: changesSubscription, variables: { after: this.cursor } };
    try {
      for await (const { data, errors } of this.client.iterate<{ changeAdded: ChangeEvent }>(request)) {
        if (!data) return void this.note(errors as Answer['errors']);
        this.heard += 1;
        yield data.changeAdded;
      }
    } catch (error) {
      if (this.isOver) return;
      this.note(Array.isArray(error) ? error : null);
      if (this.heard && !Array.isArray(error)) this.cuts += 1;
    } finally {
      this.heard = 0;
      this.client.dispose();
    }
  }
}

/** Waits until a number has grown to another one, or has not grown for half a minute. */
export async function reaches(
  number: () => number,
  wanted: number,
  meanwhile: () => Promise<unknown> = async () => undefined,
): Promise<void> {
  let known = -1;
  for (let quiet = 0; quiet < 60 && number() < wanted; quiet += 1) {
    if (number() > known) quiet = 0;
    known = number();
    await meanwhile();
    await pause(500);
  }
}

/** A sentence for each of these numbers of changes that is not zero. */
export const changesThatAre = (counts: Record<string, number>): string[] =>
  Object.entries(counts).flatMap(([what, count]) => (count ? [`${count} changes ${what}`] : []));

/** Changes that a reader has not read, or has read twice, and what its copy does not share with the table. */
export function faultsOf(
  name: string,
  { replica }: Follower,
  logged: ReadonlySet<string>,
  stored: ReadonlyMap<string, Copied>,
): string[] {
  const { seen, faults, rows } = replica;
  const read = new Set(seen);
  const lost = [...logged].filter((id) => !read.has(id)).length;
  const foreign = [...read].filter((id) => !logged.has(id)).length;
  const counted = changesThatAre({ lost, doubled: seen.length - read.size, 'not in the log': foreign });
  const differs = isDeepStrictEqual(rows, stored) ? [] : ['the copy differs from the table'];
  return [...faults, ...counted, ...differs].map((fault) => `${name}: ${fault}`);
}
