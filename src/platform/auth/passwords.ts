import { randomBytes } from 'node:crypto';
import { hash } from '@node-rs/argon2';

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

/** Hashes of a password as typed, for the database to compare with the stored one. */
export interface PasswordProof {
  hash: string;
  /** The same without NFC, as old hashes are; null if there is no difference. */
  typed: string | null;
}

/**
 * Hashes a password as the stored hash was made, with the parameters and the salt at its beginning. Without an account
 * another salt takes its place, so that both cases take the same time.
 */
export async function proofOf(password: string, stored: string | null): Promise<PasswordProof> {
  const how = read(stored ?? '') ?? { ...options, salt: nobody };
  const composed = password.normalize('NFC');
  const again = (text: string) => withHashSlot(() => hash(text, how));
  return { hash: await again(composed), typed: composed === password ? null : await again(password) };
}

/** Options from the beginning of a hash; null if it was made in another way. */
function read(beginning: string) {
  const [, memoryCost, timeCost, parallelism, salt] =
    /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$$/.exec(beginning) ?? [];
  if (!salt) return null;
  return {
    memoryCost: Number(memoryCost),
    timeCost: Number(timeCost),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
  };
}

const nobody = randomBytes(16);
