import { showBars } from './charts.js';
import { element, find, tableRow } from './element.js';
import { showRows } from './rows.js';

/** Pixels below which the names of lying bars would no longer all be told. */
const heightOfBar = 24;

/**
 * The same rows as bars and as a table; null is what the caller may not read. `opens` gives the rows behind one of
 * them, of which a bar is about those `within` a filter; `note` says so.
 */
export function showPicture(id, { rows, isEmpty, isBar = () => true, columns, opens, note = () => '', ...looks }) {
  const card = find(id).closest('section');
  const [empty, canvas, details, about] = ['.empty', '.canvas', 'details', '.note-of-bars'].map((part) =>
    card.querySelector(part),
  );
  const isShown = Boolean(rows && !isEmpty(rows));
  const bars = isShown ? rows.filter(isBar) : [];
  empty.hidden = isShown;
  empty.textContent = rows ? 'Nothing here yet.' : 'You may not read this.';
  details.hidden = !isShown;
  canvas.hidden = !bars.length;
  if (looks.lying) canvas.style.minHeight = `${bars.length * heightOfBar}px`;
  about.textContent = isShown ? note(rows) : '';
  if (bars.length) fillChart(id, { rows: bars, opens, ...looks });
  if (isShown) fillTable(id, { rows, columns, opens });
}

function fillChart(id, { rows, label, value, describe, opens, within, ...looks }) {
  showBars(id, {
    labels: rows.map(label),
    values: rows.map(value),
    describe: (n) => describe(rows[n]),
    open(n) {
      const figure = opens(rows[n]);
      return showRows({ ...figure, filter: { ...figure.filter, ...within } });
    },
    ...looks,
  });
}

function fillTable(id, { rows, columns, opens }) {
  find(`${id}-table`).replaceChildren(
    tableRow(Object.keys(columns), 'col'),
    ...rows.map((row) => {
      const [first, ...others] = Object.values(columns).map((cell) => cell(row));
      const onclick = () => showRows(opens(row));
      return tableRow([element('button', { type: 'button', className: 'opens', onclick }, first), ...others]);
    }),
  );
}
