import anyAscii from 'any-ascii';

/** A short name for URLs: lower-case ASCII with hyphens, of at most `most` characters. */
export function slugOf(name: string, most: number, fallback: string): string {
  const ascii = anyAscii(name.normalize('NFC')).toLowerCase();
  const hyphenated = ascii.replace(/[^a-z0-9]+/g, '-').slice(0, most);
  return hyphenated.replace(/^-+|-+$/g, '') || fallback;
}
