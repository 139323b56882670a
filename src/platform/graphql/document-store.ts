import type { ApolloServerOptions } from '@apollo/server';
import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Context } from './context.js';

type DocumentStore = NonNullable<ApolloServerOptions<Context>['documentStore']>;

/**
 * A parsed document and its compiled function take about 100 times the memory of its text, and as much as a text of 500
 * characters besides: all of them, 25 MB. The documents of the screens in `tests/screens` together are a quarter of
 * it. Apollo's own store would let them grow tenfold.
 */
const most = { characters: 250_000, besides: 500 };

/** Documents that passed validation, the most recently used ones. */
export function makeDocumentStore(): DocumentStore {
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: most.characters,
    sizeCalculation: ({ loc }) => most.besides + loc!.end - loc!.start,
  });
  return {
    get: async (key) => documents.get(key),
    set: async (key, document) => void documents.set(key, document),
    delete: async (key) => documents.delete(key),
  };
}
