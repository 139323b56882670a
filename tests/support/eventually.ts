import { setTimeout as pause } from 'node:timers/promises';

interface Patience {
  /** Milliseconds until the last try. */
  within?: number;
  /** Milliseconds between two tries. */
  every?: number;
}

/** Tries until the check neither throws nor answers false; rejects when it has not done so in time. */
export async function eventually(check: () => unknown, { within = 30_000, every = 20 }: Patience = {}): Promise<void> {
  for (const deadline = Date.now() + within; ; await pause(every)) {
    const isLast = Date.now() > deadline;
    try {
      if ((await check()) !== false) return;
    } catch (error) {
      if (isLast) throw error;
    }
    if (isLast) throw new Error(`It did not come true within ${within} ms`);
  }
}

/** Waits until a value has stayed the same for some time, since no event tells that nothing more happens. */
export async function settled(value: () => unknown, { within = 30_000, quiet = 300 } = {}): Promise<void> {
  let last = JSON.stringify(await value());
  let since = Date.now();
  await eventually(
    async () => {
      const now = JSON.stringify(await value());
      if (now !== last) [last, since] = [now, Date.now()];
      return Date.now() - since >= quiet;
    },
    { within },
  );
}
