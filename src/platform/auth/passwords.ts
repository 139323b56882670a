import { hash, verify } from '@node-rs/argon2';

const options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const mostAtOnce = 2;

let running = 0;
const waiting: (() => void)[] = [];

/** Limits concurrent hashes: each takes 19 MiB and a core, and more than two would starve everything else. */
async function withHashSlot<Value>(work: () => Promise<Value>): Promise<Value> {
  if (running >= mostAtOnce) await new Promise<void>((start) => waiting.push(start));
  else running += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

/** Hashes a password in NFC, since keyboards may send composed or decomposed letters. */
export const hashPassword = (password: string): Promise<string> =>
  withHashSlot(() => hash(password.normalize('NFC'), options));

/**
 * Verifies against a dummy hash if there is no account, so that both cases take the same time. Old hashes may be of the
 * password as typed, without NFC; `asTyped` is then true, and the caller should hash the password again.
 */
export async function verifyPassword(
  stored: string | null,
  password: string,
): Promise<{ isRight: boolean; asTyped: boolean }> {
  dummy ??= hashPassword('no account has this password');
  const against = stored ?? (await dummy);
  const composed = password.normalize('NFC');
  const isRight = (await withHashSlot(() => verify(against, composed))) && stored !== null;
  if (isRight || composed === password) return { isRight, asTyped: false };
  const asTyped = (await withHashSlot(() => verify(against, password))) && stored !== null;
  return { isRight: asTyped, asTyped };
}

let dummy: Promise<string> | undefined;
