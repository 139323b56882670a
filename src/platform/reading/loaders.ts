import DataLoader from 'dataloader';
import type { GraphQLResolveInfo } from 'graphql';

const mostKeys = 1000;

/**
 * Batches fields below records: one load for all parents. Loaders are keyed by the array of the field's nodes, since
 * the executor makes one array for each position in the answer and each type at that position.
 */
export class Loaders {
  private readonly loaders = new Map<GraphQLResolveInfo['fieldNodes'], DataLoader<string, unknown>>();

  load<Value>(
    { fieldNodes }: GraphQLResolveInfo,
    key: string,
    batch: (keys: readonly string[]) => Promise<(Value | Error)[]>,
  ): Promise<Value> {
    let loader = this.loaders.get(fieldNodes);
    if (!loader) {
      loader = new DataLoader<string, unknown>(batch, { maxBatchSize: mostKeys });
      this.loaders.set(fieldNodes, loader);
    }
    return loader.load(key) as Promise<Value>;
  }
}
