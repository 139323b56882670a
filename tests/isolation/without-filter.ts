import { Client } from '../../src/platform/database/driver/client.js';

const operand = String.raw`(?:\$\d+|"?\w+"?(?:\."?\w+"?)?)(?:::\w+)?`;
const own = String.raw`(?:"?\w+"?\.)?"?organization_id"?`;
const condition = new RegExp(String.raw`(?<=\b(?:where|and|or|on|not)\b[\s(]*)${own} = ${operand}`, 'gi');

/** A statement whose conditions on the organization hold for every row. */
const unfiltered = (text: string): string => text.replace(condition, (found) => `(${found} or true)`);

/** Does a work while no statement of this process tells organizations apart. */
export async function withoutFilter(work: () => Promise<void>): Promise<void> {
  const { query } = Client.prototype;
  Client.prototype.query = function (this: Client, first: string | { text: string }, ...rest: unknown[]) {
    const changed = typeof first === 'string' ? unfiltered(first) : { ...first, text: unfiltered(first.text) };
    return query.call(this, changed, ...rest);
  } as typeof query;
  try {
    await work();
  } finally {
    Client.prototype.query = query;
  }
}
