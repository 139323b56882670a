import { Client } from '../../src/platform/database/driver/client.js';

const own = String.raw`(?<![\w."])(?!app\.)(?:"?\w+"?\.)?"?organization_id"?`;
const operand = String.raw`(?:\$\d+|'[^']*'|"?\w+"?(?:\."?\w+"?)?)(?:::\w+)?`;
const condition = new RegExp(`${own} = ${operand}`, 'gi');
/** The ORM's condition on many keys, and one of these. */
const keys = /\("organization_id", "id"\) in \(((?:, )?\('[^']*', '[^']*'\))+\)/g;
const key = /\('[^']*', ('[^']*')\)/g;
const withoutOrganization = (found: string): string =>
  found.replace('("organization_id", "id")', '"id"').replace(key, '$1');
/** How else a condition could be written. */
const unknownCondition = new RegExp(String.raw`${own}( = (?!${operand})| (in|is|any|<>)\b|[^()]*\) (=|in)\b)`, 'gi');

/**
 * Does a work while every condition on the organization holds for every row, in all statements of this process. Returns
 * the statements with a condition of a form that stays.
 */
export async function withoutFilter(work: () => Promise<void>): Promise<Set<string>> {
  const { query } = Client.prototype;
  const missed = new Set<string>();
  const unfiltered = (text: string): string => {
    if (text.startsWith('insert')) return text;
    const byIds = text.replace(keys, withoutOrganization);
    if (byIds.search(unknownCondition) >= 0) missed.add(text);
    return byIds.replace(condition, (found) => `(${found} or true)`);
  };
  Client.prototype.query = function (this: Client, first: string | { text: string }, ...rest: unknown[]) {
    const changed = typeof first === 'string' ? unfiltered(first) : { ...first, text: unfiltered(first.text) };
    return query.call(this, changed, ...rest);
  } as typeof query;
  try {
    await work();
    return missed;
  } finally {
    Client.prototype.query = query;
  }
}
