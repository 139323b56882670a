import { element } from '../element.js';
import { countsText, recordName, typeName } from './words.js';

const sources = { UNDO: 'Undo', SEED: 'Loaded data', SYSTEM: 'Server or database' };

/** The line about a change set: how many records it changed, and which if they are few. */
export function titleOf({ counts, changes }) {
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const names = [...new Set(changes.nodes.map(recordName).filter(Boolean))];
  const isTold = names.length && total <= changes.nodes.length;
  return countsText(counts) + (isTold ? `: ${names.join(', ')}` : '');
}

/** The author, the root fields and the origin of a change set. */
export const authorship = ({ actorName, operations, source }) =>
  [actorName, source !== 'UNDO' && operations.join(', '), sources[source]].filter(Boolean).join(' · ');

const tag = (text) => element('span', { className: 'tag' }, text);

/** Tags an entry whose change set has been undone. */
export function markUndone(item) {
  if (!item.querySelector('.tag')) item.append(tag('Undone'));
}

/** An entry for a change set; `open` shows it. */
export const setEntry = (open) => (set, time) =>
  element(
    'li',
    {},
    element(
      'span',
      { className: 'what' },
      element('button', { type: 'button', className: 'opens', onclick: () => open(set.id) }, titleOf(set)),
      element('span', { className: 'quiet' }, `${time} · ${authorship(set)}`),
    ),
    ...(set.undoneBy ? [tag('Undone')] : []),
  );

/** An entry for a deleted record; `putBack` shows what putting it back would do. */
export const deletedEntry = (putBack) => (change, time) => {
  const name = recordName(change) ?? 'without a name';
  const onclick = () => putBack(change.changeSet.id);
  return element(
    'li',
    {},
    element(
      'span',
      { className: 'what' },
      `${typeName(change.recordType)}: ${name}`,
      element('span', { className: 'quiet' }, `${time} · deleted by ${change.changeSet.actorName}`),
    ),
    element('button', { type: 'button', ariaLabel: `Put back: ${name}`, onclick }, 'Put back …'),
  );
};
