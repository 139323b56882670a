/** A refusal as the server describes it; errors come with status 200, also beside data. */
export interface Refusal {
  message: string;
  /** Path in the answer of the value that is missing. */
  path?: readonly (string | number)[];
  code: string;
  reason?: string;
  /** Quote it in a report. */
  requestId?: string;
  /** With VERSION_CONFLICT: the version that is stored. */
  currentVersion?: number;
  /** With RATE_LIMITED. */
  retryAfterMs?: number;
  /** With BAD_USER_INPUT and NOT_FOUND: which arguments are at fault. */
  fields?: { path: string; code: string; message: string }[];
}

interface GraphQLError {
  message: string;
  path?: readonly (string | number)[];
  extensions?: object;
}

/** Places where Apollo Client and Relay, urql, and graphql-request put the errors of an answer. */
interface ClientError {
  errors?: readonly GraphQLError[];
  graphQLErrors?: readonly GraphQLError[];
  response?: { errors?: readonly GraphQLError[] };
}

/** Refusals in what a client threw or returned; none when the request failed on its way. */
export function refusalsOf(error: unknown): Refusal[] {
  const { errors, graphQLErrors, response } = (error ?? {}) as ClientError;
  return (errors ?? graphQLErrors ?? response?.errors ?? []).map(({ message, path, extensions }) => ({
    code: 'UNKNOWN',
    ...extensions,
    message,
    path,
  }));
}

export const refusalOf = (error: unknown): Refusal | undefined => refusalsOf(error)[0];

/** Codes of refusals that may go away by themselves. */
export const worthRepeating = [
  'RATE_LIMITED',
  'TIMEOUT',
  'OVERLOADED',
  'UNAVAILABLE',
  'SLOW_READER',
  'IDEMPOTENCY_IN_PROGRESS',
];

/** Nothing came back: the request may have been done, and only its answer lost. */
export class Unanswered extends Error {
  override name = 'Unanswered';
}

/** Statuses with which proxies answer when the server behind them does not. */
const proxyFailures = [502, 503, 504];

/** Statuses with which the server refuses a request as a whole: too many of them, no room, or no time. */
const refusedStatuses = [429, 503, 504];

/** `fetch`, whose failures on the network can be told from mistakes in code, which are TypeErrors as well. */
export const fetchAnswer: typeof fetch = async (input, init) => {
  // Throws if the address or a header is wrong.
  const request = new Request(input, init);
  const response = await fetch(request).catch((error: unknown) => {
    // An abort has another name. The error may be that of another frame, and so of another class.
    if ((error as Error | null)?.name !== 'TypeError') throw error;
    throw new Unanswered('The server cannot be reached', { cause: error });
  });
  const isGraphQL = response.headers.get('content-type')?.includes('json');
  // GraphQL clients ignore the errors in the body of any other status.
  if (isGraphQL && refusedStatuses.includes(response.status))
    return new Response(response.body, { headers: response.headers });
  if (isGraphQL || !proxyFailures.includes(response.status)) return response;
  throw new Unanswered(`The server does not answer (HTTP ${response.status})`);
};

/**
 * Asks again while the refusal may go away, since nothing was done; send one root field a document. When no answer
 * came, asks again only if that is idempotent: a query, or a mutation under an `Idempotency-Key` that stays the same.
 */
export async function repeated<Answer>(
  ask: () => Promise<Answer>,
  { isIdempotent = false, tries = 4 } = {},
): Promise<Answer> {
  for (let failed = 1; ; failed++) {
    try {
      return await ask();
    } catch (error) {
      if (failed === tries || !mayGoAway(error, isIdempotent)) throw error;
      const wait = refusalOf(error)?.retryAfterMs ?? 250 * 2 ** failed;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

function mayGoAway(error: unknown, isIdempotent: boolean): boolean {
  const refusals = refusalsOf(error);
  if (refusals.length)
    return refusals.every(({ code }) => worthRepeating.includes(code) || (isIdempotent && code === 'OUTCOME_UNKNOWN'));
  return isIdempotent && isUnanswered(error);
}

/** urql puts what fetch threw into an error of its own. */
const isUnanswered = (error: unknown): boolean =>
  [error, (error as { networkError?: unknown } | null)?.networkError].some((one) => one instanceof Unanswered);
