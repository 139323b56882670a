import type { BoardDealsQuery } from './generated/gql/graphql.js';
import { graphql } from './generated/gql/index.js';

/** One page of the board. */
export const BoardDeals = graphql(`
  query BoardDeals($first: Int!, $after: String) {
    deals(first: $first, after: $after, orderBy: [{ field: TITLE }]) {
      edges { cursor node { id version title status stage { id name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

/** The columns: stages of the default pipeline. */
export const BoardColumns = graphql(`
  query BoardColumns {
    pipeline { id stages { id name } }
  }
`);

/** A deal as it is now, asked for when a move was refused. */
export const BoardDeal = graphql(`
  query BoardDeal($id: ID!) {
    deal(id: $id) { id version title status stage { id name } }
  }
`);

/** Answers with all that the board shows, so that a cache needs nothing more. */
export const MoveDeal = graphql(`
  mutation MoveDeal($id: ID!, $stageId: ID!, $expectedVersion: Int!) {
    moveDealStage(id: $id, stageId: $stageId, expectedVersion: $expectedVersion) {
      id version title status stage { id name }
    }
  }
`);

type Connection = NonNullable<BoardDealsQuery['deals']>;
export type Deal = Connection['edges'][number]['node'];
export type Stage = NonNullable<Deal['stage']>;
