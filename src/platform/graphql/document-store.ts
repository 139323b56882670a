import type { ApolloServerOptions } from '@apollo/server';
import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Context } from './context.js';

type DocumentStore = NonNullable<ApolloServerOptions<Context>['documentStore']>;

/**
 * A parsed document and its compiled function take about 100 times the memory of its text: these, 25 MB. The documents
 * of all screens in `tests/screens` together are an eighth of it. Apollo's own store would let them grow tenfold.
 */
const most = { documents: 1000, characters: 250_000 };

/** Documents that passed validation, the most recently used ones. */
export function makeDocumentStore(): DocumentStore {
  const documents = new LRUCache<string, DocumentNode>({
    max: most.documents,
    maxSize: most.characters,
    sizeCalculation: ({ loc }) => Math.max(1, loc!.end - loc!.start),
  });
  return {
    get: async (key) => documents.get(key),
    set: async (key, document) => void documents.set(key, document),
    delete: async (key) => documents.delete(key),
  };
}
