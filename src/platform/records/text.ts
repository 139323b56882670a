/**
 * Invisible characters that change the text around them, such as joiners and direction marks; for a character class,
 * here and in PostgreSQL.
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
/** A joiner that the script of its neighbours, or an emoji sequence, needs to be displayed correctly. */
const neededJoiner = `(?<=${joined})[\\u200C\\u200D](?=${joined})|(?<=${pictograph}${look}*)\\u200D(?=${pictograph})`;
const superfluous = new RegExp(`(?!${neededJoiner})[${unseen}]`, 'gv');

/** A visible character: neither space, control, format character, combining mark nor filler. */
const ink = /[[^\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{M}\p{Default_Ignorable_Code_Point}]--[\u2800]]/v;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controlCharacters = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

/** The reason why a text cannot be stored: a control character other than a line break, or half a character. */
export function controlFault(text: string): string | null {
  if (controlCharacters.test(text)) return 'must not contain control characters';
  return text.isWellFormed() ? null : 'must not contain an unpaired surrogate';
}

/** Normalises a text to NFC and removes spaces and invisible characters at its ends. */
export const trimmed = (text: string): string => without(isUnseenOrSpace, text.normalize('NFC'));

/** The same, but keeps spaces at the ends, since a filter may look for them. */
export const comparable = (text: string): string => without(isUnseen, text.normalize('NFC'));

/** Trims character by character; a regular expression would take quadratic time on long runs of spaces. */
function without(ends: RegExp, text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && ends.test(text[start]!)) start += 1;
  while (end > start && ends.test(text[end - 1]!)) end -= 1;
  return text.slice(start, end);
}

/** The reason why people could not see a name or distinguish it from others; null if they can. */
export function nameFault(name: string): string | null {
  if (name.search(superfluous) >= 0) return 'must not contain invisible or direction-changing characters';
  return ink.test(name) ? null : 'must contain a visible character';
}

/** Makes a valid name of at most `most` characters from any text; empty if the text has no visible character. */
export function nameFrom(text: string, most: number): string {
  const cut = [...trimmed(text.replace(superfluous, ''))].slice(0, most).join('');
  const name = trimmed(cut.replace(superfluous, ''));
  return nameFault(name) ? '' : name;
}
