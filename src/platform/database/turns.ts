import DataLoader from 'dataloader';
import { LRUCache } from 'lru-cache';

/**
 * Coalesces concurrent requests under the same key: only one load of a key runs at a time, and all requests that arrive
 * meanwhile share the next load. So a load always begins after its requests, and sees everything that was committed
 * before them. Keys neither wait for nor fail with each other.
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
