import { find } from '../element.js';
import { lengthOf, plusDays, todayIn } from './days.js';

const defaultDays = 30;
const labelOf = (id) => find(id).closest('label');
const inAddress = (id) => new URLSearchParams(location.search).get(id);

/** Restores the range from the address; the other choices are restored when their options are known. */
export function recallChoices() {
  const range = inAddress('range');
  if ([...find('range').options].some(({ value }) => value === range)) find('range').value = range;
  for (const id of ['from', 'to']) find(id).value = inAddress(id) ?? '';
}

/** Puts the choices into the address, so that they survive a reload and can be shared as a link. */
export function keepChoices() {
  const choices = ['range', 'from', 'to', 'pipeline', 'owner', 'currency']
    .filter((id) => !labelOf(id).hidden && find(id).value)
    .map((id) => [id, find(id).value]);
  history.replaceState(null, '', `?${new URLSearchParams(choices)}`);
}

/** Offers owners and pipelines; a choice that is still available stays. */
export function offer({ pipelines, owners }) {
  fill('pipeline', [['All pipelines', ''], ...pipelines.map(({ id, name }) => [name, id])]);
  fill('owner', [['Everybody', ''], ['Nobody', 'none'], ...owners.map(({ id, fullName }) => [fullName, id])]);
  labelOf('pipeline').hidden = pipelines.length < 2;
  labelOf('owner').hidden = owners.length === 0;
}

/** Offers the currencies of the bars if there are several, and returns the chosen one. */
export function offerCurrencies(currencies, organizationCurrency) {
  const options = currencies.map((code) => [code, code]);
  fill('currency', options);
  labelOf('currency').hidden = currencies.length < 2;
  return find('currency').value || organizationCurrency;
}

function fill(id, options) {
  const select = find(id);
  const present = [...select.options].map(({ text, value }) => [text, value]);
  // A list that somebody has just opened stays open.
  if (JSON.stringify(present) === JSON.stringify(options)) return;
  const wanted = select.options.length ? select.value : inAddress(id);
  select.replaceChildren(...options.map(([text, value]) => new Option(text, value)));
  if (options.some(([, value]) => value === wanted)) select.value = wanted;
}

/** The chosen scope of the figures; throws if the range ends before it begins. */
export function chosen({ timeZone }) {
  const today = todayIn(timeZone);
  return { range: rangeUpTo(today), today, owner: find('owner').value, pipeline: find('pipeline').value };
}

function rangeUpTo(today) {
  const range = find('range').value;
  const isOwn = range === 'own';
  for (const id of ['from', 'to']) labelOf(id).hidden = !isOwn;
  if (range === 'all') return {};
  if (!isOwn) return { from: plusDays(today, 1 - Number(range)), to: today };
  if (!find('from').value && !find('to').value) {
    find('from').value = plusDays(today, 1 - defaultDays);
    find('to').value = today;
  }
  const [from, to] = ['from', 'to'].map((id) => (find(id).validity.valid ? find(id).value : ''));
  if (from && to && lengthOf({ from, to }) < 1) throw new Error('The range ends before it begins.');
  return { ...(from && { from }), ...(to && { to }) };
}
