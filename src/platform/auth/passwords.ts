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

/** Composed and decomposed letters are the same password, whatever a keyboard sends. */
export const hashPassword = (password: string): Promise<string> =>
  inTurn(() => hash(password.normalize('NFC'), options));

/**
 * Verifies against a dummy when there is no account, so that both cases take the same time. Hashes of long ago may be
 * of the password as it was typed: `asTyped` tells that it should be hashed anew.
 */
export async function verifyPassword(
  stored: string | null,
  password: string,
): Promise<{ isRight: boolean; asTyped: boolean }> {
  dummy ??= hashPassword('no account has this password');
  const against = stored ?? (await dummy);
  const composed = password.normalize('NFC');
  const isRight = (await inTurn(() => verify(against, composed))) && stored !== null;
  if (isRight || composed === password) return { isRight, asTyped: false };
  const asTyped = (await inTurn(() => verify(against, password))) && stored !== null;
  return { isRight: asTyped, asTyped };
}

let dummy: Promise<string> | undefined;
