import { csvOf } from '../csv.js';
import { mostRows } from '../hand-out.js';
import { send } from '../server.js';
import { tableOf } from '../table.js';
import { allRows, isQuery } from './all-pages.js';

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
