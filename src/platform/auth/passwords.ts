import { hash, verify } from '@node-rs/argon2';

const options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const mostAtOnce = 2;

let running = 0;
const waiting: (() => void)[] = [];

/** A hash takes 19 MiB and a core: more than two at a time would starve everything else. */
async function inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
  if (running >= mostAtOnce) await new Promise<void>((turn) => waiting.push(turn));
  else running += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

export const hashPassword = (password: string): Promise<string> => inTurn(() => hash(password, options));

/** Verifies against a dummy when there is no account, so that both cases take the same time. */
export async function verifyPassword(stored: string | null, password: string): Promise<boolean> {
  dummy ??= hashPassword('no account has this password');
  const against = stored ?? (await dummy);
  return (await inTurn(() => verify(against, password))) && stored !== null;
}

let dummy: Promise<string> | undefined;
