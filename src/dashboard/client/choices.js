import { lengthOf, plusDays, todayIn } from './days.js';
import { find } from './element.js';

/** Fills the owners and pipelines to choose among; what was chosen stays where it is still there. */
export function offer({ pipelines, owners }) {
  fill('pipeline', [['All pipelines', ''], ...pipelines.map(({ id, name }) => [name, id])]);
  fill('owner', [['Everybody', ''], ['Nobody', 'none'], ...owners.map(({ id, fullName }) => [fullName, id])]);
  find('pipeline').closest('label').hidden = pipelines.length < 2;
  find('owner').closest('label').hidden = owners.length === 0;
}

/** Offers the currencies of the bars where there are several, and gives the one that is chosen. */
export function offerCurrencies(currencies, own) {
  fill(
    'currency',
    currencies.map((code) => [code, code]),
  );
  find('currency').closest('label').hidden = currencies.length < 2;
  return find('currency').value || own;
}

function fill(id, options) {
  const select = find(id);
  const before = select.value;
  select.replaceChildren(...options.map(([text, value]) => new Option(text, value)));
  select.value = options.some(([, value]) => value === before) ? before : (options[0]?.[1] ?? '');
}

/** What the figures shall be about; throws where the days are in the wrong order. */
export function chosen({ timezone }) {
  const today = todayIn(timezone);
  return { range: rangeUpTo(today), today, owner: find('owner').value, pipeline: find('pipeline').value };
}

function rangeUpTo(today) {
  const range = find('range').value;
  const isOwn = range === 'own';
  for (const id of ['from', 'to']) find(id).closest('label').hidden = !isOwn;
  if (range === 'all') return {};
  if (!isOwn) return { from: plusDays(today, 1 - Number(range)), to: today };
  const [from, to] = [find('from').value, find('to').value];
  if (from && to && lengthOf({ from, to }) < 1) throw new Error('The range ends before it begins.');
  return { ...(from && { from }), ...(to && { to }) };
}
