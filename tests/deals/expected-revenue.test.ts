import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { expectedRevenue, expectedRevenueSql } from '../../src/crm/deals/expected-revenue.js';
import { sql as fragment } from '../../src/platform/database/sql.js';
import { sql } from '../support/database.js';

const decimal = (max: number) =>
  fc
    .integer({ min: 0, max: max * 100 })
    .map((cents) => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`);
const deals = fc.array(fc.tuple(fc.option(decimal(9_999_999_999)), decimal(100)), { minLength: 1, maxLength: 50 });

test('the server and PostgreSQL expect the same revenue, whatever the value and the probability', async () => {
  const { text } = fragment`
    select ${expectedRevenueSql(fragment`value`, fragment`probability`)}::text as revenue
    from unnest($1::numeric[], $2::numeric[]) with ordinality as deal(value, probability, n)
    order by n`;
  await fc.assert(
    fc.asyncProperty(deals, async (made) => {
      const rows = await sql<{ revenue: string | null }>(text, [
        made.map(([value]) => value),
        made.map(([, probability]) => probability),
      ]);
      expect(rows.map(({ revenue }) => revenue)).toEqual(made.map((deal) => expectedRevenue(...deal)));
    }),
    {
      examples: [
        [
          [
            ['0.50', '1.00'],
            ['0.49', '1.00'],
            ['9999999999.99', '100.00'],
            [null, '50.00'],
          ],
        ],
      ],
    },
  );
});
