import { element, find } from '../element.js';
import { count, counted, money, monies, percent, rangeText } from '../format.js';
import { before, lengthOf } from './days.js';

/** Shows the headline figures, without those that the user may not read. */
export function showCards({ closed, open, leads, customers }, range) {
  const isBounded = Boolean(range.from || range.to);
  const cards = [
    closed && ['Revenue won', monies(closed.total.sum.value), outcome(closed.total), formerRevenue(closed, range)],
    open && ['Open pipeline now', monies(open.total.sum.value), expected(open.total)],
    customers && [
      isBounded ? 'New customers' : 'Customers',
      [count(customers.total.count)],
      `${count(customers.total.active)} active`,
      growth(customers, range),
    ],
    leads && [isBounded ? 'New leads' : 'Leads', [count(leads.total.count)], growth(leads, range)],
  ];
  find('cards').replaceChildren(
    ...cards
      .filter(Boolean)
      .map(([name, figures, ...more]) =>
        element(
          'div',
          { className: 'card' },
          element('dt', {}, name),
          ...figures.map((figure) => element('dd', { className: 'figure' }, figure)),
          ...more.filter(Boolean).map((text) => element('dd', { className: 'more' }, text)),
        ),
      ),
  );
}

function outcome({ won, lost }) {
  const rate = won + lost ? `, ${percent((won / (won + lost)) * 100)} win rate` : '';
  return `${counted(won, 'deal')} won, ${count(lost)} lost${rate}`;
}

const expected = ({ count: deals, sum }) => `${counted(deals, 'deal')}, ${money(sum.expectedRevenue)} expected`;

const formerRevenue = ({ previousTotal }, range) =>
  previousTotal && `${money(previousTotal.sum.value)} in ${formerly(range)}`;

function growth({ total, previousTotal }, range) {
  if (!previousTotal) return null;
  const [now, then] = [total.count, previousTotal.count];
  const change = then ? `${now > then ? '+' : ''}${percent(((now - then) / then) * 100)}: ` : '';
  return `${change}${count(then)} in ${formerly(range)}`;
}

const formerly = (range) => `the ${counted(lengthOf(range), 'day')} before (${rangeText(before(range))})`;
