import { setTimeout as pause } from 'node:timers/promises';
import { ApolloLink } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { subscriptionExchange } from '@urql/core';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient, type Client as WsClient } from 'graphql-ws';

export interface Event {
  cursor: string;
  change: { id: string; action: string; recordId: string } | null;
}

interface Followed {
  changeAdded: Event;
}

type Handle = (event: Event) => unknown;

export const query = `
  subscription ($after: String) {
    changeAdded(after: $after, filter: { recordType: { eq: CUSTOMER } }) {
      cursor
      change { id action recordId }
    }
  }`;

export async function followOverSse(url: string, token: () => string, handle: Handle, stopped: AbortSignal) {
  let after: string | undefined;
  while (!stopped.aborted) {
    const client = createSseClient({ url, headers: () => ({ authorization: `Bearer ${token()}` }), retryAttempts: 0 });
    const stop = () => client.dispose();
    stopped.addEventListener('abort', stop);
    try {
      for await (const { data, errors } of client.iterate<Followed>({ query, variables: { after } })) {
        if (!data) throw new Error(String(errors?.[0]?.extensions?.code));
        await handle(data.changeAdded);
        after = data.changeAdded.cursor;
      }
    } catch {
      // The next turn goes on after the last cursor.
      await pause(500 * Math.random());
    }
    stopped.removeEventListener('abort', stop);
  }
}

export const webSocketClient = (url: string, token: () => string) =>
  createWsClient({
    url: url.replace('http', 'ws'),
    connectionParams: () => ({ authorization: `Bearer ${token()}` }),
    retryAttempts: 0,
  });

export const apolloLink = (client: WsClient, others: ApolloLink) =>
  ApolloLink.split(({ operationType }) => operationType === 'subscription', new GraphQLWsLink(client), others);

export const urqlExchange = (client: WsClient) =>
  subscriptionExchange({
    forwardSubscription: ({ query, variables }) => ({
      subscribe: (sink) => ({ unsubscribe: client.subscribe({ query: query!, variables }, sink) }),
    }),
  });
