// Amounts of records with their currencies.

import { demandMembership } from '../../platform/auth/viewer.js';
import type { Class } from '../../platform/class.js';
import { type Fragment, sql } from '../../platform/database/sql.js';
import type { ExpressionScope } from '../../platform/records/property.js';
import { compute } from '../../platform/records/record.js';
import { Customer } from '../customers/customer.js';
import { Lead } from '../leads/lead.js';
import { Deal } from './deal.js';
import { Money } from './money.js';

type Column = (name: string) => Fragment;

function moneyField(
  owner: Class,
  name: string,
  {
    description,
    amount,
    currency,
  }: { description: string; amount: string; currency: (column: Column, scope: ExpressionScope) => Fragment },
): void {
  compute(owner, {
    name,
    kind: 'json',
    type: () => Money,
    nullable: true,
    description,
    sql: (scope) => {
      const column: Column = (name) => sql`${scope.table}.${sql.ref(name)}`;
      return sql`
      case when ${column(amount)} is not null then
        jsonb_build_object('amount', ${column(amount)}::text, 'currency', ${currency(column, scope)}::text)
      end`;
    },
  });
}

const ofDeal = (column: Column) => column('currency');
const ofOrganization = (_: Column, scope: ExpressionScope) => sql`${demandMembership(scope.viewer).currency}`;

moneyField(Deal, 'money', {
  description: 'Value of the deal with its currency; null without a value.',
  amount: 'value',
  currency: ofDeal,
});
moneyField(Deal, 'expectedMoney', {
  description: 'Expected revenue of the deal with its currency; null without a value.',
  amount: 'expected_revenue',
  currency: ofDeal,
});
moneyField(Lead, 'estimatedMoney', {
  description: "Expected value of a sale with the organization's currency; null without a value.",
  amount: 'estimated_value',
  currency: ofOrganization,
});
/** Shows the credit limit of customers or vendors as money. */
export const creditLimitMoney = (owner: Class): void =>
  moneyField(owner, 'creditLimitMoney', {
    description: "Credit limit with the organization's currency; null without a limit.",
    amount: 'credit_limit',
    currency: ofOrganization,
  });

creditLimitMoney(Customer);
