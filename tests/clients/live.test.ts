import { ApolloClient, ApolloLink, InMemoryCache } from '@apollo/client';
import { beforeAll, expect, test } from '@jest/globals';
import { Client } from '@urql/core';
import { parse } from 'graphql';
import { newCustomer } from '../support/customers.js';
import { databaseProxy } from '../support/database-proxy.js';
import { eventually } from '../support/eventually.js';
import { frontProxy } from '../support/front-proxy.js';
import { walk } from '../support/log.js';
import { origin } from '../support/server.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';
import { apolloLink, type Event, followOverSse, query, urqlExchange, webSocketClient } from './live.js';

let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

const hasBegun = (events: Event[]) => events.some(({ change }) => change === null);

const changesOf = (events: Event[]) => events.flatMap(({ change }) => (change ? [change.recordId] : []));

test('Apollo Client follows changes over a WebSocket', async () => {
  const socket = webSocketClient(`${origin}/graphql`, () => tenant.owner.token);
  const client = new ApolloClient({ link: apolloLink(socket, ApolloLink.empty()), cache: new InMemoryCache() });
  const events: Event[] = [];
  const following = client.subscribe({ query: parse(query) }).subscribe(({ data }) => {
    events.push((data as { changeAdded: Event }).changeAdded);
  });
  await eventually(() => hasBegun(events));
  const { id } = await newCustomer(tenant.owner);
  await eventually(() => expect(changesOf(events)).toEqual([id]));
  following.unsubscribe();
  await socket.dispose();
});

test('urql follows changes over a WebSocket', async () => {
  const socket = webSocketClient(`${origin}/graphql`, () => tenant.owner.token);
  const client = new Client({ url: `${origin}/graphql`, exchanges: [urqlExchange(socket)] });
  const events: Event[] = [];
  const following = client.subscription(query, {}).subscribe(({ data }) => events.push(data.changeAdded));
  await eventually(() => hasBegun(events));
  const { id } = await newCustomer(tenant.owner);
  await eventually(() => expect(changesOf(events)).toEqual([id]));
  following.unsubscribe();
  await socket.dispose();
});

// Changes of different records that commit at the same time have no order, so the tests compare what has come.

interface Cutting {
  /** Makes the connections worse before each cut. */
  hinder: (cut: number) => void;
  cut: () => void;
  recover: () => void;
}

/** Cuts the connections of a subscriber in the midst of changes, and compares what it got with the feed. */
async function cutAndCompare(owner: Person, events: Event[], cuts: number, proxy: Cutting): Promise<void> {
  await eventually(() => hasBegun(events));
  const begun = events[0]!.cursor;
  for (let cut = 0; cut < cuts; cut += 1) {
    proxy.hinder(cut);
    await Promise.all([newCustomer(owner), newCustomer(owner)]);
    proxy.cut();
    await newCustomer(owner);
    proxy.recover();
    const seen = events.length;
    await eventually(() => events.length > seen);
  }
  const { changes } = await walk(owner, { after: begun, filter: { recordType: { eq: 'CUSTOMER' } } });
  await eventually(() => expect(changesOf(events).sort()).toEqual(changes.map(({ recordId }) => recordId).sort()));
  expect(changes).toHaveLength(3 * cuts);
}

type Begin = (after: string | undefined, onEvent: (event: Event) => void, onEnd: () => void) => () => void;

/** Subscribes again after the last event whenever the subscription ends. Returns a function that stops. */
function resuming(begin: Begin, events: Event[]): () => void {
  let stop = () => {};
  let isStopped = false;
  const start = () => {
    if (isStopped) return;
    let hasEnded = false;
    stop = begin(
      events.at(-1)?.cursor,
      (event) => events.push(event),
      () => {
        if (!hasEnded) setTimeout(start, 100);
        hasEnded = true;
      },
    );
  };
  start();
  return () => {
    isStopped = true;
    stop();
  };
}

test.each<[string, (url: string) => Begin]>([
  [
    'Apollo Client',
    (url) => {
      const socket = webSocketClient(url, () => tenant.owner.token);
      const client = new ApolloClient({ link: apolloLink(socket, ApolloLink.empty()), cache: new InMemoryCache() });
      return (after, onEvent, onEnd) => {
        const following = client.subscribe({ query: parse(query), variables: { after } }).subscribe({
          next: ({ data }) => (data ? onEvent((data as { changeAdded: Event }).changeAdded) : onEnd()),
          error: onEnd,
          complete: onEnd,
        });
        return () => following.unsubscribe();
      };
    },
  ],
  [
    'urql',
    (url) => {
      const socket = webSocketClient(url, () => tenant.owner.token);
      const client = new Client({ url, exchanges: [urqlExchange(socket)] });
      return (after, onEvent, onEnd) => {
        const following = client
          .subscription(query, { after })
          .subscribe(({ data, error }) => (error ? onEnd() : onEvent(data.changeAdded)));
        return () => following.unsubscribe();
      };
    },
  ],
])('%s misses nothing and repeats nothing behind a proxy that cuts and buffers', async (_client, beginning) => {
  const { owner } = tenant;
  const proxy = await frontProxy(origin);
  const events: Event[] = [];
  const stop = resuming(beginning(`${proxy.origin}/graphql`), events);
  await cutAndCompare(owner, events, 6, { ...proxy, hinder: (cut) => proxy.buffer(cut % 2 ? 200 : 0) });
  stop();
  proxy.close();
});

test('over cut connections nothing is lost or doubled', async () => {
  const cuts = process.env.TEST_LONG ? 1000 : 15;
  const { owner } = await newTenant();
  const { hostname, port } = new URL(origin);
  const proxy = await databaseProxy(`http://u:p@${hostname}:${port}/graphql`);
  const url = `http://127.0.0.1:${new URL(proxy.databaseUrl).port}/graphql`;
  const stopped = new AbortController();
  const events: Event[] = [];
  const following = followOverSse(
    url,
    () => owner.token,
    (event) => events.push(event),
    stopped.signal,
  );
  await cutAndCompare(owner, events, cuts, { ...proxy, hinder: (cut) => proxy.delay(cut % 3 ? 0 : 20) });
  stopped.abort();
  await following;
  proxy.close();
}, 3_600_000);
