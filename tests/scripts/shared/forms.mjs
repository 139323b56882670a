import { readFile } from 'node:fs/promises';
import { Usage, withFile } from './command.mjs';
import { csvLine, defused } from './csv-out.mjs';
import { valueAt } from './lists.mjs';

const separators = { ',': ',', ';': ';', '\t': '\t', tab: '\t' };

/** How rows are written: as CSV, or as one JSON object a line, in the shape that the API answers. */
export function formOf({ format, out, separator, bom, 'keep-formulas': keepsFormulas }) {
  const name = format ?? (/\.(jsonl|ndjson)$/i.test(out ?? '') ? 'jsonl' : 'csv');
  if (name === 'jsonl') return { name, header: () => '', line: (row) => `${JSON.stringify(row)}\n` };
  if (name !== 'csv') throw new Usage(`"${name}" is no format; csv and jsonl are`);
  const between = separators[separator];
  if (!between) throw new Usage('--separator must be "," or ";" or tab');
  const written = (value) => (keepsFormulas ? textOf(value) : defused(textOf(value)));
  return {
    name,
    between,
    bom,
    keepsFormulas,
    header: (paths) => `${bom ? '\ufeff' : ''}${csvLine(paths, between)}`,
    line: (row, paths) =>
      csvLine(
        paths.map((path) => written(valueAt(row, path))),
        between,
      ),
  };
}

/** A cell: nothing for null, a list with | between its texts, as the upsert of customers reads it. */
function textOf(value) {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(textOf).join('|');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The JSON in an option, or in the file that it names behind an @. */
export async function readJson(text, option) {
  if (text === undefined) return undefined;
  const json = text.startsWith('@') ? await withFile(text.slice(1), (path) => readFile(path, 'utf8'), Usage) : text;
  try {
    return JSON.parse(json);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Usage(`--${option} is not JSON; put it in single quotes, and names and texts inside it in double ones`);
  }
}
