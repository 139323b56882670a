import { csvOf } from '../csv.js';
import { mostRows } from '../hand-out.js';
import { send } from '../server.js';
import { tableOf } from '../table.js';
import { allRows, isQuery } from './all-pages.js';

const number = new Intl.NumberFormat('en');

export const count = (rows) => `${number.format(rows)} ${rows === 1 ? 'row' : 'rows'}`;

/** All pages of a list of an answer as CSV, with a summary for the user. */
export async function csvFrom(run, list, { signal, progress }) {
  // Only a query can be sent again; for a mutation, the rows of its answer have to suffice.
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
      ? ` These are the first of ${number.format(total)}, which is as many as this page takes: narrow the filter.`
      : '';
  return { csv: csvOf(tableOf(rows)), summary: `${count(rows.length)}.${rest}` };
}
