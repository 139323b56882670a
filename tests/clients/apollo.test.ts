import { makeClient, moveDeal, nextPage, watchBoard } from './apollo.js';
import { BoardColumns, type Deal } from './board.js';
import { testBoard } from './scenario.js';

testBoard<Deal>(async (url, signedFetch, show) => {
  const client = makeClient(url, signedFetch);
  const board = watchBoard(client, 2);
  await new Promise<void>((resolve, reject) => {
    board.subscribe(({ data, dataState, error }) => {
      if (error) reject(error);
      if (dataState !== 'complete') return;
      show(data.deals!.edges.map(({ node }) => node));
      resolve();
    });
  });
  return {
    columns: async () => (await client.query({ query: BoardColumns })).data!.pipeline!.stages,
    loadMore: () => nextPage(board),
    move: (deal, stage) => moveDeal(client, deal, stage),
  };
});
