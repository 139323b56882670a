import { type ClientError, gql } from 'graphql-request';
import type { Fields, Sender } from './customers.js';
import { client } from './server.js';
import type { Person } from './tenant.js';

interface FieldChange {
  name: string;
  before: unknown;
  after: unknown;
}

export interface Change {
  id: string;
  recordType: string;
  recordId: string;
  action: 'CREATED' | 'UPDATED' | 'DELETED' | 'ERASED';
  version: number | null;
  fields: FieldChange[];
}

export interface FeedPage {
  nodes: Change[];
  edges: { cursor: string; node: { id: string } }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string };
}

export interface FeedArguments {
  first?: number;
  after?: string | null;
  filter?: Fields;
}

const changeFields = 'id recordType recordId action version fields { name before after }';

const Feed = gql`
  query ($first: Int! = 100, $after: String, $filter: ChangeFilter) {
    changes(first: $first, after: $after, filter: $filter) {
      nodes { ${changeFields} }
      edges { cursor node { id } }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
`;

/** A page of the feed. */
export const feed = async (sender: Sender, args: FeedArguments = {}): Promise<FeedPage> =>
  (await sender.request<{ changes: FeedPage }>(Feed, args)).changes;

export interface Walk {
  changes: Change[];
  pages: FeedPage[];
  /** The cursor after which a reader goes on later. */
  cursor: string;
}

/** Reads the feed to its end. */
export async function walk(sender: Sender, { after, ...args }: FeedArguments = {}): Promise<Walk> {
  const pages: FeedPage[] = [];
  for (let cursor = after ?? null; ; ) {
    const page = await feed(sender, { ...args, after: cursor });
    pages.push(page);
    cursor = page.pageInfo.endCursor;
    if (!page.pageInfo.hasNextPage) return { changes: pages.flatMap(({ nodes }) => nodes), pages, cursor };
  }
}

export const changeIds = ({ changes }: Walk): string[] => changes.map(({ id }) => id);

export const ofCustomers = { recordType: { eq: 'CUSTOMER' } };

/** The changes of a record in its `history`, newest first. */
export async function historyOf(sender: Sender, field: string, id: string): Promise<Change[] | null> {
  const answer = await sender.request<Record<string, { history: { nodes: Change[] } } | null>>(
    gql`query ($id: ID!) { ${field}(id: $id) { history(first: 100) { nodes { ${changeFields} } } } }`,
    { id },
  );
  return answer[field]?.history.nodes ?? null;
}

export interface Told {
  changeSetId?: string;
  requestId: string | null;
  errors: { extensions: { code: string; reason?: string } }[];
}

interface Answered extends Partial<Pick<Told, 'errors'>> {
  extensions?: { changeSetId?: string };
  headers: Headers;
}

/** The answer's facts about the change set of its document, also if fields of that failed. */
export async function told(
  { token }: Pick<Person, 'token'>,
  query: string,
  variables: Fields = {},
  headers: Record<string, string> = {},
): Promise<Told> {
  const sender = client({ token });
  const sent: Promise<unknown> = sender.rawRequest(query, variables, headers);
  const answer = (await sent.catch((error: ClientError) => error.response)) as Answered;
  const { changeSetId } = answer.extensions ?? {};
  return { changeSetId, requestId: answer.headers.get('x-request-id'), errors: answer.errors ?? [] };
}
