import type { LoggedOperation } from '../http/logs.js';
import type { AnswerHeaders } from './rate-limits.js';
import type { Stream } from './streams/stream.js';

/** Apollo copies the context of a request, so the context itself cannot take its stream. */
export interface Opened {
  stream: Stream | null;
  /** Whether it takes nothing but streams. */
  isForStreamsOnly: boolean;
}

export interface RequestFacts {
  requestId: string;
  address: string;
  userAgent: string | null;
  authorization: string | undefined;
  organizationHeader: string | undefined;
  dryRunHeader: string | undefined;
  idempotencyKey: string | undefined;
  /** How far the caller has written, as answers told. */
  readAfter: string | undefined;
  /** Takes headers of the answer. */
  reply: AnswerHeaders;
  /** Facts that the log tells about the request. */
  logged: LoggedOperation;
  /** Takes the stream that is the answer; null if the answer cannot be one. */
  opened: Opened | null;
  /** The cursor of the last event that the caller has seen of this stream. */
  lastEventId: string | undefined;
}

/** For answers to events, which belong to no request. */
export const noRequest: RequestFacts = {
  requestId: '',
  address: '',
  userAgent: null,
  authorization: undefined,
  organizationHeader: undefined,
  dryRunHeader: undefined,
  idempotencyKey: undefined,
  readAfter: undefined,
  reply: { header: () => undefined, getHeader: () => undefined },
  logged: {},
  opened: null,
  lastEventId: undefined,
};
