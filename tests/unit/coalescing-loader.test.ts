import { describe, expect, test } from '@jest/globals';
import { CoalescingLoader } from '../../src/platform/database/coalescing-loader.js';

/** Loads that the test ends when it likes. */
function held() {
  const loads: { asked: readonly string[]; turn: PromiseWithResolvers<string[]> }[] = [];
  const loader = new CoalescingLoader<string, string>((asked) => {
    const turn = Promise.withResolvers<string[]>();
    loads.push({ asked, turn });
    return turn.promise;
  });
  const end = (n: number) => loads[n]!.turn.resolve(loads[n]!.asked.map((text) => text.toUpperCase()));
  return { loads, loader, end };
}

const soon = () => new Promise(setImmediate);

describe('loads under a key', () => {
  test('share what is asked while one is on its way, in a load that begins after it', async () => {
    const { loads, loader, end } = held();
    const first = loader.load('key', 'a');
    await soon();
    const later = [loader.load('key', 'b'), loader.load('key', 'c')];
    await soon();
    expect(loads.map(({ asked }) => asked)).toEqual([['a']]);
    end(0);
    expect(await first).toBe('A');
    await soon();
    expect(loads.map(({ asked }) => asked)).toEqual([['a'], ['b', 'c']]);
    end(1);
    expect(await Promise.all(later)).toEqual(['B', 'C']);
  });

  test('keep nothing: the same is loaded again', async () => {
    const { loads, loader, end } = held();
    const first = loader.load('key', 'a');
    await soon();
    end(0);
    await first;
    const again = loader.load('key', 'a');
    await soon();
    expect(loads).toHaveLength(2);
    end(1);
    expect(await again).toBe('A');
  });

  test('of other keys neither wait nor fail with one that fails', async () => {
    const { loads, loader, end } = held();
    const failing = loader.load('one', 'a');
    const other = loader.load('other', 'b');
    await soon();
    expect(loads).toHaveLength(2);
    const next = loader.load('one', 'c');
    loads[0]!.turn.reject(new Error('no'));
    await expect(failing).rejects.toThrow('no');
    end(1);
    expect(await other).toBe('B');
    await soon();
    end(2);
    expect(await next).toBe('C');
  });
});
