import DataLoader from 'dataloader';
import { LRUCache } from 'lru-cache';

/**
 * Coalesces concurrent requests under the same key: only one load of a key runs at a time, and all requests that arrive
 * meanwhile share the next load. So a load always begins after its requests, and sees everything that was committed
 * before them. Keys neither wait for nor fail with each other.
 */
export class CoalescingLoader<Request, Answer> {
  private readonly loaders = new LRUCache<string, DataLoader<Request, Answer>>({ max: 1000 });

  constructor(private readonly loadAll: (requests: readonly Request[]) => Promise<Answer[]>) {}

  load(key: string, request: Request): Promise<Answer> {
    const loader = this.loaders.get(key) ?? this.newLoader();
    this.loaders.set(key, loader);
    return loader.load(request);
  }

  private newLoader(): DataLoader<Request, Answer> {
    let last: Promise<unknown> = Promise.resolve();
    return new DataLoader<Request, Answer>(
      (requests) => {
        const loading = this.loadAll(requests);
        last = loading;
        return loading;
      },
      { cache: false, batchScheduleFn: (send) => void last.then(send, send) },
    );
  }
}
