import DataLoader from 'dataloader';
import type { FormattedExecutionResult } from 'graphql';
import type { CodedError } from '../../errors.js';

/** An event of a subscription. */
export interface StreamEvent {
  /** Resumes the subscription after the event. */
  cursor: string;
  /** The value of the root field. */
  value: unknown;
}

/** The answer of an operation to an event. */
export interface Answer {
  cursor: string;
  result: FormattedExecutionResult;
  /** The result as JSON. */
  text: string;
  /** The reason for which the stream cannot go on after this event, e.g. a database that is away. */
  failure: CodedError | null;
}

/** Answers events of the list by their places. */
type MakeAnswers = (events: readonly StreamEvent[]) => Promise<Answer[]>;

/** Events that reach many streams together. Each answer is made once for all streams that would get the same. */
export class Events {
  private readonly answers = new Map<string, DataLoader<number, Answer>>();

  constructor(readonly list: readonly StreamEvent[]) {}

  /** The answers to the events at these places. The same key promises the same answers. */
  answersTo(places: readonly number[], key: string, make: MakeAnswers): Promise<(Answer | Error)[]> {
    let loader = this.answers.get(key);
    if (!loader) {
      loader = new DataLoader((wanted) => make(wanted.map((place) => this.list[place]!)));
      this.answers.set(key, loader);
    }
    return loader.loadMany(places);
  }
}

/** The part of some events that one stream gets. */
export interface Portion {
  events: Events;
  /** Places in the list. */
  places: readonly number[];
  /** Streams with the same key see the same of these events. */
  rights: string;
}
