import DataLoader from 'dataloader';
import type { FormattedExecutionResult } from 'graphql';
import type { Viewer } from '../../auth/viewer.js';
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

/** Answers some events. */
export interface Answering {
  /** The same key promises the same answers. */
  key: string;
  make: (events: readonly StreamEvent[]) => Promise<Answer[]>;
  /** Events that are answered at a time. */
  most: number;
}

/** Thrown if a stream ends before its turn; others may be waiting for what it was to make. */
export class StreamEnded extends Error {}

/** Characters of answers that are kept for other streams; one that comes later has them made anew. */
const keptLength = 1_000_000;

/** Milliseconds after which streams that want the same are no longer expected. */
const keptMs = 5000;

interface Kept {
  loader: DataLoader<number, Answer>;
  place: number;
  length: number;
}

/** Events that reach many streams together. Each answer is made once for all streams that would get the same. */
export class Events {
  private readonly loaders = new Map<string, DataLoader<number, Answer>>();
  private kept: Kept[] = [];
  private length = 0;
  private forgetting: NodeJS.Timeout | undefined;

  constructor(readonly list: readonly StreamEvent[]) {}

  /** The answers to the events at these places. If the stream that makes them ends, another one makes them. */
  async answersTo(places: readonly number[], answering: Answering): Promise<(Answer | Error)[]> {
    const { key } = answering;
    for (;;) {
      const known = this.loaders.get(key);
      const loader = known ?? this.loaderFor(answering);
      this.loaders.set(key, loader);
      this.forgetting ??= setTimeout(() => this.forget(), keptMs).unref();
      const answers = await loader.loadMany(places);
      const isUnmade = answers.some((answer) => answer instanceof StreamEnded);
      if (!isUnmade || !known) return answers;
      if (this.loaders.get(key) === loader) this.loaders.delete(key);
    }
  }

  private loaderFor({ make, most }: Answering): DataLoader<number, Answer> {
    const loader: DataLoader<number, Answer> = new DataLoader(
      async (places: readonly number[]) => {
        const answers = await make(places.map((place) => this.list[place]!));
        for (const [index, { text }] of answers.entries())
          this.keep({ loader, place: places[index]!, length: text.length });
        return answers;
      },
      { maxBatchSize: most },
    );
    return loader;
  }

  private keep(answer: Kept): void {
    this.kept.push(answer);
    this.length += answer.length;
    while (this.length > keptLength) {
      const { loader, place, length } = this.kept.shift()!;
      loader.clear(place);
      this.length -= length;
    }
  }

  private forget(): void {
    this.loaders.clear();
    this.kept = [];
    this.length = 0;
    this.forgetting = undefined;
  }
}

/** The part of some events that one stream gets. */
export interface Portion {
  events: Events;
  /** Places in the list. */
  places: readonly number[];
  /** Streams with the same key see the same of these events. */
  rights: string;
  /** The caller for whom the answers are made, with these rights. */
  viewer: Viewer;
  /** Whether callers with the same rights share the answers. */
  isShared: boolean;
  /** Whether the stream still has these rights. */
  isCurrent(): boolean;
  /** The part that it gets by its present rights, from a place on. */
  renewed(from: number): Promise<Portion>;
}
