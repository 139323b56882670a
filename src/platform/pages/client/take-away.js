import { allRows, isQuery, mostRows } from './all-pages.js';
import { byteOrderMark, csvOf } from './csv.js';
import { send } from './server.js';
import { tableOf } from './table.js';

const number = new Intl.NumberFormat('en');

export const count = (rows) => `${number.format(rows)} ${rows === 1 ? 'row' : 'rows'}`;

/** A list of an answer as CSV, all its pages, and what to say about it. */
export async function csvFrom(run, list, { signal, progress }) {
  // Only a query may be sent again; of a mutation there is what came back.
  const { rows, total } =
    list.isPaged && isQuery(run)
      ? await allRows(
          { ...run, path: list.path },
          {
            ask: (operation) => send(operation, { headers: run.headers, signal }),
            progress: (done, all) => progress(`${number.format(done)} of ${count(Math.min(all, mostRows))} …`),
          },
        )
      : { rows: list.rows, total: list.rows.length };
  const rest =
    total > rows.length
      ? ` Of ${number.format(total)} these are the first, which is as many as this page takes: narrow the filter.`
      : '';
  return { csv: csvOf(tableOf(rows)), said: `${count(rows.length)}.${rest}` };
}

/** Puts a text on the clipboard that may come later: asked for at once, since a click allows it for moments only. */
export async function copy(text) {
  if (!navigator.clipboard?.write) throw new Error('Browsers copy on https pages only.');
  const blob = text.then((ready) => new Blob([ready], { type: 'text/plain' }));
  await Promise.all([text, navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })])]);
}

export function save(name, csv) {
  const href = URL.createObjectURL(new Blob([byteOrderMark, csv], { type: 'text/csv;charset=utf-8' }));
  Object.assign(document.createElement('a'), { href, download: name }).click();
  // Once the browser has begun to write it.
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
