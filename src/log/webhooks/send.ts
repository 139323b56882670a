import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { AddressRefused, isAllowed, lookupAllowed, type Networks } from '../../platform/outgoing-addresses.js';

/** Milliseconds for a request with its answer. */
const timeout = 10_000;

/** Bytes of an answer that are read. */
const mostRead = 64 * 1024;

/** Bytes of an answer that are kept. */
const mostKept = 1024;

export interface SendingRules {
  /** Networks to which requests may go although they are not public. */
  networks: Networks;
  httpsOnly: boolean;
}

/** A try and its outcome. */
export interface Attempt {
  triedAt: Date;
  durationMs: number;
  /** Null without an answer. */
  httpStatus: number | null;
  answer: string | null;
  /** Null if the receiver accepted the message. */
  fault: string | null;
}

/** Sends messages to one address. Its connections serve one message after the other, until `close`. */
export class Sender {
  private readonly agent: http.Agent;

  constructor(
    private readonly url: URL,
    private readonly rules: SendingRules,
  ) {
    const options = { keepAlive: true, lookup: lookupAllowed(rules.networks) } as http.AgentOptions;
    this.agent = url.protocol === 'https:' ? new https.Agent(options) : new http.Agent(options);
  }

  close(): void {
    this.agent.destroy();
  }

  /** Posts a message. Follows no redirect, and reads only the beginning of the answer. Never rejects. */
  async send(body: string, headers: Record<string, string>): Promise<Attempt> {
    const triedAt = new Date();
    const began = performance.now();
    const attempt = (outcome: Pick<Attempt, 'httpStatus' | 'answer' | 'fault'>): Attempt => ({
      triedAt,
      durationMs: Math.round(performance.now() - began),
      ...outcome,
    });
    const signal = AbortSignal.timeout(timeout);
    let httpStatus: number | null = null;
    try {
      this.demandAllowed();
      const answer = await this.answerTo(body, headers, signal);
      httpStatus = answer.statusCode!;
      const text = await beginningOf(answer);
      return attempt({ httpStatus, answer: text, fault: faultOf(httpStatus) });
    } catch (error) {
      return attempt({ httpStatus, answer: null, fault: signal.aborted ? tooLong : reasonOf(error) });
    }
  }

  /** Addresses in the URL itself are not looked up. */
  private demandAllowed(): void {
    const { protocol, hostname } = this.url;
    if (this.rules.httpsOnly && protocol !== 'https:') throw new Error('The address is not https');
    const host = hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) && !isAllowed(host, this.rules.networks)) throw new AddressRefused();
  }

  private async answerTo(body: string, headers: Record<string, string>, signal: AbortSignal): Promise<IncomingMessage> {
    for (;;) {
      const { request } = this.url.protocol === 'https:' ? https : http;
      const sent = request(this.url, {
        method: 'POST',
        agent: this.agent,
        signal,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'too-good-crm-webhooks',
          ...headers,
        },
      });
      // Once the answer has begun, its reader learns of errors.
      sent.on('error', () => undefined);
      sent.end(body);
      try {
        const [answer] = await Promise.race([once(sent, 'response', { signal }), unanswered(sent, signal)]);
        return answer as IncomingMessage;
      } catch (error) {
        // The receiver has closed a connection that was kept after an earlier message.
        if (!(sent.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET')) throw error;
      }
    }
  }
}

/** Rejects when a request closes without a final answer or an error, as after 101 Switching Protocols. */
async function unanswered(sent: http.ClientRequest, signal: AbortSignal): Promise<never> {
  await once(sent, 'close', { signal });
  throw new Error('The connection closed before a final answer; the receiver must not switch protocols');
}

/** The beginning of an answer as text. The rest is not read. */
async function beginningOf(answer: IncomingMessage): Promise<string> {
  let kept = Buffer.alloc(0);
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (kept.length < mostKept) kept = Buffer.concat([kept, chunk]).subarray(0, mostKept);
    size += chunk.length;
    if (size >= mostRead) break;
  }
  // PostgreSQL stores no null characters.
  return kept.toString().replaceAll('\0', '\u{FFFD}');
}

const tooLong = `The receiver took longer than ${timeout / 1000} s`;

function faultOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return 'The receiver redirects, which webhooks do not follow';
  return `The receiver answered ${status}`;
}

function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return (message || code || 'The receiver cannot be reached').slice(0, 300);
}
