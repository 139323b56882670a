import DataLoader from 'dataloader';
import type { GraphQLResolveInfo } from 'graphql';

const mostKeys = 1000;

/**
 * Batches fields below records: one load for all parents. Loaders are keyed by the array of the field's nodes, since
 * the executor makes one array for each position in the answer and each type at that position.
 */
export class Loaders {
  private readonly loaders = new Map<unknown, DataLoader<string, unknown>>();

  private constructor(private readonly keyOf: (info: GraphQLResolveInfo) => unknown) {}

  static ofAnswer(): Loaders {
    return new Loaders(nodesOf);
  }

  /** Batches also across answers of the same operation, each of which has arrays of its own. */
  static byPlace(): Loaders {
    return new Loaders(placeOf);
  }

  load<Value>(
    info: GraphQLResolveInfo,
    key: string,
    batch: (keys: readonly string[]) => Promise<(Value | Error)[]>,
  ): Promise<Value> {
    const place = this.keyOf(info);
    let loader = this.loaders.get(place);
    if (!loader) {
      loader = new DataLoader<string, unknown>(batch, { maxBatchSize: mostKeys });
      this.loaders.set(place, loader);
    }
    return loader.load(key) as Promise<Value>;
  }
}

const nodesOf = ({ fieldNodes }: GraphQLResolveInfo): unknown => fieldNodes;

/** The position of a field in the answer, and the type that has it there. */
function placeOf({ path, parentType }: GraphQLResolveInfo): string {
  const keys: string[] = [];
  for (let step: GraphQLResolveInfo['path'] | undefined = path; step; step = step.prev)
    if (typeof step.key === 'string') keys.push(step.key);
  return `${keys.join('.')} ${parentType.name}`;
}
