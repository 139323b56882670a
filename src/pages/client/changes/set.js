import { element, find, tableRow } from '../element.js';
import { momentsIn } from '../format.js';
import { linkTo } from '../link.js';
import { ask } from '../server.js';
import { setDocument } from './documents.js';
import { authorship, titleOf } from './list.js';
import { tell } from './note.js';
import { endUndo, setUpUndo } from './undo.js';
import { fieldName, recordName, shownValue, typeName } from './words.js';

let keep;
let shown = null;

/** `keep` puts the open set into the address; `changed` is called after an undo. */
export function setUpSet({ changed, keep: keepSet }) {
  keep = keepSet;
  find('set').addEventListener('close', () => {
    shown = null;
    keep(null);
  });
  find('set-close').addEventListener('click', closeSet);
  find('set-more').addEventListener('click', more);
  setUpUndo({ changed, current: () => shown, open: (id) => openSet(id, shown.timeZone) });
}

export const closeSet = () => find('set').close();

/** Shows a change set in the dialog; false if the user may not see it, or if another one was opened meanwhile. */
export async function openSet(id, timeZone) {
  const set = { id, timeZone, moment: momentsIn(timeZone).moment, after: null, hasMore: false, names: new Map() };
  shown = set;
  endUndo();
  find('set-title').textContent = 'Changes';
  find('set-about').textContent = '';
  find('set-changes').replaceChildren();
  find('rehearse').hidden = true;
  find('set-link').href = linkTo(location.href, { query: setDocument, variables: JSON.stringify({ id }, null, 2) });
  if (!find('set').open) find('set').showModal();
  // The button that opened another set is gone.
  else find('set-title').focus();
  keep(id);
  const found = await more();
  if (set !== shown || !found) return false;
  find('set-title').textContent = titleOf(found);
  find('set-about').replaceChildren(...about(found, set));
  find('rehearse').hidden = !found.counts.length;
  return true;
}

function about(found, { moment, timeZone }) {
  const related = (verb, { id, at, actorName }) => {
    const onclick = () => openSet(id, timeZone);
    const text = `${verb} ${moment(at)} by ${actorName}`;
    return [' · ', element('button', { type: 'button', className: 'opens', onclick }, text)];
  };
  return [
    `${moment(found.at)} · ${authorship(found)}`,
    ...(found.undoes ? related('Undoes changes of', found.undoes) : []),
    ...(found.undoneBy ? related('Undone', found.undoneBy) : []),
  ];
}

/** Appends the next changes of the set; null if there is none that the user may see, or without an answer. */
async function more() {
  const set = shown;
  const button = find('set-more');
  button.disabled = true;
  tell('Getting the changes …');
  try {
    const { changeSet } = await ask(setDocument, { id: set.id, after: set.after });
    if (set !== shown) return null;
    if (!changeSet) {
      tell(
        'You may not see these changes. Only their author, and people who may change the organization, can undo them.',
        { isProblem: true },
      );
      return null;
    }
    const { nodes, pageInfo } = changeSet.changes;
    for (const change of nodes) {
      const name = recordName(change);
      if (name && !set.names.has(change.recordId)) set.names.set(change.recordId, name);
      find('set-changes').append(changeCard(change, name, set));
    }
    set.after = pageInfo.endCursor;
    set.hasMore = pageInfo.hasNextPage;
    button.hidden = !set.hasMore;
    tell('');
    return changeSet;
  } catch ({ message }) {
    if (set === shown) tell(message, { isProblem: true });
    return null;
  } finally {
    button.disabled = false;
  }
}

function changeCard(change, name, { moment }) {
  const { recordType, action, fields, isErased } = change;
  const title = `${typeName(recordType)} ${action.toLowerCase()}${name ? `: ${name}` : ''}`;
  const isUpdate = action === 'UPDATED';
  const cell = (value, label) => element('span', {}, shownValue(value, label, moment));
  const rows = fields.map(({ name: field, before, beforeLabel, after, afterLabel }) => {
    const cells = { before: cell(before, beforeLabel), after: cell(after, afterLabel) };
    const shownCells = isUpdate ? [cells.before, cells.after] : [action === 'CREATED' ? cells.after : cells.before];
    return tableRow([element('span', { title: field }, fieldName(field)), ...shownCells]);
  });
  const table = element('table', {}, tableRow(['Field', ...(isUpdate ? ['Before', 'After'] : ['Value'])], 'col'));
  table.append(...rows);
  const nothing = isErased ? 'The values were erased for good.' : 'No field that you may see.';
  return element('section', {}, element('h3', {}, title), rows.length ? table : element('p', {}, nothing));
}
