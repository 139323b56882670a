import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { Overloaded } from '../../src/platform/errors.js';
import { Lane, type LaneLimits, type Leave } from '../../src/platform/graphql/admission/lane.js';

const limits: LaneLimits = { inFlight: 4, perOrganization: 3, perCaller: 2, waiting: 6, patience: 1000 };
const a = { organization: 'a', caller: 'a1' };
const a2 = { organization: 'a', caller: 'a2' };
const b = { organization: 'b', caller: 'b1' };
const c = { organization: 'c', caller: 'c1' };

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** The fate of a request, once every promise has settled that could. */
class Request {
  state: 'waiting' | 'in flight' | 'refused' | 'left' = 'waiting';
  private leaveLane: Leave = () => undefined;

  constructor(
    lane: Lane,
    readonly party: typeof a,
  ) {
    const entered = Promise.resolve().then(() => lane.enter(party));
    entered.then(
      (leave) => {
        this.state = 'in flight';
        this.leaveLane = leave;
      },
      (error: unknown) => {
        expect(error).toBeInstanceOf(Overloaded);
        this.state = 'refused';
      },
    );
  }

  leave(): void {
    this.state = 'left';
    this.leaveLane();
    this.leaveLane();
  }
}

const settle = () => jest.advanceTimersByTimeAsync(0);

async function send(lane: Lane, ...parties: (typeof a)[]): Promise<Request[]> {
  const requests = [];
  for (const party of parties) {
    requests.push(new Request(lane, party));
    await settle();
  }
  return requests;
}

const statesOf = (requests: Request[]) => requests.map(({ state }) => state);
const times = (count: number, party: typeof a) => Array<typeof a>(count).fill(party);

