/**
 * Characters that show nothing but change what stands around them: joiners, marks of direction, and the like; for a
 * class of a pattern, here and in PostgreSQL.
 */
export const unseen = '\\u200B-\\u200F\\u202A-\\u202E\\u2060-\\u2069\\uFEFF';
const isUnseen = new RegExp(`[${unseen}]`);
const isUnseenOrSpace = new RegExp(`[\\s${unseen}]`);

// biome-ignore format: at one glance
const joining = [
  'Arab', 'Syrc', 'Mong', 'Nkoo', 'Mand', 'Phag', 'Mani', 'Adlm', 'Rohg', 'Deva', 'Beng', 'Guru', 'Gujr', 'Orya',
  'Taml', 'Telu', 'Knda', 'Mlym', 'Sinh', 'Khmr', 'Mymr', 'Tibt', 'Java', 'Bali',
].map((script) => `\\p{scx=${script}}`).join('');
const joined = `[[${joining}]&&[\\p{L}\\p{M}]]`;
const pictograph = '\\p{Extended_Pictographic}';
const look = '[\\uFE0F\\u{1F3FB}-\\u{1F3FF}]';
/** A joiner that makes letters or pictographs look as their script wants them. */
const neededJoiner = `(?<=${joined})[\\u200C\\u200D](?=${joined})|(?<=${pictograph}${look}*)\\u200D(?=${pictograph})`;
const superfluous = new RegExp(`(?!${neededJoiner})[${unseen}]`, 'gv');

/** Anything that leaves ink: no space, control, format character, mark alone, or filler. */
const ink = /[[^\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{M}\p{Default_Ignorable_Code_Point}]--[\u2800]]/v;

/** One form of what is written in several, with nothing to see at its ends taken away. */
export const trimmed = (text: string): string => without(isUnseenOrSpace, text.normalize('NFC'));

/** The same, but spaces at the ends stay: they may be what is looked for. */
export const comparable = (text: string): string => without(isUnseen, text.normalize('NFC'));

/** Step by step from both ends: a pattern would take a time that grows with the square of the spaces. */
function without(ends: RegExp, text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && ends.test(text[start]!)) start += 1;
  while (end > start && ends.test(text[end - 1]!)) end -= 1;
  return text.slice(start, end);
}

/** Why people could not tell such a name from another one, or could not see it; null when they can. */
export function nameFault(name: string): string | null {
  if (name.search(superfluous) >= 0) return 'must not contain invisible or direction-changing characters';
  return ink.test(name) ? null : 'must have a character that can be seen';
}

/** A name made of any text, of at most so many characters; empty when the text shows nothing. */
export function nameFrom(text: string, most: number): string {
  const cut = [...trimmed(text.replace(superfluous, ''))].slice(0, most).join('');
  const name = trimmed(cut.replace(superfluous, ''));
  return nameFault(name) ? '' : name;
}
