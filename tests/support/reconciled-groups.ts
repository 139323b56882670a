import { expect } from '@jest/globals';
import type { World } from './any-sales.js';
import type { Fields, Sender } from './customers.js';
import type { Group } from './explored-sales.js';
import { list, percent, sumOf } from './reconciled-figures.js';

const money = '{ amount currency otherCurrencies { amount currency } }';
const customerOf = (row: Fields) => (row.customer as Fields | null)?.id ?? null;

/** The value in the middle of the rows' values, of those in US dollars. */
function medianOf(rows: Fields[]): string | null {
  const cents = rows
    .filter(({ value, currency }) => value !== null && currency === 'USD')
    .map(({ value }) => Number((value as string).replace('.', '')))
    .sort((a, b) => a - b);
  if (!cents.length) return null;
  const half = cents.length / 2;
  const median = Math.ceil((cents[Math.ceil(half) - 1]! + cents[Math.floor(half)]!) / 2);
  return (median / 100).toFixed(2);
}

/** Groups by categories and days, and their measures, worked out again from the rows of the list. */
export async function groups(caller: Sender, filter: string, { zone }: Pick<World, 'zone'>): Promise<void> {
  const fields = 'status value currency source customer { id } createdAt';
  const deals = await list(caller, 'deals', filter, fields);
  const measures = `count winRate sum { value ${money} } median { value { amount } }
    customers: countDistinct(field: CUSTOMER)`;
  const ask = (report: string) =>
    caller
      .request<{ report: { groups: Group[]; total: Fields } }>(`{ report: ${report} }`)
      .then(({ report }) => report);
  const pairs = await ask(`
    dealAnalytics(filter: ${filter}, groupBy: [{ field: SOURCE }, { field: CURRENCY }], limit: 5) {
      total { ${measures} }
      groups { source: key(field: SOURCE) { value } currency: key(field: CURRENCY) { value } ${measures} }
    }`);
  const days = await ask(`
    dealAnalytics(filter: ${filter}, timeZone: "${zone}", groupBy: [{ field: CREATED_AT, granularity: DAY }]) {
      total { ${measures} }
      groups { day: key(field: CREATED_AT) { value } ${measures} }
    }`);
  const measured = (rows: Fields[]) => {
    const won = rows.filter(({ status }) => status === 'WON').length;
    const median = medianOf(rows);
    return {
      count: rows.length,
      winRate: percent(won, rows.filter(({ status }) => status !== 'OPEN').length),
      sum: { value: sumOf(rows) },
      median: { value: median === null && !rows.some(({ value }) => value) ? null : { amount: median ?? '0.00' } },
      customers: new Set(rows.map(customerOf).filter((id) => id !== null)).size,
    };
  };
  expect(pairs.total).toEqual(measured(deals));
  expect(days.total).toEqual(measured(deals));
  const valueIn = (key: unknown) => (key as Fields).value;
  for (const { source, currency, ...group } of pairs.groups) {
    const here = deals.filter((deal) => deal.source === valueIn(source) && deal.currency === valueIn(currency));
    expect(group).toEqual(measured(here));
  }
  const sizes = (all: Group[]) => all.reduce((sum, { count }) => sum + count, 0);
  expect(sizes(pairs.groups)).toBe(deals.length);
  const dayOf = ({ createdAt }: Fields) =>
    new Date(createdAt as string).toLocaleDateString('sv-SE', { timeZone: zone });
  for (const { day, ...group } of days.groups)
    expect(group).toEqual(measured(deals.filter((deal) => dayOf(deal) === valueIn(day))));
  expect(sizes(days.groups)).toBe(deals.length);
}