describe('a lane', () => {
  test('keeps room for other callers and other organizations', async () => {
    const lane = new Lane(limits);
    expect(statesOf(await send(lane, a, a, a, a2, a2, b))).toEqual([
      'in flight',
      'in flight',
      'waiting',
      'in flight',
      'waiting',
      'in flight',
    ]);
  });

  test('goes around the organizations that wait, and around the callers of each', async () => {
    const lane = new Lane({ ...limits, inFlight: 1, waiting: 9 });
    const requests = await send(lane, a, a, a, a, a2, b, b, c);
    const order: string[] = [];
    for (let running = requests[0]; running; running = requests.find(({ state }) => state === 'in flight')) {
      order.push(running.party.caller);
      running.leave();
      await settle();
    }
    expect(order).toEqual(['a1', 'a1', 'b1', 'c1', 'a2', 'b1', 'a1', 'a1']);
  });

  test('refuses at once when its queue is full, and after a second of waiting', async () => {
    const lane = new Lane({ ...limits, perOrganization: 1 });
    const requests = await send(lane, ...times(8, a));
    expect(statesOf(requests)).toEqual(['in flight', ...Array<string>(6).fill('waiting'), 'refused']);
    await jest.advanceTimersByTimeAsync(1001);
    expect(statesOf(requests)).toEqual(['in flight', ...Array<string>(7).fill('refused')]);
  });

  test('refuses at once when the wait is expected to take longer than a second', async () => {
    const lane = new Lane({ ...limits, inFlight: 2 });
    await send(lane, b);
    for (let n = 0; n < 20; n += 1) {
      const [slow] = await send(lane, a);
      await jest.advanceTimersByTimeAsync(1500);
      slow!.leave();
    }
    const requests = await send(lane, a, a, a, a);
    expect(statesOf(requests)).toEqual(['in flight', 'waiting', 'waiting', 'refused']);
    expect(lane.refusal(a)).toMatchObject({ extensions: { code: 'OVERLOADED' } });
    expect(Number(lane.refusal(a)!.extensions.retryAfterMs)).toBeGreaterThanOrEqual(1000);
  });

  test('expects nothing of a burst from the first of its requests', async () => {
    const lane = new Lane({ ...limits, inFlight: 2 });
    const [slow] = await send(lane, a, b);
    await jest.advanceTimersByTimeAsync(1500);
    slow!.leave();
    expect(statesOf(await send(lane, ...times(6, a)))).not.toContain('refused');
  });

  test('has room in a full queue for those who wait least: the last of the others is refused', async () => {
    const lane = new Lane({ ...limits, inFlight: 1 });
    const [, ...waiting] = await send(lane, ...times(7, a));
    const [late] = await send(lane, b);
    expect(late!.state).toBe('waiting');
    expect(statesOf(waiting)).toEqual([...Array<string>(5).fill('waiting'), 'refused']);
  });

  test('keeps the queue short when it has been full for a second: that is more than a burst', async () => {
    const lane = new Lane({ ...limits, inFlight: 2, perOrganization: 2, waiting: 4 });
    const queue = await send(lane, a, b, a, b, a, b);
    const serveOne = async () => {
      await jest.advanceTimersByTimeAsync(100);
      queue
        .splice(
          queue.findIndex(({ state }) => state === 'in flight'),
          1,
        )[0]!
        .leave();
      await settle();
    };
    for (let n = 0; n < 10; n += 1) {
      await serveOne();
      const [next] = await send(lane, n % 2 ? b : a);
      expect(next!.state).toBe('waiting');
      queue.push(next!);
    }
    await jest.advanceTimersByTimeAsync(1);
    for (let n = 0; n < 3; n += 1) {
      expect(statesOf(await send(lane, n % 2 ? b : a))).toEqual(['refused']);
      await serveOne();
    }
    expect(statesOf(await send(lane, a))).toEqual(['waiting']);
  });

  const party = fc.record({
    organization: fc.constantFrom('a', 'b', 'c'),
    caller: fc.constantFrom('1', '2', '3'),
  });
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ enter: party }) },
    { weight: 4, arbitrary: fc.record({ leave: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ milliseconds: fc.integer({ min: 1, max: 700 }) }) },
  );
  const anyLimits = fc.record({
    inFlight: fc.integer({ min: 1, max: 5 }),
    perOrganization: fc.integer({ min: 1, max: 4 }),
    perCaller: fc.integer({ min: 1, max: 3 }),
    waiting: fc.nat({ max: 6 }),
    patience: fc.constant(1000),
  });

  test('never exceeds its limits, lets nobody wait beside free room, and answers everybody', async () => {
    await fc.assert(
      fc.asyncProperty(anyLimits, fc.array(step, { maxLength: 60 }), async (most, steps) => {
        const lane = new Lane(most);
        const requests: Request[] = [];
        const inFlight = (test: (party: typeof a) => boolean = () => true) =>
          requests.filter(({ state, party }) => state === 'in flight' && test(party)).length;
        const hasRoom = ({ organization, caller }: typeof a) =>
          inFlight() < most.inFlight &&
          inFlight((other) => other.organization === organization) < most.perOrganization &&
          inFlight((other) => other.organization === organization && other.caller === caller) < most.perCaller;
        for (const one of steps) {
          if ('enter' in one) requests.push(new Request(lane, one.enter));
          else if ('milliseconds' in one) await jest.advanceTimersByTimeAsync(one.milliseconds);
          else {
            const running = requests.filter(({ state }) => state === 'in flight');
            running[one.leave % running.length]?.leave();
          }
          await settle();
          const waiting = requests.filter(({ state }) => state === 'waiting');
          expect(waiting.length).toBeLessThanOrEqual(most.waiting);
          expect(waiting.filter(({ party }) => hasRoom(party))).toEqual([]);
          for (const { party } of requests) {
            expect(inFlight()).toBeLessThanOrEqual(most.inFlight);
            expect(inFlight((other) => other.organization === party.organization)).toBeLessThanOrEqual(
              most.perOrganization,
            );
          }
        }
        await jest.advanceTimersByTimeAsync(1001);
        expect(statesOf(requests)).not.toContain('waiting');
        for (const request of requests) if (request.state === 'in flight') request.leave();
        // Nothing is left behind: the lane has its whole room again.
        const fresh = await send(lane, ...times(most.perCaller, { organization: 'd', caller: '1' }));
        const room = Math.min(most.inFlight, most.perOrganization, most.perCaller);
        expect(statesOf(fresh).filter((state) => state === 'in flight')).toHaveLength(room);
      }),
      { numRuns: 300 },
    );
  });
});
