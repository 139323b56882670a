// The same rule as in tests/scripts/shared/csv-out.mjs, which people copy; tests/unit/take-away.test.ts compares them.
const formula = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/;
const number = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;

/** Excel reads a file as UTF-8 only with this mark. */
export const byteOrderMark = '\uFEFF';

/** Formats a table as CSV (RFC 4180), with an apostrophe in front of formulas. */
export const csvOf = ({ columns, rows }) =>
  [columns, ...rows].map((cells) => `${cells.map(cellOf).join(',')}\r\n`).join('');

/** Puts an apostrophe in front of a cell that a spreadsheet would run as a formula; numbers such as -1 stay. */
const defused = (cell) => (formula.test(cell) && !number.test(cell) ? `'${cell}` : cell);

function cellOf(value) {
  const text = value === null || value === undefined ? '' : String(value);
  const safe = defused(text);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
