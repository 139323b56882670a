// The rule is that of tests/scripts/shared/csv-out.mjs, which people copy; tests/unit/take-away.test.ts holds both to it.
const formula = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/;
const number = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;

/** By this mark Excel knows that a file is UTF-8. */
export const byteOrderMark = '\uFEFF';

/** RFC 4180, with formulas made texts by an apostrophe. */
export const csvOf = ({ columns, rows }) =>
  [columns, ...rows].map((cells) => `${cells.map(cellOf).join(',')}\r\n`).join('');

/** A cell that a spreadsheet would run as a formula, made a text by an apostrophe; numbers stay as they are. */
const defused = (cell) => (formula.test(cell) && !number.test(cell) ? `'${cell}` : cell);

function cellOf(value) {
  const text = value === null || value === undefined ? '' : String(value);
  const safe = defused(text);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
