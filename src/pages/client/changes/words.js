import { element } from '../element.js';
import { count } from '../format.js';

/** Characters of a value that are shown; the explorer shows longer ones. */
const mostCharacters = 400;

/** Kinds of changes that a line about a change set names. */
const mostKinds = 3;

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** `PIPELINE_STAGE` as `pipeline stage`. */
const nounOf = (type) => type.toLowerCase().replaceAll('_', ' ').replace(/^api /, 'API ');

const nounsOf = (type) =>
  nounOf(type)
    .replace(/([^aeiou])y$/, '$1ie')
    .concat('s');

export const typeName = (type) => capital(nounOf(type));

/** `2 customers`. */
const ofType = (number, type) => `${count(number)} ${number === 1 ? nounOf(type) : nounsOf(type)}`;

/** `assignedToId` as `Assigned to`. */
export const fieldName = (name) =>
  capital(
    name
      .replace(/(?<!external)Id$/, '')
      .replaceAll(/[A-Z]/g, (letter) => ` ${letter}`)
      .toLowerCase()
      .replace(/^api /, 'API '),
  );

/** `2 customers updated, 1 deal created`, the most numerous first. */
export function countsText(counts) {
  const sorted = counts.toSorted((one, other) => other.count - one.count);
  const told = sorted
    .slice(0, mostKinds)
    .map(({ recordType, action, count: number }) => `${ofType(number, recordType)} ${action.toLowerCase()}`);
  const rest = sorted.slice(mostKinds).reduce((sum, { count: number }) => sum + number, 0);
  if (!told.length) return 'Nothing that you may see';
  return told.join(', ') + (rest ? ` and ${count(rest)} other change${rest === 1 ? '' : 's'}` : '');
}

/** The name of a record: the present one or, if it is gone, that in its last change; null if it has none. */
export function recordName({ record, fields = [] }) {
  const { name, title, fullName, url, resource, action, user, code } = record ?? {};
  const present = name ?? title ?? fullName ?? url ?? (resource ? `${resource}:${action}` : user?.fullName);
  return withCode(present, code) ?? nameIn(fields);
}

const withCode = (name, code) => (name && code ? `${name} (${code})` : name);

function nameIn(fields) {
  const values = Object.fromEntries(fields.map(({ name, before, after }) => [name, after ?? before]));
  const { name, title, url, firstName, lastName, resource, action, code } = values;
  const person = [firstName, lastName].filter(Boolean).join(' ');
  const known = name ?? title ?? url ?? (person || (resource && action ? `${resource}:${action}` : null));
  if (known) return withCode(known, code);
  // A grant or a membership is known by the records that it connects.
  const labels = fields.map(({ beforeLabel, afterLabel }) => afterLabel ?? beforeLabel).filter(Boolean);
  return labels.join(', ') || null;
}

/** A value for people: the name of the record that it refers to, or else itself; `moment` formats instants. */
export function shownValue(value, label, moment) {
  if (label) return label;
  if (value === null || value === '' || (Array.isArray(value) && !value.length))
    return element('span', { className: 'quiet' }, 'none');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return value.join(', ');
  if (typeof value === 'object') return JSON.stringify(value);
  const text = String(value);
  if (/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(text)) return moment(text);
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters)} …` : text;
}
