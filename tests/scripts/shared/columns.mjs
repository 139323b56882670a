import { gql } from 'graphql-request';
import { Failure, Usage } from './command.mjs';

const Fields = gql`
  query FieldsOf($key: String!, $input: String!) {
    key: __type(name: $key) { inputFields { ...Field } }
    input: __type(name: $input) { inputFields { ...Field } }
  }
  fragment Field on __InputValue { name type { kind name ofType { kind name ofType { kind name } } } }
`;

/** Columns that a refused row gets in addition; they are left out when it is sent again. */
export const added = ['line', 'column', 'reason'];

const decimals = new Set(['Decimal', 'Float']);

/** Asks the API for the fields of a row of an upsert: what it may be known by, and what it may say. */
export async function fieldsOf(api, key, input) {
  const types = await api.send(Fields, { key, input });
  return {
    keys: types.key.inputFields.map(({ name }) => name),
    fields: new Map(types.input.inputFields.map(({ name, type }) => [name, kindOf(type)])),
  };
}

function kindOf({ kind, name, ofType }) {
  if (kind === 'LIST') return 'list';
  if (ofType) return kindOf(ofType);
  return decimals.has(name) ? 'decimal' : 'text';
}

/** First Name, first_name and FIRSTNAME are the same column. */
export const plain = (header) =>
  header
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');

/** The field of each column of a file, or null if it is left out; the key is among them. */
export function columnsOf({ path, header }, { by, keys, fields, ignoreUnknown }) {
  if (!keys.includes(by)) throw new Usage(`--by must be one of ${keys.join(', ')}`);
  const known = new Map([by, ...fields.keys()].map((name) => [plain(name), name]));
  const columns = header.map((title) => known.get(plain(title)) ?? null);
  // A file without a header begins with a row, which is nobody's business here.
  if (!columns.some(Boolean))
    throw new Usage(`The first line of ${path} names no field; it must name the columns, such as ${by} and name`);
  const unknown = header.filter((title, place) => !columns[place] && title.trim() && !added.includes(plain(title)));
  if (unknown.length && !ignoreUnknown)
    throw new Usage(
      `${path} has columns that are no fields: ${unknown.join(', ')}; rename them, or leave them out by ` +
        `--ignore-unknown; fields are ${[...fields.keys()].join(', ')}`,
    );
  const twice = columns.find((name, place) => name && columns.indexOf(name) !== place);
  if (twice) {
    const titles = header.filter((_, place) => columns[place] === twice);
    throw new Usage(`${path} has more than one column for ${twice}: ${titles.join(', ')}`);
  }
  if (!columns.includes(by)) throw new Usage(`${path} has no column ${by}; --by names another key`);
  return columns;
}

const decimalComma = /^[+-]?(\d+|\d{1,3}([. \u00a0\u202f']\d{3})+),\d+$/;
const grouped = /^[+-]?\d{1,3}([. \u00a0\u202f']\d{3})+$/;

/** The value of a cell; throws what is wrong with it. No number is guessed: a decimal comma must be announced. */
export function readCell(cell, kind, isDecimalComma) {
  if (kind === 'list') return cell.split('|').map((part) => part.trim());
  if (kind !== 'decimal') return cell;
  if (!isDecimalComma) {
    if (cell.includes(',')) throw new Failure('has a comma; write 1234.5, or say --decimal-comma for the whole file');
    return cell;
  }
  if (decimalComma.test(cell) || grouped.test(cell)) return cell.replace(/[. \u00a0\u202f']/g, '').replace(',', '.');
  if (cell.includes('.')) throw new Failure('has a point that groups no thousands, under --decimal-comma');
  return cell;
}
