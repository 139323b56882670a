import { ClientError } from 'graphql-request';
import { Failure } from './command.mjs';

/** By code, whether the same request may be sent again; a code that is not here is final. */
const retries = {
  RATE_LIMITED: 'always',
  TIMEOUT: 'always',
  OVERLOADED: 'always',
  UNAVAILABLE: 'always',
  IDEMPOTENCY_IN_PROGRESS: 'always',
  // The work may have been done.
  OUTCOME_UNKNOWN: 'repeatable',
};

/** Errors of the network before anything was sent. */
const unsent = new Set('ECONNREFUSED ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH UND_ERR_CONNECT_TIMEOUT'.split(' '));

/** Errors of the network on the way; what is in neither list, such as a wrong certificate, does not pass by itself. */
const broken = new Set(
  'ECONNRESET EPIPE ETIMEDOUT UND_ERR_SOCKET UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT'.split(' '),
);

/** A request that was not done, in words that carry nothing of what was sent. */
export class Refused extends Failure {
  constructor(sentence, { code = null, reason = null, retry = retries[code], retryAfter, errors = [], data } = {}) {
    super(sentence);
    Object.assign(this, { code, reason, retry, retryAfter, errors, data });
  }

  get isExpired() {
    return this.code === 'UNAUTHENTICATED' && ['TOKEN_EXPIRED', 'SESSION_ENDED'].includes(this.reason);
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
      return new Refused(`${url} cannot be reached (${code})`, { code: 'UNREACHABLE', retry: 'always' });
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
    return new Refused(`${first.message.replace(/\.$/, '')} (${cause})`, { code, reason, retryAfter, errors, data });
  }
  // A proxy in front may speak for the server; whether it had passed the request on only some statuses tell.
  const retry = { 408: 'always', 429: 'always', 502: 'repeatable', 503: 'always', 504: 'repeatable' }[status];
  const hint = retry ? 'the server behind it may be down' : 'check CRM_URL';
  return new Refused(`${url} answered with HTTP ${status}, but not as a GraphQL server; ${hint}`, {
    retry,
    retryAfter,
  });
}
