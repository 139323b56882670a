/** One line of CSV. A line break, a quote, a separator or a blank at an end puts a cell in quotes. */
export const csvLine = (cells, separator) => `${cells.map((cell) => written(cell, separator)).join(separator)}\n`;

const written = (cell, separator) => (/["\r\n]|^\s|\s$/.test(cell) || cell.includes(separator) ? quoted(cell) : cell);

const quoted = (cell) => `"${cell.replaceAll('"', '""')}"`;

// The rule is that of src/pages/client/csv.js; tests/take-away.test.ts holds both to it.
const formula = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/;
const number = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;

/** A cell that a spreadsheet would run as a formula, made a text by an apostrophe; numbers stay as they are. */
export const defused = (cell) => (formula.test(cell) && !number.test(cell) ? `'${cell}` : cell);
