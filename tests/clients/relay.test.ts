import { expect, test } from '@jest/globals';
import { type Environment, fetchQuery, getSelector } from 'relay-runtime';
import ColumnsQuery, { type boardColumnsQuery } from './generated/relay/boardColumnsQuery.graphql.js';
import CustomerDeals, { type boardCustomerDeals$data } from './generated/relay/boardCustomerDeals.graphql.js';
import NextPage from './generated/relay/boardCustomerDealsPageQuery.graphql.js';
import CustomerQuery, { type boardCustomerQuery } from './generated/relay/boardCustomerQuery.graphql.js';
import { type Deal, loadBoard, makeEnvironment, moveDeal, watchBoard } from './relay.js';
import { testBoard } from './scenario.js';
import { graphqlUrl, newBoard } from './support.js';

testBoard<Deal>(async (url, signedFetch, show) => {
  const environment = makeEnvironment(url, signedFetch);
  let after: string | null | undefined;
  const loadMore = async () => {
    const board = await loadBoard(environment, 2, after);
    after = board?.deals?.pageInfo.endCursor;
  };
  await loadMore();
  watchBoard(environment, 2, ({ deals }) => show(deals!.edges.map(({ node }) => node)));
  return {
    columns: async () =>
      (await fetchQuery<boardColumnsQuery>(environment, ColumnsQuery, {}).toPromise())!.pipeline!.stages,
    loadMore,
    move: (deal, stage) => moveDeal(environment, deal, stage),
  };
});

/** The list inside a record, as a component would read it. */
function dealsOf(environment: Environment, customer: boardCustomerQuery['response']['customer']) {
  const selector = getSelector(CustomerDeals, customer);
  if (selector?.kind !== 'SingularReaderSelector') throw new Error('The customer is missing');
  const { data } = environment.lookup(selector);
  return (data as boardCustomerDeals$data).deals!;
}

test('a list inside a record is paged by node(id:)', async () => {
  const { session, customerId } = await newBoard();
  const environment = makeEnvironment(graphqlUrl(), session.fetch);
  const { customer } = (await fetchQuery<boardCustomerQuery>(environment, CustomerQuery, {
    id: customerId,
  }).toPromise())!;
  const { pageInfo, edges } = dealsOf(environment, customer);
  expect(edges.map(({ node }) => node.title)).toEqual(['Deal 1', 'Deal 2']);
  const page = { id: customerId, first: 10, after: pageInfo.endCursor };
  await fetchQuery(environment, NextPage, page).toPromise();
  expect(dealsOf(environment, customer).edges).toHaveLength(5);
});
