import { element, find, tableRow } from '../element.js';
import { count } from '../format.js';
import { dataOf, send } from '../server.js';
import { undoDocument } from './documents.js';
import { tell } from './note.js';
import { fieldName, recordName, shownValue, typeName } from './words.js';

/** Records that a rehearsal names; the explorer shows the others. */
const mostRecords = 100;

const would = {
  CREATED: 'would be put back',
  UPDATED: 'would get its former values',
  DELETED: 'would be deleted',
  UNCHANGED: 'is as before already',
  FAILED: 'cannot be undone',
  NOT_ATTEMPTED: 'would stay as it is',
};

const did = {
  ...would,
  CREATED: 'is back',
  UPDATED: 'has its former values',
  DELETED: 'is deleted',
  NOT_ATTEMPTED: 'stays as it is',
};

const parts = ['undo', 'undo-back', 'undo-now'];

let given;
/** The mode in which the undo can be done after its rehearsal. */
let mode;

/** `current` gives the change set in the dialog, and `open` shows another one; `changed` is called after an undo. */
export function setUpUndo(uses) {
  given = uses;
  find('rehearse').addEventListener('click', rehearse);
  find('undo-now').addEventListener('click', undo);
  find('undo-back').addEventListener('click', () => {
    endUndo();
    find('rehearse').focus();
  });
}

/** Shows the changes of the set in place of its undo. */
export function endUndo() {
  for (const id of parts) find(id).hidden = true;
  for (const id of ['set-changes', 'rehearse']) find(id).hidden = false;
  find('set-more').hidden = !given.current()?.hasMore;
  tell('');
}

/** Shows what the undo would do, each record by itself, and offers to do it. */
export async function rehearse() {
  const answer = await run('PER_ROW', { headers: { 'X-Dry-Run': 'true' } });
  if (!answer) return;
  const { summary, results } = answer.undone;
  const sound = summary.created + summary.updated + summary.deleted;
  mode = summary.failed ? 'PER_ROW' : 'ATOMIC';
  const records = `${count(sound)} record${sound === 1 ? '' : 's'}`;
  show(
    sound
      ? 'This is a rehearsal: nothing has changed yet.'
      : summary.failed
        ? 'Nothing can be undone.'
        : 'Everything is as before already.',
    results,
    would,
  );
  find('undo-now').hidden = !sound;
  find('undo-now').textContent = summary.failed ? `Undo ${records} without the others` : `Undo ${records}`;
}

async function undo() {
  const answer = await run(mode);
  if (!answer) return;
  const { undone, changeSetId } = answer;
  find('undo-now').hidden = true;
  show(changeSetId ? 'Undone.' : 'Nothing was undone.', undone.results, did);
  if (changeSetId) {
    const onclick = () => given.open(changeSetId);
    find('undo').prepend(
      element('p', {}, element('button', { type: 'button', className: 'opens', onclick }, 'Open this undo')),
    );
  }
  given.changed();
}

/** Sends the undo; null if it was refused, or if the dialog shows another set by now. */
async function run(inMode, options) {
  const set = given.current();
  const buttons = ['rehearse', 'undo-now'].map(find);
  for (const button of buttons) button.disabled = true;
  tell(options ? 'Rehearsing …' : 'Undoing …');
  try {
    const answer = await send({ query: undoDocument, variables: { id: set.id, mode: inMode } }, options);
    const { undoChangeSet: undone } = dataOf(answer);
    return set === given.current() ? { undone, changeSetId: answer.extensions?.changeSetId } : null;
  } catch ({ message }) {
    if (set === given.current()) tell(message, { isProblem: true });
    return null;
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

/** Shows the outcomes in place of the changes, those that cannot be undone first. */
function show(text, results, words) {
  for (const id of ['set-changes', 'set-more', 'rehearse']) find(id).hidden = true;
  for (const id of ['undo', 'undo-back']) find(id).hidden = false;
  tell(text);
  const sorted = results.toSorted((one, other) => (other.status === 'FAILED') - (one.status === 'FAILED'));
  const items = sorted.slice(0, mostRecords).map((row) => outcome(row, words));
  const rest = sorted.length - items.length;
  find('undo').replaceChildren(
    element('ul', { className: 'entries' }, ...items),
    ...(rest ? [element('p', {}, `And ${count(rest)} more.`)] : []),
  );
  find('undo').focus();
}

function outcome(row, words) {
  const name = recordName(row) ?? given.current().names.get(row.id);
  // The table of conflicts says it all about fields that were changed again.
  const reasons = row.errors.filter(({ reason }) => reason !== 'FIELD_CHANGED').map(({ message }) => message);
  const text = [words[row.status], ...reasons].join(': ');
  return element(
    'li',
    { className: row.status === 'FAILED' ? 'failed' : '' },
    element(
      'span',
      { className: 'what' },
      `${typeName(row.recordType)}${name ? `: ${name}` : ''}`,
      element('span', { className: 'quiet' }, text),
    ),
    ...(row.conflicts.length ? [conflictTable(row.conflicts)] : []),
  );
}

function conflictTable(conflicts) {
  const { moment } = given.current();
  const table = element('table', {}, tableRow(['Field', 'These changes', 'Now', 'Changed again'], 'col'));
  for (const { field, expected, expectedLabel, found, foundLabel, laterChangeSet: later } of conflicts) {
    const onclick = () => given.open(later.id);
    table.append(
      tableRow([
        ...(field === 'id'
          ? ['Record', '', found ? 'in use' : 'gone']
          : [
              element('span', { title: field }, fieldName(field)),
              shownValue(expected, expectedLabel, moment),
              shownValue(found, foundLabel, moment),
            ]),
        later
          ? element(
              'button',
              { type: 'button', className: 'opens', onclick },
              `${moment(later.at)} by ${later.actorName}`,
            )
          : 'by somebody else',
      ]),
    );
  }
  return table;
}
