import 'reflect-metadata';
import { describe, expect, test } from '@jest/globals';
import { moneyOf, sumByCurrency } from '../../src/crm/deals/money.js';
import { sql } from '../../src/platform/database/sql.js';
import { anOwner } from '../support/viewer.js';

describe('a money measure', () => {
  const amounts = {
    USD: { amount: '150.00', rowCount: 2 },
    JPY: { amount: '9.00', rowCount: 1 },
    EUR: { amount: '0.00', rowCount: 3 },
  };

  test("stands in the organization's currency, the others beside it by code", () => {
    expect(moneyOf(amounts, anOwner)).toEqual({
      amount: '150.00',
      currency: 'USD',
      rowCount: 2,
      otherCurrencies: [
        { currency: 'EUR', amount: '0.00' },
        { currency: 'JPY', amount: '9.00' },
      ],
    });
  });

  test('is 0.00 of no rows in that currency, and keeps the others', () => {
    const { USD: _, ...others } = amounts;
    expect(moneyOf(others, anOwner)).toMatchObject({ amount: '0.00', rowCount: 0 });
    expect(moneyOf(others, anOwner).otherCurrencies).toHaveLength(2);
  });

  test.each([null, {}])('of nothing, %j, is 0.00', (none) => {
    expect(moneyOf(none, anOwner)).toEqual({ amount: '0.00', currency: 'USD', rowCount: 0, otherCurrencies: [] });
  });

  test('is the same for each viewer of the organization, and leaves the amounts as they were', () => {
    const kept = structuredClone(amounts);
    moneyOf(amounts, anOwner);
    expect(amounts).toEqual(kept);
  });

  test('is summed over the rows that it is given, with their values', () => {
    const { text, values } = sumByCurrency(sql`select currency, value from deals where status = ${'WON'}`);
    expect(text).toContain('from (select currency, value from deals where status = $1) as r');
    expect(values).toEqual(['WON']);
  });
});
