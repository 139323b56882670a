import type { Words } from './world.js';

const formats: [names: RegExp, texts: readonly string[]][] = [
  [/password/i, ['correct-horse-battery']],
  [/phone/i, ['+49 30 1234567', '555 123 4567', '+7 713 713 1313']],
  [/website|url|image|referrer/i, ['https://own.example/x']],
  [/^(resource|action)$/, ['customer', 'deal', 'thing', 'export']],
  [/currency/i, ['EUR', 'USD']],
  [/language/i, ['en', 'pt-BR']],
  [/token$/i, ['none']],
];

/** A text that a field of this name accepts: one of ours, of the other organization, or a new one. */
export function textFor(name: string, field: string, words: Words, oneOf: <T>(all: readonly T[]) => T): string {
  const fixed = formats.find(([names]) => names.test(name));
  if (fixed) return oneOf(fixed[1]);
  if (/^(after|before)$/.test(name)) return oneOf(words.cursors);
  if (/email|attendees/i.test(name)) return oneOf([...words.emails, `new${oneOf(fresh)}@new.example`]);
  if (/username/i.test(name)) return `new${oneOf(fresh)}`;
  if (/externalId|^ref$/.test(name)) return oneOf([...words.keys, oneOf(fresh)]);
  // The address of an organization is unique on the whole server, and made of its name.
  if (/Organization|register/.test(field) && /name/i.test(name)) return `Newly ${oneOf(fresh)}`;
  return oneOf([...words.texts, `New ${oneOf(fresh)}`, 'a']);
}

const fresh = Array.from({ length: 40 }, (_, n) => `x${n}`);
