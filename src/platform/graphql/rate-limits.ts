import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Rates } from '../config.js';
import { RateLimited } from '../errors.js';

/** Takes headers of an answer. */
export interface AnswerHeaders {
  header(name: string, value: string): unknown;
  getHeader(name: string): number | string | string[] | undefined;
}

/** Seconds. */
const [minute, hour] = [60, 3600];

/**
 * Limits how often a caller may do something within some time, and tells each caller what is left: in
 * `RateLimit-Policy` and `RateLimit` as the IETF's draft-ietf-httpapi-ratelimit-headers-10 defines them.
 */
class RateLimit {
  private readonly limiter: RateLimiterMemory;
  private readonly policy: string;

  constructor(
    private readonly name: string,
    points: number,
    seconds = minute,
  ) {
    this.limiter = new RateLimiterMemory({ keyPrefix: '', points, duration: seconds });
    this.policy = `"${name}";q=${points};w=${seconds}`;
  }

  /** Throws RATE_LIMITED if the key has done it too often. */
  async count(key: string, answer: AnswerHeaders): Promise<void> {
    try {
      this.tell(await this.limiter.consume(key), answer);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      this.tell(refusal, answer);
      throw new RateLimited('TOO_MANY_REQUESTS', refusal.msBeforeNext);
    }
  }

  private tell({ remainingPoints, msBeforeNext }: RateLimiterRes, answer: AnswerHeaders): void {
    append(answer, 'ratelimit-policy', this.policy);
    append(answer, 'ratelimit', `"${this.name}";r=${remainingPoints};t=${Math.ceil(msBeforeNext / 1000)}`);
  }
}

function append(answer: AnswerHeaders, name: string, value: string): void {
  const told = answer.getHeader(name);
  answer.header(name, told ? `${told}, ${value}` : value);
}

/** The rate limits of the server, each counted in this process. */
export class RateLimits {
  /** By session. */
  readonly requests: RateLimit;
  /** By API key. */
  readonly apiKeys: RateLimit;
  /** By address, as all others: requests without a valid access token or API key. */
  readonly anonymous: RateLimit;
  readonly signIns: RateLimit;
  readonly registrations: RateLimit;
  readonly refreshes: RateLimit;
  readonly passwordResets: RateLimit;

  constructor(rates: Rates) {
    this.requests = new RateLimit('requests', rates.requests);
    this.apiKeys = new RateLimit('api-key-requests', rates.apiKeys);
    this.anonymous = new RateLimit('anonymous', rates.anonymous);
    this.signIns = new RateLimit('sign-ins', rates.signIns);
    this.registrations = new RateLimit('registrations', rates.registrations);
    this.refreshes = new RateLimit('refreshes', rates.refreshes);
    this.passwordResets = new RateLimit('password-resets', rates.passwordResets, hour);
  }
}
