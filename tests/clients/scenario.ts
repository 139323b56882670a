import { beforeAll, expect, test } from '@jest/globals';
import { eventually, settled } from '../support/eventually.js';
import { refusalOf } from './errors.js';
import { graphqlUrl, newBoard } from './support.js';

interface Stage {
  id: string;
  name: string;
}

interface Deal {
  id: string;
  version: number;
  title: string;
  stage?: Stage | null;
}

/** A board as one client shows it. */
interface Screen<D> {
  columns: () => Promise<readonly Stage[]>;
  loadMore: () => Promise<unknown>;
  move: (deal: D, stage: Stage) => Promise<void>;
}

/** Opens a board with the first two deals; `show` is called with whatever is to be seen from then on. */
export type Open<D> = (
  url: string,
  signedFetch: typeof fetch,
  show: (deals: readonly D[]) => void,
) => Promise<Screen<D>>;

/** Tests of the board, which behaves alike in every client. */
export function testBoard<D extends Deal>(open: Open<D>): void {
  let world: Awaited<ReturnType<typeof newBoard>>;
  beforeAll(async () => {
    world = await newBoard();
  });

  /** The screen, what it shows, and how it showed the first deal while a move was on its way. */
  async function opened() {
    const state = { shown: [] as readonly D[], meanwhile: [] as unknown[] };
    const watched: typeof fetch = async (input, init) => {
      const isMove = String(init?.body ?? '').includes('moveDealStage');
      if (isMove) {
        const first = () => [state.shown[0]?.title, state.shown[0]?.stage?.name];
        // Clients tell their subscribers a little later.
        await settled(first, { quiet: 20 });
        state.meanwhile.push(first());
      }
      return world.session.fetch(input, init);
    };
    const screen = await open(graphqlUrl(), watched, (deals) => {
      state.shown = deals;
    });
    return { screen, state };
  }

  const titles = (deals: readonly Deal[]) => deals.map(({ title }) => title);

  test('pages are added until the list ends', async () => {
    const { screen, state } = await opened();
    await eventually(() => expect(titles(state.shown)).toEqual(['Deal 1', 'Deal 2']));
    await screen.loadMore();
    await eventually(() => expect(titles(state.shown)).toEqual(['Deal 1', 'Deal 2', 'Deal 3', 'Deal 4']));
    await screen.loadMore();
    await eventually(() => expect(titles(state.shown)).toEqual(['Deal 1', 'Deal 2', 'Deal 3', 'Deal 4', 'Deal 5']));
  });

  test('a move is shown before the server has answered', async () => {
    const { screen, state } = await opened();
    const [, , target] = await screen.columns();
    const [deal] = state.shown;
    await screen.move(deal!, target!);
    expect(state.meanwhile).toEqual([['Deal 1', target!.name]]);
    await eventually(() =>
      expect(state.shown[0]).toMatchObject({ version: deal!.version + 1, stage: { name: target!.name } }),
    );
  });

  test('a move of a deal that somebody else moved is taken back, and their move is shown', async () => {
    const { screen, state } = await opened();
    const [first, second, third] = await screen.columns();
    const [deal] = state.shown;
    const theirs = deal!.stage!.id === first!.id ? second! : first!;
    const currentVersion = await world.moveElsewhere(deal!, theirs);
    const refused = await screen.move(deal!, third!).then(
      () => undefined,
      (error: unknown) => refusalOf(error),
    );
    expect(refused).toMatchObject({ code: 'VERSION_CONFLICT', currentVersion, path: ['moveDealStage'] });
    expect(refused?.requestId).toBeTruthy();
    expect(state.meanwhile).toEqual([['Deal 1', third!.name]]);
    await eventually(() =>
      expect(state.shown[0]).toMatchObject({ version: currentVersion, stage: { name: theirs.name } }),
    );
  });
}
