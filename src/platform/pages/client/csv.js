// A spreadsheet runs these as formulas, also in a file that somebody else filled in.
const formula = /^[=+\-@\t\r]/;
const number = /^-?\d+(\.\d+)?$/;

/** By this mark Excel knows that a file is UTF-8. */
export const byteOrderMark = '\uFEFF';

/** RFC 4180, with formulas made texts by an apostrophe. */
export const csvOf = ({ columns, rows }) =>
  [columns, ...rows].map((cells) => `${cells.map(cellOf).join(',')}\r\n`).join('');

function cellOf(value) {
  const text = value === null || value === undefined ? '' : String(value);
  const isFormula = typeof value !== 'number' && formula.test(text) && !number.test(text);
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
