import { expect, test } from '@jest/globals';
import { BoardColumns, type Deal } from './board.js';
import { testBoard } from './scenario.js';
import { graphqlUrl, newBoard } from './support.js';
import { everyDeal, makeClient, moveDeal } from './typed.js';

testBoard<Deal>(async (url, signedFetch, show) => {
  const client = makeClient(url, signedFetch);
  const rows = everyDeal(client, 2);
  let deals: Deal[] = [];
  const loadMore = async () => {
    for (const _ of [1, 2]) {
      const { value } = await rows.next();
      if (value) deals = [...deals, value];
    }
    show(deals);
  };
  await loadMore();
  return {
    columns: async () => (await client.request(BoardColumns)).pipeline!.stages,
    loadMore,
    move: (moved, stage) =>
      moveDeal(client, moved, stage, (deal) => {
        deals = deals.map((other) => (other.id === deal.id ? deal : other));
        show(deals);
      }),
  };
});

test('a loop reads the whole list', async () => {
  const { session } = await newBoard();
  const titles = [];
  for await (const { title } of everyDeal(makeClient(graphqlUrl(), session.fetch), 2)) titles.push(title);
  expect(titles).toHaveLength(5);
});
