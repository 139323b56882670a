const number = new Intl.NumberFormat('en');

export const count = (value) => number.format(value);
export const percent = (value) => `${number.format(value)} %`;

/** Amounts are exact texts; only what is shown is rounded. */
const amount = (value, currency, options = { maximumFractionDigits: 0 }) =>
  new Intl.NumberFormat('en', { style: 'currency', currency, ...options }).format(value);

export const short = (value, currency) => amount(value, currency, { notation: 'compact', maximumFractionDigits: 1 });

/** A money measure with its other currencies, which are never added. */
export const money = ({ amount: own, currency, otherCurrencies }) =>
  [{ amount: own, currency }, ...otherCurrencies].map((part) => amount(part.amount, part.currency)).join(' + ');
