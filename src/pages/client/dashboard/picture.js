import { element, find, tableRow } from '../element.js';
import { showBars } from './charts.js';
import { showRows } from './rows.js';

/** Minimum height of a horizontal bar in pixels; below it, the axis would skip labels. */
const heightOfBar = 24;

/**
 * Shows rows as bars and as a table; `rows` is null if the user may not read them. `opens` gives the records behind a
 * row. A bar is about those records of them that also match the filter `within`, and `note` says so.
 */
export function showPicture(id, { rows, isEmpty, isBar = () => true, columns, opens, note = () => '', ...options }) {
  const card = find(id).closest('section');
  const [empty, canvas, details, about] = ['.empty', '.canvas', 'details', '.note-of-bars'].map((part) =>
    card.querySelector(part),
  );
  const isShown = Boolean(rows && !isEmpty(rows));
  const bars = isShown ? rows.filter(isBar) : [];
  empty.hidden = isShown;
  empty.textContent = rows ? 'Nothing here yet.' : 'You do not have permission to see this.';
  details.hidden = !isShown;
  canvas.hidden = !bars.length;
  if (options.lying) canvas.style.minHeight = `${bars.length * heightOfBar}px`;
  about.textContent = isShown ? note(rows) : '';
  if (bars.length) fillChart(id, { rows: bars, opens, ...options });
  if (isShown) fillTable(id, { rows, columns, opens });
}

function fillChart(id, { rows, label, value, describe, opens, within, ...options }) {
  const narrowed = (figure) => ({ ...figure, filter: { ...figure.filter, ...within } });
  showBars(id, {
    labels: rows.map(label),
    values: rows.map(value),
    describe: (n) => describe(rows[n]),
    open: (n) => showRows(narrowed(opens(rows[n]))),
    ...options,
  });
}

function fillTable(id, { rows, columns, opens }) {
  const table = find(`${id}-table`);
  const focused = document.activeElement;
  // The buttons stay, so that the focus comes back from the dialog that one of them has opened.
  const present = new Map([...table.querySelectorAll('.opens')].map((button) => [button.textContent, button]));
  table.replaceChildren(
    tableRow(Object.keys(columns), 'col'),
    ...rows.map((row) => {
      const [first, ...rest] = Object.values(columns).map((cell) => cell(row));
      const button = present.get(first) ?? element('button', { type: 'button', className: 'opens' }, first);
      present.delete(first);
      button.onclick = () => showRows(opens(row));
      return tableRow([button, ...rest]);
    }),
  );
  if (table.contains(focused)) focused.focus({ preventScroll: true });
}
