import { ClientError } from 'graphql-request';
import { Failure } from './command.mjs';

/** Codes of the server after which the same request may be sent again; every other one is final. */
const retryable = ['RATE_LIMITED', 'TIMEOUT', 'OVERLOADED', 'UNAVAILABLE', 'SLOW_READER', 'IDEMPOTENCY_IN_PROGRESS'];

/** Reasons of UNAUTHENTICATED after which another token helps; the others tell of the password or of no token. */
const renewable = ['TOKEN_EXPIRED', 'TOKEN_INVALID', 'SESSION_ENDED'];

/** Errors of the network before anything was sent. */
const unsent = new Set('ECONNREFUSED ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH UND_ERR_CONNECT_TIMEOUT'.split(' '));

/** Errors of the network on the way; what is in neither list, such as a wrong certificate, does not pass by itself. */
const broken = new Set(
  'ECONNRESET EPIPE ETIMEDOUT UND_ERR_SOCKET UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT'.split(' '),
);

/**
 * A request that was not done, in words that carry nothing of what was sent. `retry` is 'always' where the same request
 * may be sent again, and 'repeatable' where it may have been done, so that only one that does no harm twice may.
 */
export class Refused extends Failure {
  constructor(
    sentence,
    { code = null, reason = null, retry, retryAfter, errors = [], data, isUnreached = false } = {},
  ) {
    super(sentence);
    Object.assign(this, { code, reason, retryAfter, errors, data, isUnreached });
    this.retry = retryable.includes(code) ? 'always' : retry;
  }

  get needsToken() {
    return this.code === 'UNAUTHENTICATED' && renewable.includes(this.reason);
  }
}

/** An error of graphql-request, whose own message holds the whole request, or of fetch, as a refusal. */
export function refusalOf(error, address) {
  // Behind a question mark there may be a key.
  const [url] = address.split('?');
  if (error instanceof ClientError) return refusalIn(error.response, url);
  if (error.name === 'TimeoutError') return new Refused(`${url} did not answer in time`, { retry: 'repeatable' });
  // fetch says no more than that it failed; the cause knows why.
  if (error instanceof TypeError && error.cause) {
    const { code, message } = error.cause;
    if (unsent.has(code))
      return new Refused(`${url} cannot be reached (${code})`, { retry: 'always', isUnreached: true });
    return new Refused(`${url} broke off (${code ?? message})`, { retry: broken.has(code) && 'repeatable' });
  }
  return new Refused(`${url} answered, but not as a GraphQL server; check CRM_URL`);
}

function refusalIn({ status, headers, errors, data }, url) {
  const header = Number(headers?.get('retry-after') ?? Number.NaN) * 1000;
  const [first] = errors ?? [];
  const { code, reason, retryAfterMs } = first?.extensions ?? {};
  const retryAfter = retryAfterMs ?? (Number.isNaN(header) ? undefined : header);
  if (code) {
    const cause = [code, reason, status === 404 && 'check CRM_URL'].filter(Boolean).join(', ');
    const retry = code === 'OUTCOME_UNKNOWN' ? 'repeatable' : undefined;
    const facts = { code, reason, retry, retryAfter, errors, data };
    return new Refused(`${first.message.replace(/\.$/, '')} (${cause})`, facts);
  }
  // A proxy in front may speak for the server; whether it had passed the request on only some statuses tell.
  const retry = { 408: 'always', 429: 'always', 502: 'repeatable', 503: 'always', 504: 'repeatable' }[status];
  const hint = retry ? 'the server behind it may be down' : 'check CRM_URL';
  return new Refused(`${url} answered with HTTP ${status}, but not as a GraphQL server; ${hint}`, {
    retry,
    retryAfter,
  });
}
