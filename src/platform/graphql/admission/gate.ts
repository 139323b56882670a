import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Viewers } from '../../auth/identify.js';
import type { Tokens } from '../../auth/tokens.js';
import { addressKey } from '../../http/address.js';
import type { AnswerHeaders, RateLimits } from '../rate-limits.js';
import type { Admission } from './admission.js';
import { type Leave, overloaded } from './lane.js';
import { type Party, strangers } from './turns.js';

interface Services {
  admission: Admission;
  rateLimits: RateLimits;
  tokens: Tokens;
  viewers: Viewers;
}

interface KnownCaller {
  /** Of the session or the API key. */
  id: string;
  organization: string;
  isApiKey: boolean;
}

interface Counted {
  headers: IncomingHttpHeaders;
  ip: string;
}

/** Bodies from this size have turns, since each takes a multiple of its size and long steps while it is worked on. */
export const bigBytes = 256 * 1024;

/**
 * Decides before a body is read whether there is a chance that the request will be admitted. It knows the caller only
 * if the server has seen the token before. A big body has one place while it arrives, and another one from there on, so
 * that a slow client keeps no other from being served.
 */
export class Gate {
  /** The requests with a big body, and the places that they hold. */
  private readonly places = new WeakMap<FastifyRequest, { party: Party; leave: Leave }>();

  constructor(private readonly services: Services) {}

  /** Throws RATE_LIMITED or OVERLOADED; waits until a big body may arrive. */
  async enter(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { admission } = this.services;
    const { ip } = request;
    const caller = await this.count(request, reply);
    const isBig = hasBigBody(request);
    // A small request without a known token may be a sign-in, whose place is reserved.
    if (!caller && !isBig) return;
    const party = caller ? { organization: caller.organization, caller: caller.id } : strangers(ip);
    const refusal = admission.work.refusal(party);
    if (refusal) throw refusal;
    if (!isBig) return;
    const hopeless = admission.isLate ? overloaded() : admission.bodies.refusal(party);
    if (hopeless) throw hopeless;
    await this.waitToRead(request, reply, party);
  }

  /** Counts a request for its caller or address, and returns the caller. Throws RATE_LIMITED. */
  async count({ headers, ip }: Counted, answer: AnswerHeaders): Promise<KnownCaller | null> {
    const { rateLimits } = this.services;
    const caller = this.knownCaller(headers);
    if (caller) await rateLimits[caller.isApiKey ? 'apiKeys' : 'requests'].count(caller.id, answer);
    else await rateLimits.anonymous.count(addressKey(ip), answer);
    return caller;
  }

  /** Parses a body that has arrived, a big one at its turn. Throws OVERLOADED if the turn takes too long to come. */
  async parse<Body>(request: FastifyRequest, bytes: Buffer, parsed: () => Promise<Body>): Promise<Body> {
    const place = this.places.get(request);
    if (!place) return parsed();
    this.leave(request);
    if (bytes.length <= bigBytes) return parsed();
    const { party } = place;
    this.places.set(request, { party, leave: await this.services.admission.bodies.enter(party) });
    try {
      return await parsed();
    } catch (error) {
      this.leave(request);
      throw error;
    }
  }

  /** Runs the handler; afterwards the place of a big body is free. */
  async run<Result>(request: FastifyRequest, handler: () => Promise<Result>): Promise<Result> {
    const place = this.places.get(request);
    if (!place) return handler();
    // A client that goes away leaves its work running.
    this.places.delete(request);
    try {
      return await handler();
    } finally {
      place.leave();
    }
  }

  private leave(request: FastifyRequest): void {
    this.places.get(request)?.leave();
    this.places.delete(request);
  }

  /** Null unless the server has seen the token, or looked up the API key, before. */
  private knownCaller(headers: IncomingHttpHeaders): KnownCaller | null {
    const { tokens, viewers } = this.services;
    const credentials = tokens.known(headers.authorization);
    const id = credentials && viewers.knownCallerId(credentials);
    if (!id) return null;
    const header = headers['x-organization-id']?.toString();
    const organization = viewers.lastOrganization(credentials, header) ?? id;
    return { id, organization, isApiKey: 'secretHash' in credentials };
  }

  private async waitToRead(request: FastifyRequest, reply: FastifyReply, party: Party): Promise<void> {
    const leave = await this.services.admission.uploads.enter(party);
    if (reply.raw.closed) return leave();
    this.places.set(request, { party, leave });
    // The client may go away while it sends, or its body may be refused: then no handler runs.
    reply.raw.once('close', () => this.leave(request));
  }
}

/** Whether the body is big or of unknown size. */
function hasBigBody({ headers }: FastifyRequest): boolean {
  if (headers['transfer-encoding'] || headers['content-encoding']) return true;
  return Number(headers['content-length'] ?? 0) > bigBytes;
}
