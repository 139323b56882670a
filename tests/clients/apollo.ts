import { ApolloClient, HttpLink, InMemoryCache, type ObservableQuery } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { BoardDeal, BoardDeals, type Deal, MoveDeal, type Stage } from './board.js';
import { refusalOf } from './errors.js';
import type { BoardDealsQuery, BoardDealsQueryVariables } from './generated/gql/graphql.js';

/** Pages of one list; another filter, search or order is another list. */
const pages = relayStylePagination(['filter', 'search', 'orderBy']);

export const makeClient = (uri: string, signedFetch: typeof fetch) =>
  new ApolloClient({
    link: new HttpLink({ uri, fetch: signedFetch }),
    cache: new InMemoryCache({
      typePolicies: { Query: { fields: { deals: pages } }, Customer: { fields: { deals: pages } } },
    }),
  });

type Board = ObservableQuery<BoardDealsQuery, BoardDealsQueryVariables>;

export const watchBoard = (client: ApolloClient, first: number): Board =>
  client.watchQuery({ query: BoardDeals, variables: { first } });

/** Asks for the next page; the cache adds it to those before it. */
export async function nextPage(board: Board): Promise<void> {
  const { data, dataState } = board.getCurrentResult();
  if (dataState !== 'complete' || !data.deals?.pageInfo.hasNextPage) return;
  await board.fetchMore({ variables: { after: data.deals.pageInfo.endCursor } });
}

/** Shows the deal in its new stage at once, and back in its old one when the move is refused. */
export async function moveDeal(client: ApolloClient, deal: Deal, stage: Stage): Promise<void> {
  try {
    await client.mutate({
      mutation: MoveDeal,
      variables: { id: deal.id, stageId: stage.id, expectedVersion: deal.version },
      optimisticResponse: { moveDealStage: { ...deal, stage } },
    });
  } catch (error) {
    if (refusalOf(error)?.code === 'VERSION_CONFLICT')
      await client.query({ query: BoardDeal, variables: { id: deal.id }, fetchPolicy: 'network-only' });
    throw error;
  }
}
