import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
} from 'graphql';
import { validate as isUuid } from 'uuid';
import type { Viewer } from '../auth/viewer.js';
import { BadInput, type Refusal } from '../errors.js';
import { formatOf } from './formats.js';
import type { InputFault, InputSpec } from './inputs.js';
import { type Complain, checkJson } from './json.js';
import type { PropertySpec } from './property.js';
import { comparable, controlFault, nameFault, trimmed } from './text.js';

type Bag = Record<string, unknown>;

/** Whether an argument takes the rows of a bulk call. */
export const takesRows = ({ type }: Pick<GraphQLArgument, 'type'>): boolean => {
  const named = getNamedType(type);
  return isInputObjectType(named) && named.extensions.spec?.isRow === true;
};

/**
 * Normalises the arguments of a field to their stored form, in place, and returns all of their faults. A bulk call
 * checks its rows itself, so that each row reports its own faults.
 */
export function checkArguments(
  declared: readonly GraphQLArgument[],
  args: Bag,
  under: string,
  viewer: Viewer | null,
): InputFault[] {
  const checking: Checking = { faults: [], viewer };
  const checked = declared.filter((argument) => !takesRows(argument));
  checkFields(checked, ({ extensions }) => extensions.spec, args, under, checking);
  return checking.faults;
}

/** The same for one row of a bulk call; paths begin inside the row. Checks between fields need a complete row. */
export function checkRow(row: GraphQLInputObjectType, values: Bag, viewer: Viewer, isWhole: boolean): InputFault[] {
  const checking: Checking = { faults: [], viewer, isPartial: !isWhole };
  checkInputObject(row, values, '', checking);
  return checking.faults;
}

/** Faults between the fields of an input, if another type has checked each field by itself. */
export const faultsBetween = (spec: InputSpec, values: Bag, viewer: Viewer | null, under: string): InputFault[] =>
  below(
    under,
    spec.rules.flatMap((rule) => rule(values, viewer)),
  );

/** Prefixes the paths of faults with the path of their input. */
const below = (under: string, faults: readonly InputFault[]): InputFault[] =>
  faults.map((fault) => ({ ...fault, path: under ? `${under}.${fault.path}` : fault.path }));

/** One refusal for all faults in the input at `under`; false if there are none. */
export const faultsRefused = (faults: readonly InputFault[], under = ''): Refusal =>
  faults.length > 0 && badInput(below(under, faults));

const notAnId = 'is not an id';

/** All faults as one error, with their reason if it is the same for all. */
export function badInput(faults: readonly InputFault[]): BadInput {
  const reasons = new Set(faults.map(({ message, reason }) => (message === notAnId ? 'INVALID_ID' : reason)));
  const plain = faults.map(({ path, code, message }) => ({ path, code, message }));
  return new BadInput(plain, reasons.size === 1 ? [...reasons][0] : undefined);
}

interface Checking {
  faults: InputFault[];
  viewer: Viewer | null;
  /** Whether fields were removed that did not fit their types, which would mislead the checks between fields. */
  isPartial?: boolean;
}

/** Checks each field first, then the fields against each other; a field reports only its own fault if it has one. */
function checkFields<Field extends GraphQLArgument | GraphQLInputField>(
  fields: readonly Field[],
  specOf: (field: Field) => InputSpec | undefined,
  values: Bag,
  under: string,
  checking: Checking,
): void {
  const specs = new Set<InputSpec>();
  for (const field of fields) {
    const { name } = field;
    const spec = specOf(field);
    if (spec) specs.add(spec);
    const path = under ? `${under}.${name}` : name;
    if (values[name] !== undefined)
      values[name] = check(field.type, values[name], path, checking, spec?.fields.get(name));
  }
  for (const spec of specs)
    for (const field of spec.fields.values()) if (field.replaces) replace(spec, field, values, under, checking);
  if (checking.isPartial) return;
  const faultyPaths = new Set(checking.faults.map(({ path }) => path));
  const between = [...specs].flatMap((spec) => faultsBetween(spec, values, checking.viewer, under));
  checking.faults.push(...between.filter(({ path }) => !faultyPaths.has(path)));
}

/** Moves a value to the former name of its field. A former field with its default value counts as omitted. */
function replace(
  { fields }: InputSpec,
  { name, replaces }: PropertySpec,
  values: Bag,
  under: string,
  checking: Checking,
) {
  const [value, former] = [values[name], values[replaces!]];
  delete values[name];
  if (value === undefined) return;
  if (former !== undefined && former !== value && former !== fields.get(replaces!)!.default)
    checking.faults.push({
      path: under ? `${under}.${name}` : name,
      code: 'INVALID',
      message: `differs from ${replaces}, its former name; give one of them`,
    });
  values[replaces!] = value;
}

function checkInputObject(type: GraphQLInputObjectType, values: Bag, under: string, checking: Checking): void {
  const { spec } = type.extensions;
  checkFields(Object.values(type.getFields()), () => spec, values, under, checking);
}

