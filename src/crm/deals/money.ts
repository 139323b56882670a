import { Field, ObjectType } from 'type-graphql';
import type { Viewer } from '../../platform/auth/viewer.js';
import { type Fragment, sql } from '../../platform/database/sql.js';
import { DecimalScalar } from '../../platform/graphql/scalars.js';

@ObjectType({ simpleResolvers: true, description: 'An amount in one currency.' })
export class Money {
  @Field(() => DecimalScalar, { description: 'Amount with 2 decimals.' })
  amount!: string;

  @Field(() => String, { description: 'ISO 4217 code.' })
  currency!: string;
}

@ObjectType({
  simpleResolvers: true,
  description:
    "A money measure in the organization's currency; other currencies stand beside it and are never converted or added.",
})
export class MoneyAggregate {
  @Field(() => DecimalScalar, { description: 'The measure over deals in `currency`; `"0.00"` when there are none.' })
  amount!: string;

  @Field(() => String, { description: "The organization's ISO 4217 currency code." })
  currency!: string;

  @Field(() => [Money], { description: 'The same measure for each other currency that occurs, ordered by code.' })
  otherCurrencies!: Money[];
}

/** Amounts by currency as SQL makes them; see `sumByCurrency`. */
type Amounts = Record<string, string> | null;

/** One JSON object `{ "USD": "150.00" }` from rows with a currency and an amount. */
export const sumByCurrency = (rows: Fragment): Fragment =>
  sql`(select jsonb_object_agg(s.currency, s.amount::text) from (select r.currency, coalesce(sum(r.value), 0)::numeric(20,2) as amount from (${rows}) as r group by r.currency) as s)`;

export function moneyOf(amounts: unknown, { organization }: Viewer): MoneyAggregate {
  const { currency } = organization!;
  const { [currency]: amount = '0.00', ...others } = (amounts as Amounts) ?? {};
  return {
    amount,
    currency,
    otherCurrencies: Object.keys(others)
      .sort()
      .map((code) => ({ currency: code, amount: others[code]! })),
  };
}
