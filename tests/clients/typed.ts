import { GraphQLClient } from 'graphql-request';
import { BoardDeal, BoardDeals, type Deal, MoveDeal, type Stage } from './board.js';
import { refusalOf } from './errors.js';
import type { BoardDealsQuery } from './generated/gql/graphql.js';

export const makeClient = (url: string, signedFetch: typeof fetch) => new GraphQLClient(url, { fetch: signedFetch });

/** The deals of all pages, asked for as they are read. */
export async function* everyDeal(client: GraphQLClient, first: number): AsyncGenerator<Deal> {
  let after: string | null = null;
  do {
    const { deals }: BoardDealsQuery = await client.request(BoardDeals, { first, after });
    for (const { node } of deals!.edges) yield node;
    after = deals!.pageInfo.hasNextPage ? deals!.pageInfo.endCursor : null;
  } while (after);
}

/** Shows the deal in its new stage at once, and back in its old one when the move is refused. */
export async function moveDeal(client: GraphQLClient, deal: Deal, stage: Stage, show: (deal: Deal) => void) {
  show({ ...deal, stage });
  try {
    const variables = { id: deal.id, stageId: stage.id, expectedVersion: deal.version };
    const { moveDealStage } = await client.request(MoveDeal, variables);
    show(moveDealStage!);
  } catch (error) {
    show(deal);
    if (refusalOf(error)?.code === 'VERSION_CONFLICT')
      show((await client.request(BoardDeal, { id: deal.id })).deal ?? deal);
    throw error;
  }
}