function check(type: GraphQLInputType, value: unknown, path: string, checking: Checking, rule?: PropertySpec): unknown {
  const complain: Complain = (code, message) => checking.faults.push({ path, code, message });
  if (value === null) {
    if (rule && !rule.nullable) complain('REQUIRED', 'must not be null; leave it out to keep or default it');
    return null;
  }
  const nullable = getNullableType(type);
  if (rule?.kind === 'tags') return checkTags(value as string[], rule, complain);
  if (isListType(nullable)) {
    const items = (value as unknown[]).map((item, n) => check(nullable.ofType, item, `${path}.${n}`, checking));
    if (rule?.list && rule.kind === 'id') checkIdList(items, complain);
    return items;
  }
  const named = getNamedType(nullable);
  if (isInputObjectType(named)) {
    checkInputObject(named, value as Bag, path, checking);
    return value;
  }
  if (named.name === 'ID') return checkId(String(value), complain);
  if (typeof value === 'string' && (named.name === 'String' || rule?.kind === 'text'))
    return rule?.kind === 'text' ? checkText(value, rule, complain) : comparable(withoutControl(value, complain));
  if (!rule) return value;
  if (rule.kind === 'json') return checkJson(value, complain);
  checkBounds(value, rule, complain);
  return rule.kind === 'decimal' ? withTwoDecimals(value as string) : value;
}

/** Formats a decimal as PostgreSQL prints it, so that an equal number does not count as a change. */
function withTwoDecimals(decimal: string): string {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)0*(\d+?)(?:\.(\d*))?$/.exec(decimal) ?? [];
  const text = `${whole}.${fraction.padEnd(2, '0').slice(0, 2)}`;
  return text === '0.00' ? text : sign + text;
}

function withoutControl(text: string, complain: Complain): string {
  const fault = controlFault(text);
  if (fault) complain('INVALID', fault);
  return text;
}

function checkId(text: string, complain: Complain): string {
  if (!isUuid(text)) complain('INVALID', notAnId);
  return text.toLowerCase();
}

function checkIdList(ids: unknown[], complain: Complain): void {
  if (ids.length > 500) complain('TOO_LONG', 'may have at most 500 ids');
  if (new Set(ids).size < ids.length) complain('INVALID', 'must not name an id twice');
}

function checkText(typed: string, rule: PropertySpec, complain: Complain): string | null {
  const { canonical = (text: string) => text, accepts, rule: wanted } = rule.format ? formatOf(rule.format) : freeText;
  const text = rule.trim === false ? typed : canonical(trimmed(withoutControl(typed, complain)));
  if (text === '' && rule.nullable && !rule.isArgument) return null;
  const length = [...text].length;
  const { min = 1, max = 10_000 } = rule;
  if (length < min) complain('TOO_SHORT', `must have at least ${min} character${min > 1 ? 's' : ''}`);
  else if (length > max) complain('TOO_LONG', `must have at most ${max} characters`);
  else if (!accepts(text)) complain('INVALID', wanted);
  else if (rule.isName) complainOfName(text, complain);
  return text;
}

function complainOfName(name: string, complain: Complain): void {
  const fault = nameFault(name);
  if (fault) complain('INVALID', fault);
}

const freeText = { canonical: undefined, accepts: () => true, rule: '' };

function checkTags(typed: string[], rule: PropertySpec, complain: Complain): string[] {
  const tags = [...new Set(typed.map((tag) => trimmed(withoutControl(tag, complain))))];
  if (tags.length > rule.max!) complain('TOO_LONG', `may have at most ${rule.max} entries`);
  const longest = rule.longest ?? 50;
  if (tags.some((tag) => tag === '' || [...tag].length > longest))
    complain('INVALID', `each entry must have 1–${longest} characters`);
  else for (const tag of tags) complainOfName(tag, complain);
  return tags;
}

function checkBounds(value: unknown, rule: PropertySpec, complain: Complain): void {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = rule;
  if (rule.kind === 'decimal') {
    if (!/^-?\d+(\.\d{1,2}0*)?$/.test(value as string)) complain('INVALID', 'may have at most 2 decimals');
    else if (Number(value) < min || Number(value) > max || Number(value) >= 10 ** (rule.precision! - 2))
      complain(
        'OUT_OF_RANGE',
        max < Number.POSITIVE_INFINITY
          ? `must be from ${min} to ${max}`
          : `must be at least ${min} and below 10^${rule.precision! - 2}`,
      );
  }
  if (rule.kind === 'int' && ((value as number) < min || (value as number) > max))
    complain('OUT_OF_RANGE', `must be from ${min} to ${max}`);
  if (rule.kind === 'date' || rule.kind === 'instant') {
    const year = Number((value as string).slice(0, 4));
    if (year < 1900 || year > 2200) complain('OUT_OF_RANGE', 'must be in the years 1900 to 2200');
  }
}
