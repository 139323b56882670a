import { csvOf } from '../csv.js';
import { element, find, tableRow } from '../element.js';
import { count, counted, dayText, exact } from '../format.js';
import { mostRows, save } from '../hand-out.js';
import { linkTo } from '../link.js';
import { tableOf } from '../table.js';
import { rowDocuments, rowsOf } from './figures.js';

const dateOf = (day) => (day ? dayText(day.slice(0, 10)) : '');

const columns = {
  deals: {
    Deal: ({ code, title }) => `${title} (${code})`,
    Value: ({ value, currency }) => exact(value, currency),
    Customer: ({ customer }) => customer?.name ?? '',
    Owner: ({ assignedTo }) => assignedTo?.fullName ?? '',
    Stage: ({ stage, status }) => stage?.name ?? status,
    Closes: ({ actualCloseDate, expectedCloseDate }) => dateOf(actualCloseDate ?? expectedCloseDate),
  },
  leads: {
    Lead: ({ code, name }) => `${name} (${code})`,
    Company: ({ companyName }) => companyName ?? '',
    Owner: ({ assignedTo }) => assignedTo?.fullName ?? '',
    Status: ({ status }) => inWords(status),
    Source: ({ source }) => inWords(source),
    Created: ({ createdAt }) => dateOf(createdAt),
  },
};

const inWords = (value) => value.charAt(0) + value.slice(1).toLowerCase().replaceAll('_', ' ');

let shown;
let after;

find('rows-close').addEventListener('click', () => find('rows').close());
find('rows-more').addEventListener('click', () => more(shown));
find('rows-csv').addEventListener('click', () => saveAll(shown));

/** Shows the rows behind a figure, which has a title, a kind (deals or leads), a filter and a period. */
export function showRows(figure) {
  shown = figure;
  after = null;
  const { kind, title, filter, period } = figure;
  find('rows-title').textContent = title;
  find('rows-table').replaceChildren(tableRow(Object.keys(columns[kind]), 'col'));
  find('rows-link').href = linkTo(location.href, {
    query: rowDocuments[kind],
    variables: JSON.stringify({ filter, period }, null, 2),
  });
  if (!find('rows').open) find('rows').showModal();
  find('rows-more').hidden = true;
  return more(figure);
}

async function more(figure) {
  const { kind } = figure;
  const [button, note] = [find('rows-more'), find('rows-note')];
  button.disabled = true;
  note.textContent = 'Getting the rows …';
  try {
    const { totalCount, nodes, pageInfo } = await rowsOf(figure, { after });
    if (figure !== shown) return;
    find('rows-table').append(
      ...nodes.map((row) => tableRow(Object.values(columns[kind]).map((cell) => element('span', {}, cell(row))))),
    );
    after = pageInfo.endCursor;
    button.hidden = !pageInfo.hasNextPage;
    note.textContent = counted(totalCount, kind.slice(0, -1));
  } catch ({ message }) {
    if (figure === shown) note.textContent = message;
  } finally {
    button.disabled = false;
  }
}

/** Saves all rows, including those that are not shown yet; stops if the dialog is closed. */
async function saveAll(figure) {
  const [button, note] = [find('rows-csv'), find('rows-note')];
  const total = note.textContent;
  const isShown = () => figure === shown && find('rows').open;
  const rows = [];
  button.disabled = true;
  try {
    let page = { endCursor: null, hasNextPage: true };
    while (page.hasNextPage && rows.length < mostRows && isShown()) {
      const { nodes, totalCount, pageInfo } = await rowsOf(figure, { first: 100, after: page.endCursor });
      rows.push(...nodes);
      page = pageInfo;
      if (isShown()) note.textContent = `${count(rows.length)} of ${counted(totalCount, figure.kind.slice(0, -1))} …`;
    }
    if (!isShown()) return;
    const file = save(figure.title, csvOf(tableOf(rows)));
    note.textContent = `${total}, of which ${count(rows.length)} are in ${file}`;
  } catch ({ message }) {
    if (isShown()) note.textContent = message;
  } finally {
    button.disabled = false;
  }
}
