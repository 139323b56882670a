import { graphql } from 'relay-runtime';

/** Names begin with that of the file; the compiler insists. */
export const Deals = graphql`
  query boardDealsQuery($first: Int!, $after: String) {
    deals(first: $first, after: $after, orderBy: [{ field: TITLE }]) @connection(key: "board_deals") {
      edges { node { id version title status stage { id name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

export const Columns = graphql`
  query boardColumnsQuery {
    pipeline { id stages { id name } }
  }
`;

export const MoveDeal = graphql`
  mutation boardMoveDealMutation($id: ID!, $stageId: ID!, $expectedVersion: Int!) @raw_response_type {
    moveDealStage(id: $id, stageId: $stageId, expectedVersion: $expectedVersion) {
      id version title status stage { id name }
    }
  }
`;

export const Deal = graphql`
  query boardDealQuery($id: ID!) {
    deal(id: $id) { id version title status stage { id name } }
  }
`;

export const Customer = graphql`
  query boardCustomerQuery($id: ID!) {
    customer(id: $id) { name ...boardCustomerDeals }
  }
`;

/** A list inside a record: `node(id:)` answers its next page. */
export const CustomerDeals = graphql`
  fragment boardCustomerDeals on Customer
  @argumentDefinitions(first: { type: "Int", defaultValue: 2 }, after: { type: "String" })
  @refetchable(queryName: "boardCustomerDealsPageQuery") {
    deals(first: $first, after: $after, orderBy: [{ field: TITLE }]) @connection(key: "customer_deals") {
      edges { node { id title } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;
