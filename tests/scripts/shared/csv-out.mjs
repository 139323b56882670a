/** One line of CSV. A line break, a quote, a separator or a blank at an end puts a cell in quotes. */
export const csvLine = (cells, separator) => `${cells.map((cell) => written(cell, separator)).join(separator)}\n`;

const written = (cell, separator) => (/["\r\n]|^\s|\s$/.test(cell) || cell.includes(separator) ? quoted(cell) : cell);

const quoted = (cell) => `"${cell.replaceAll('"', '""')}"`;

/** A cell that a spreadsheet would run as a formula, made a text by an apostrophe; numbers stay as they are. */
export const defused = (cell) =>
  /^\s*[=+\-@]|^[\t\r]/.test(cell) && !/^[+-]?\d+(\.\d+)?$/.test(cell) ? `'${cell}` : cell;
