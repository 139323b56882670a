import type { Fault } from '../errors.js';

/** Reports a fault of the value. */
export type Complain = (code: Fault['code'], message: string) => void;

const mostBytes = 16_384;
const deepest = 10;

/** Normalises the texts of an object to NFC. Names stay as they are, since two of them could become equal. */
export function checkJson(value: unknown, complain: Complain): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) complain('INVALID', 'must be a JSON object');
  else if (Buffer.byteLength(JSON.stringify(value)) > mostBytes) complain('TOO_LONG', 'must have at most 16 KB');
  // No request body may have such a key, so it could not be sent back as a variable.
  else if (namesIn(value).includes('__proto__')) complain('INVALID', 'must not have a key `__proto__`');
  else if (depth(value) > deepest) complain('INVALID', `may nest at most ${deepest} levels deep`);
  else {
    const leaves = leavesOf(value);
    if (leaves.some((leaf) => typeof leaf === 'string' && (leaf.includes('\0') || !leaf.isWellFormed())))
      complain('INVALID', 'must not contain NUL or unpaired surrogates');
    if (leaves.some((leaf) => typeof leaf === 'number' && !(Math.abs(leaf) <= Number.MAX_SAFE_INTEGER)))
      complain(
        'OUT_OF_RANGE',
        'may have numbers up to ±(2^53 − 1) of at most 17 digits; send other numbers as strings',
      );
    return inNfc(value);
  }
  return value;
}

const depth = (part: unknown): number =>
  part && typeof part === 'object' ? 1 + Math.max(0, ...Object.values(part).map(depth)) : 0;

function namesIn(part: unknown): string[] {
  if (!part || typeof part !== 'object') return [];
  return Object.entries(part).flatMap(([name, value]) => [name, ...namesIn(value)]);
}

/** All names and primitive values in a JSON value. */
function leavesOf(part: unknown): unknown[] {
  if (!part || typeof part !== 'object') return [part];
  return Object.entries(part).flatMap(([name, value]) => [name, ...leavesOf(value)]);
}

function inNfc(part: unknown): unknown {
  if (typeof part === 'string') return part.normalize('NFC');
  if (!part || typeof part !== 'object') return part;
  if (Array.isArray(part)) return part.map(inNfc);
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, inNfc(value)]));
}
