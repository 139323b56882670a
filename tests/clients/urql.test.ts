import { expect, test } from '@jest/globals';
import { BoardColumns, BoardDeals, type Deal } from './board.js';
import { testBoard } from './scenario.js';
import { graphqlUrl, newBoard } from './support.js';
import { loadBoard, makeClient, moveDeal } from './urql.js';

testBoard<Deal>(async (url, signedFetch, show) => {
  const client = makeClient(url, signedFetch);
  let after: string | null = null;
  const load = async () => {
    const variables = { first: 2, after };
    const { pageInfo } = await loadBoard(client, variables);
    // As a component does that stays on the screen.
    client.query(BoardDeals, variables).subscribe(({ data }) => show(data!.deals!.edges.map(({ node }) => node)));
    after = pageInfo.endCursor;
  };
  await load();
  return {
    columns: async () => (await client.query(BoardColumns, {})).data!.pipeline!.stages,
    loadMore: load,
    move: (deal, stage) => moveDeal(client, deal, stage),
  };
});

test('queries may travel by GET, as they do unless configured otherwise', async () => {
  const { session } = await newBoard();
  const methods: (string | undefined)[] = [];
  const client = makeClient(graphqlUrl(), (input, init) => {
    methods.push(init?.method);
    return session.fetch(input, init);
  });
  await loadBoard(client, { first: 2 });
  expect(methods).toEqual(['GET']);
});
