import { Client, fetchExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { BoardDeal, BoardDeals, type Deal, MoveDeal, type Stage } from './board.js';
import { refusalOf } from './errors.js';
import type { BoardDealsQueryVariables } from './generated/gql/graphql.js';

export const makeClient = (url: string, signedFetch: typeof fetch) =>
  new Client({
    url,
    fetch: signedFetch,
    exchanges: [
      cacheExchange({
        resolvers: { Query: { deals: relayPagination() }, Customer: { deals: relayPagination() } },
        optimistic: {
          // A field that is left out stays as it is in the cache.
          moveDealStage: ({ id, stageId }) => ({
            __typename: 'Deal',
            id,
            stage: { __typename: 'PipelineStage', id: stageId },
          }),
        },
      }),
      fetchExchange,
    ],
  });

/** A page. With the last page's `endCursor` as `after` it answers with all pages so far. */
export async function loadBoard(client: Client, variables: BoardDealsQueryVariables) {
  const { data, error } = await client.query(BoardDeals, variables);
  if (error) throw error;
  return data!.deals!;
}

/** Shows the deal in its new stage at once, and back in its old one when the move is refused. */
export async function moveDeal(client: Client, deal: Deal, stage: Stage): Promise<void> {
  const { error } = await client.mutation(MoveDeal, {
    id: deal.id,
    stageId: stage.id,
    expectedVersion: deal.version,
  });
  if (!error) return;
  if (refusalOf(error)?.code === 'VERSION_CONFLICT')
    await client.query(BoardDeal, { id: deal.id }, { requestPolicy: 'network-only' });
  throw error;
}
