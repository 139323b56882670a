import DataLoader from 'dataloader';
import { LRUCache } from 'lru-cache';

/**
 * Loads what is asked under the same key in turns: whoever asks while a load is on its way shares the next, which
 * begins after the question and so sees all that was committed before it. Other keys neither wait for it nor fail with
 * it.
 */
export class Turns<Asked, Answer> {
  private readonly lines = new LRUCache<string, DataLoader<Asked, Answer>>({ max: 1000 });

  constructor(private readonly load: (asked: readonly Asked[]) => Promise<Answer[]>) {}

  take(key: string, asked: Asked): Promise<Answer> {
    const line = this.lines.get(key) ?? this.line();
    this.lines.set(key, line);
    return line.load(asked);
  }

  private line(): DataLoader<Asked, Answer> {
    let last: Promise<unknown> = Promise.resolve();
    return new DataLoader<Asked, Answer>(
      (asked) => {
        const loaded = this.load(asked);
        last = loaded;
        return loaded;
      },
      { cache: false, batchScheduleFn: (send) => void last.then(send, send) },
    );
  }
}
