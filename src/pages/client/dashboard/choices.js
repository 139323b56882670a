import { lengthOf, plusDays, todayIn } from './days.js';
import { find } from './element.js';

const usualDays = 30;
const labelOf = (id) => find(id).closest('label');
const addressed = (id) => new URLSearchParams(location.search).get(id);

/** Takes from the address what its link was about; the rest of it has to wait for its options. */
export function recallChoices() {
  const range = addressed('range');
  if ([...find('range').options].some(({ value }) => value === range)) find('range').value = range;
  for (const id of ['from', 'to']) find(id).value = addressed(id) ?? '';
}

/** Keeps what is chosen in the address: for a reload, for the way back, and for whoever is given the link. */
export function keepChoices() {
  const kept = ['range', 'from', 'to', 'pipeline', 'owner', 'currency']
    .filter((id) => !labelOf(id).hidden && find(id).value)
    .map((id) => [id, find(id).value]);
  history.replaceState(null, '', `?${new URLSearchParams(kept)}`);
}

/** Fills the owners and pipelines to choose among; what was chosen stays where it is still there. */
export function offer({ pipelines, owners }) {
  fill('pipeline', [['All pipelines', ''], ...pipelines.map(({ id, name }) => [name, id])]);
  fill('owner', [['Everybody', ''], ['Nobody', 'none'], ...owners.map(({ id, fullName }) => [fullName, id])]);
  labelOf('pipeline').hidden = pipelines.length < 2;
  labelOf('owner').hidden = owners.length === 0;
}

/** Offers the currencies of the bars where there are several, and gives the one that is chosen. */
export function offerCurrencies(currencies, own) {
  const options = currencies.map((code) => [code, code]);
  fill('currency', options);
  labelOf('currency').hidden = currencies.length < 2;
  return find('currency').value || own;
}

function fill(id, options) {
  const select = find(id);
  const wanted = select.options.length ? select.value : addressed(id);
  select.replaceChildren(...options.map(([text, value]) => new Option(text, value)));
  if (options.some(([, value]) => value === wanted)) select.value = wanted;
}

/** The scope that is chosen for the figures; throws if the days are in the wrong order. */
export function chosen({ timezone }) {
  const today = todayIn(timezone);
  return { range: rangeUpTo(today), today, owner: find('owner').value, pipeline: find('pipeline').value };
}

function rangeUpTo(today) {
  const range = find('range').value;
  const isOwn = range === 'own';
  for (const id of ['from', 'to']) labelOf(id).hidden = !isOwn;
  if (range === 'all') return {};
  if (!isOwn) return { from: plusDays(today, 1 - Number(range)), to: today };
  if (!find('from').value && !find('to').value) {
    find('from').value = plusDays(today, 1 - usualDays);
    find('to').value = today;
  }
  const [from, to] = ['from', 'to'].map((id) => (find(id).validity.valid ? find(id).value : ''));
  if (from && to && lengthOf({ from, to }) < 1) throw new Error('The range ends before it begins.');
  return { ...(from && { from }), ...(to && { to }) };
}
