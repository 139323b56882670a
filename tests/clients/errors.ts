/** What the server says about something that it refused; errors come with status 200, also beside data. */
export interface Refusal {
  message: string;
  /** Where in the answer the value is missing. */
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
export const worthRepeating = ['RATE_LIMITED', 'TIMEOUT', 'IDEMPOTENCY_IN_PROGRESS'];

/**
 * Asks again while the refusal may go away, or the network failed. Mutations need an `Idempotency-Key` that stays the
 * same, since the first one may have done its work and lost only its answer.
 */
export async function repeated<Answer>(ask: () => Promise<Answer>, tries = 4): Promise<Answer> {
  for (let failed = 1; ; failed++) {
    try {
      return await ask();
    } catch (error) {
      const refusal = refusalOf(error);
      if (failed === tries || (refusal && !worthRepeating.includes(refusal.code))) throw error;
      const wait = refusal?.retryAfterMs ?? 250 * 2 ** failed;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
