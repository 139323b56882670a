import { randomUUID } from 'node:crypto';
import type { ExecutionResult, FormattedExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';
import { CodedError } from '../../errors.js';
import { statusOfCode } from '../../http/failures.js';
import { maskError } from '../errors.js';
import type { Report } from '../report.js';
import { type Answer, type Portion, StreamEnded, type StreamEvent } from './events.js';
import type { Subscriber } from './subscriber.js';

/** Executes an operation for events, whose values take the place of its root field's, as the portion tells. */
type AnswerEvents = (
  events: readonly StreamEvent[],
  portion: Pick<Portion, 'viewer' | 'isShared'>,
) => Promise<ExecutionResult[]>;

/** An operation of subscribers. */
export interface Operation {
  /** Of the document, and of the variables that its answers depend on. */
  key: string;
  answer: AnswerEvents;
  /** Events that may be answered at a time; together they cost no more than a query may. */
  most: number;
}

/** Characters of answers that wait until the client takes them, unless a single one is longer. */
const waitingLength = 200_000;

/** Events that are answered before it is known how long their answers are. */
const firstEvents = 10;

/** A subscription that is open: the answers to its events until it ends. */
export class Stream implements AsyncIterable<Answer> {
  /** Events that are answered at a time. */
  private atOnce = firstEvents;

  constructor(
    readonly subscriber: Subscriber,
    private readonly portions: AsyncIterable<Portion>,
    private readonly operation: Operation,
    private readonly report: Report,
    private readonly onSent: () => void,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Answer> {
    const { subscriber } = this;
    try {
      for await (const portion of this.portions) {
        for await (const answer of this.answersOf(portion)) {
          if (subscriber.hasEnded) break;
          if (answer.failure) subscriber.end(answer.failure);
          else {
            this.onSent();
            yield answer;
          }
        }
        if (subscriber.hasEnded) break;
      }
    } catch (error) {
      if (!(error instanceof StreamEnded)) subscriber.end(this.reasonOf(error));
    }
    subscriber.end(null);
    if (subscriber.reason) yield lastAnswer(subscriber.reason);
  }

  /** An error as the last event tells it. */
  private reasonOf(error: unknown): CodedError {
    const [{ extensions = {}, message }] = this.masked([error as GraphQLError]) as [GraphQLFormattedError];
    const { code, ...others } = extensions;
    return error instanceof CodedError ? error : new CodedError(String(code), message, others);
  }

  /** The answers to a portion, of which no more are made at a time than may wait. */
  private async *answersOf(portion: Portion): AsyncGenerator<Answer> {
    const { events, places, rights } = portion;
    const { key, most } = this.operation;
    const answering = {
      key: `${key} ${rights}`,
      make: (wanted: readonly StreamEvent[]) => this.answersTo(wanted, portion),
      most,
    };
    for (let from = 0, to = 0; from < places.length && !this.subscriber.hasEnded; from = to) {
      to = from + Math.min(this.atOnce, most);
      const answers = await events.answersTo(places.slice(from, to), answering);
      let length = 0;
      for (const [n, answer] of answers.entries()) {
        // Rights may have changed while the answers waited for their turn, or for the client.
        if (!portion.isCurrent()) return yield* this.answersOf(await portion.renewed(places[from + n]!));
        // A load that fails gives its error in place of each answer.
        if (answer instanceof Error) throw answer;
        length += answer.text.length;
        yield answer;
      }
      this.atOnce = Math.max(1, Math.floor((waitingLength * answers.length) / length));
    }
  }

  private async answersTo(events: readonly StreamEvent[], portion: Portion): Promise<Answer[]> {
    const results = await this.operation.answer(events, portion);
    return results.map(({ data, errors }, place) => {
      const result = { data, ...(errors && { errors: this.masked(errors) }) };
      return { cursor: events[place]!.cursor, result, text: JSON.stringify(result), failure: failureOf(result) };
    });
  }

  /** The errors as clients see them; unexpected ones are logged. */
  private masked(errors: readonly GraphQLError[]): GraphQLFormattedError[] {
    const requestId = randomUUID();
    this.report(errors, requestId);
    return errors.map((error) => {
      const { extensions, ...formatted } = maskError(error.toJSON?.() ?? { message: error.message }, error);
      return { ...formatted, extensions: { ...extensions, requestId } };
    });
  }
}

/** An event that could not be answered, or only in part and for a reason that passes, must not be lost. */
function failureOf({ data, errors = [] }: FormattedExecutionResult): CodedError | null {
  const [severe] = errors.filter(({ extensions }) => !data || statusOfCode(extensions?.code) >= 500);
  if (!severe) return null;
  const { code, ...extensions } = severe.extensions ?? {};
  return new CodedError(String(code), severe.message, extensions);
}

function lastAnswer(reason: CodedError): Answer {
  const { message, extensions } = reason;
  const result = { errors: [{ message, extensions: { ...extensions } }] };
  return { cursor: '', result, text: JSON.stringify(result), failure: reason };
}
