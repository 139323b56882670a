import { type Fragment, sql } from '../../platform/database/sql.js';

/** value · probability / 100 in exact hundredths, rounded half up to 2 decimals; null without a value. */
export function expectedRevenue(value: string | null, probability: string): string | null {
  if (value === null) return null;
  const rounded = (hundredths(value) * hundredths(probability) + 5000n) / 10_000n;
  return `${rounded / 100n}.${String(rounded % 100n).padStart(2, '0')}`;
}

/** The same, computed by PostgreSQL from two expressions of type numeric. */
export const expectedRevenueSql = (value: Fragment, probability: Fragment): Fragment =>
  sql`round(${value} * ${probability} / 100, 2)`;

function hundredths(decimal: string): bigint {
  const [whole, fraction = ''] = decimal.split('.');
  return BigInt(whole!) * 100n + BigInt(fraction.padEnd(2, '0').slice(0, 2));
}
