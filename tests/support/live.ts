import { createClient } from 'graphql-sse';
import { origin } from './server.js';

/** A change as the tests ask for it. */
export interface SeenChange {
  id: string;
  recordType: string;
  recordId: string;
  action: string;
}

export interface LiveEvent<Seen = SeenChange> {
  cursor: string;
  change: Seen | null;
}

export interface LiveOptions {
  /** The selection of a change. */
  fields?: string;
  filter?: object;
  after?: string | null;
  headers?: Record<string, string>;
  server?: string;
}

export interface Live<Seen = SeenChange> {
  /** Resolves once the server sends whatever happens from now on. */
  begun: Promise<LiveEvent<Seen>>;
  /** The next event, heartbeats included. Rejects with the extensions of the error that ends the stream. */
  event: () => Promise<LiveEvent<Seen>>;
  /** The next changes, heartbeats left out. */
  changes: (count: number) => Promise<Seen[]>;
  /** The extensions of the error that ends the stream, whatever comes before. */
  ending: () => Promise<Record<string, unknown>>;
  cursor: () => string;
  close: () => void;
}

const plain = 'id recordType recordId action';

export const documentOf = (fields = plain): string => `
  subscription ($after: String, $filter: ChangeFilter) {
    changeAdded(after: $after, filter: $filter) { cursor change { ${fields} } }
  }`;

/** Subscribes over Server-Sent Events with the client of graphql-sse, and never a second time. */
export function listen<Seen = SeenChange>(
  { token }: { token: string },
  { fields, filter, after, headers, server = origin }: LiveOptions = {},
): Live<Seen> {
  const client = createClient({
    url: `${server}/graphql`,
    headers: { authorization: `Bearer ${token}`, ...headers },
    retryAttempts: 0,
  });
  const results = client.iterate<{ changeAdded: LiveEvent<Seen> }>({
    query: documentOf(fields),
    variables: { after, filter },
  });
  return liveOf(results, () => client.dispose());
}

interface Result<Data> {
  data?: Data | null;
  errors?: readonly { extensions?: object }[];
}

class Ended extends Error {
  constructor(readonly extensions: Record<string, unknown>) {
    super(JSON.stringify(extensions));
  }
}

/** A subscription of any client. */
export function liveOf<Seen>(
  results: AsyncIterator<Result<{ changeAdded: LiveEvent<Seen> }>>,
  dispose: () => void,
): Live<Seen> {
  let cursor = '';
  const event = async (): Promise<LiveEvent<Seen>> => {
    const { value, done } = await results.next();
    if (done) throw new Ended({ code: 'COMPLETE' });
    if (value.errors) throw new Ended({ ...value.errors[0]!.extensions });
    cursor = value.data!.changeAdded.cursor;
    return value.data!.changeAdded;
  };
  const begun = event();
  begun.catch(() => undefined);
  return {
    begun,
    event,
    async changes(count) {
      await begun;
      const seen: Seen[] = [];
      while (seen.length < count) {
        const { change } = await event();
        if (change) seen.push(change);
      }
      return seen;
    },
    async ending() {
      try {
        await begun;
        for (;;) await event();
      } catch (error) {
        if (error instanceof Ended) return error.extensions;
        throw error;
      }
    },
    cursor: () => cursor,
    close: dispose,
  };
}
