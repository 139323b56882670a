import { Field, Int, ObjectType } from 'type-graphql';
import type { Viewer } from '../../platform/auth/viewer.js';
import { type Fragment, sql } from '../../platform/database/sql.js';
import { DecimalScalar } from '../../platform/schema/scalars.js';

@ObjectType({ simpleResolvers: true, description: 'An amount of money in one currency.' })
export class Money {
  @Field(() => DecimalScalar, { description: 'The amount, with 2 decimals.' })
  amount!: string;

  @Field(() => String, { description: 'ISO 4217 code of the currency.' })
  currency!: string;
}

@ObjectType({
  simpleResolvers: true,
  description:
    "A money measure in the organization's currency; other currencies are listed separately, never converted or " +
    'added.',
})
export class MoneyAggregate {
  @Field(() => DecimalScalar, { description: 'The amount in `currency`; `"0.00"` if no row has a value in it.' })
  amount!: string;

  @Field(() => String, { description: "ISO 4217 code of the organization's currency." })
  currency!: string;

  @Field(() => Int, {
    description: 'Number of rows with a value in `currency`, which `amount` covers.',
  })
  rowCount!: number;

  @Field(() => [Money], { description: 'The same measure in every other currency that occurs, ordered by code.' })
  otherCurrencies!: Money[];
}

/** A measure in one currency and the number of its values. */
export interface Measured {
  amount: string;
  rowCount: number;
}

/** Measures by currency, as `sumByCurrency` returns them. */
type Amounts = Record<string, Measured> | null;

/** One JSON object `{ "USD": { "amount": "150.00", "rowCount": 2 } }` from rows with a currency and a value. */
export const sumByCurrency = (rows: Fragment): Fragment =>
  sql`(
    select jsonb_object_agg(s.currency, jsonb_build_object('amount', s.amount::text, 'rowCount', s.size))
    from (
      select r.currency, coalesce(sum(r.value), 0)::numeric(20,2) as amount, count(r.value) as size
      from (${rows}) as r
      group by r.currency
    ) as s
  )`;

export function moneyOf(amounts: unknown, { organization }: Viewer): MoneyAggregate {
  const { currency } = organization!;
  const { [currency]: own = { amount: '0.00', rowCount: 0 }, ...others } = (amounts as Amounts) ?? {};
  return {
    ...own,
    currency,
    otherCurrencies: Object.keys(others)
      .sort()
      .map((code) => ({ currency: code, amount: others[code]!.amount })),
  };
}
