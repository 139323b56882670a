import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { CodedError } from '../errors.js';

/** Limits of a request's size; a compressed body counts by its decompressed size. */
export const sizes = { bodyBytes: 4 * 1024 * 1024, headerBytes: 16 * 1024 } as const;

/** A request that is refused before it reaches GraphQL. */
export class HttpFailure extends Error {
  constructor(
    readonly statusCode: number,
    message = '',
  ) {
    super(message);
  }
}

/** The error codes that HTTP failures use. `schema/error-codes.ts`, which builds on this room, describes them. */
export type HttpErrorCode =
  | 'UNAUTHENTICATED'
  | 'BAD_USER_INPUT'
  | 'TIMEOUT'
  | 'QUERY_TOO_COMPLEX'
  | 'INTERNAL_SERVER_ERROR';

/** Code and message for a status; other statuses use the message of their error. */
const meanings: Record<number, { code: HttpErrorCode; text: string }> = {
  401: { code: 'UNAUTHENTICATED', text: 'Send the token of METRICS_TOKEN as `Authorization: Bearer …`' },
  406: { code: 'BAD_USER_INPUT', text: 'Accept application/json or application/graphql-response+json' },
  408: { code: 'TIMEOUT', text: 'The request took too long to arrive; send it again' },
  413: { code: 'QUERY_TOO_COMPLEX', text: `The body may have at most ${sizes.bodyBytes} bytes; send it in parts` },
  415: {
    code: 'BAD_USER_INPUT',
    text: 'Send the operation as application/json in UTF-8, as it is or compressed with gzip, br or deflate',
  },
  431: { code: 'QUERY_TOO_COMPLEX', text: `The headers and the URL may have at most ${sizes.headerBytes} bytes` },
};

const statuses: Record<string, number> = {
  RATE_LIMITED: 429,
  INTERNAL_SERVER_ERROR: 500,
  OVERLOADED: 503,
  UNAVAILABLE: 503,
  TIMEOUT: 504,
};

/** The HTTP status of a request that is refused as a whole with this code. */
export const statusOfCode = (code: unknown): number => statuses[String(code)] ?? 400;

/** The HTTP status for an error. */
export const statusOf = (error: Error & { statusCode?: number }): number =>
  error instanceof CodedError ? statusOfCode(error.extensions.code) : (error.statusCode ?? 500);

/** Seconds for the header Retry-After; undefined if none of the errors says when to come back. */
export function retryAfter(
  errors: readonly { extensions?: Record<string, unknown> | undefined }[],
): number | undefined {
  const wait = Math.max(0, ...errors.map(({ extensions }) => Number(extensions?.retryAfterMs ?? 0)));
  return wait ? Math.ceil(wait / 1000) : undefined;
}

/** The body for a failed request, in GraphQL's format. */
export function failure(requestId: string, error: Error & { statusCode?: number }): object {
  const bodyWith = (message: string, extensions: object) => ({
    errors: [{ message, extensions: { ...extensions, requestId } }],
  });
  if (error instanceof CodedError) return bodyWith(error.message, error.extensions);
  const status = statusOf(error);
  if (status >= 500)
    return bodyWith('Something went wrong on our side; report it with the request id', {
      code: 'INTERNAL_SERVER_ERROR' satisfies HttpErrorCode,
    });
  const { code, text } = meanings[status] ?? { code: 'BAD_USER_INPUT', text: error.message };
  return bodyWith(text, { code });
}

const statusOfConnection: Record<string, number> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 };

/** Answers a malformed request and closes the connection. Returns the request's id, unless the client is gone. */
export function answerBrokenRequest(
  { code = '' }: NodeJS.ErrnoException,
  socket: Socket,
  headers: Record<string, string>,
): string | undefined {
  if (!socket.writable) {
    socket.destroy();
    return undefined;
  }
  const requestId = randomUUID();
  const status = statusOfConnection[code] ?? 400;
  const body = JSON.stringify(failure(requestId, new HttpFailure(status, 'The request is not well-formed HTTP')));
  const lines = Object.entries({
    ...headers,
    'x-request-id': requestId,
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  socket.destroySoon();
  return requestId;
}
