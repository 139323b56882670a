import { createHash } from 'node:crypto';
import pg from 'pg';

// SQL for sets of rows that look random but are reproducible. Every row has `dice`, a hash of its name, from which all
// varying values are derived.

/** The hash of a row's name, as an SQL expression. */
export const diceOf = (name: string): string => `encode(sha512(convert_to(${name}, 'UTF8')), 'hex')`;

/** A number in [0, 1). The places 1–20 give independent numbers. */
export const chance = (place: number): string =>
  `(('x' || substr(dice, ${6 * place - 5}, 6))::bit(24)::int / 16777216::float8)`;

/** An integer from the lower to the upper bound, inclusive. */
export const between = (lower: number, upper: number, place: number): string =>
  `(${lower} + floor(${chance(place)} * ${upper - lower + 1})::int)`;

/** One of the texts. The same place chooses the same position in lists of equal length. */
export const oneOf = (texts: readonly string[], place: number): string =>
  `(array[${texts.map(quoted).join(', ')}])[${between(1, texts.length, place)}]`;

/** One of the texts, weighted in percent. */
export function weighted(weights: Record<string, number>, place: number): string {
  let below = 0;
  const cases = Object.entries(weights).map(([text, weight]) => {
    below += weight;
    return `when ${chance(place)} < ${below / 100} then ${quoted(text)}`;
  });
  return `case ${cases.join(' ')} end`;
}

/** An array of the texts, each included independently with its weight in percent. */
export function anyOf(weights: Record<string, number>, place: number): string {
  const texts = Object.entries(weights).map(([text, weight], n) => {
    const spread = `${chance(place)} * ${1009 * (n + 1)}`;
    return `case when ${spread} - floor(${spread}) < ${weight / 100} then ${quoted(text)} end`;
  });
  return `array_remove(array[${texts.join(', ')}], null)`;
}

export const sometimes = (percent: number, expression: string, place: number): string =>
  `case when ${chance(place)} < ${percent / 100} then ${expression} end`;

/** A UUIDv7 of that moment, whose random part comes from the dice. */
export const idAt = (moment: string): string =>
  `(lpad(to_hex((extract(epoch from ${moment}) * 1000)::bigint), 12, '0')
     || '7' || substr(dice, 100, 3) || '8' || right(dice, 15))::uuid`;

/** The same for rows that are inserted from TypeScript. */
export function idOf(name: string, moment: Date): string {
  const dice = createHash('sha512').update(name).digest('hex');
  const digits = `${moment.getTime().toString(16).padStart(12, '0')}7${dice.slice(99, 102)}8${dice.slice(-15)}`;
  return digits.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

/** A code such as `CUST-0042`, as `draw_codes` writes it. */
export const codeOf = (kind: string, number: string): string =>
  `'${kind}-' || lpad((${number})::text, greatest(4, length((${number})::text)), '0')`;

const quoted = (text: string): string => pg.escapeLiteral(text);
