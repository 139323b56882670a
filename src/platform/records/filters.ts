import { Field, ID, InputType, Int } from 'type-graphql';
import type { Class } from '../class.js';
import { declarationOf } from '../schema/enums.js';
import { DateScalar, DateTimeScalar, DecimalScalar } from '../schema/scalars.js';
import { comparedOf, type Kind, type PropertySpec } from './property.js';
import { type RecordSpec, recordOf } from './record.js';

type TypeOf = () => object;

/** A filter as plain data; its GraphQL type restricts the names. */
export type Filter = { [name: string]: unknown };

function inputType(name: string, description: string, fields: [string, TypeOf, string, boolean?][]): Class {
  const type = { [name]: class {} }[name]!;
  for (const [field, of, about, required] of fields)
    Field(of, { description: about, nullable: !required })(type.prototype, field);
  InputType(name, { description })(type);
  return type;
}

const operatorNames = new Set<string>();

/** Whether the name is that of a condition on a value, such as `eq`, and not that of a property. */
export const isOperator = (name: string): boolean => operatorNames.has(name);

function operatorType(name: string, description: string, operators: [string, TypeOf, string, boolean?][]): Class {
  for (const [operator] of operators) operatorNames.add(operator);
  return inputType(name, description, operators);
}

const equal = 'Equals this value.';
const notThis = 'Differs from this value; also matches rows without a value.';
const anyOf = 'Equals one of these values, at most 500; an empty list matches nothing.';
const noneOf = 'Equals none of these values, at most 500; also matches rows without a value.';
const missing = 'True: has no value; false: has one.';
const flag: TypeOf = () => Boolean;

const equality = (type: object, exact = equal, not = notThis): [string, TypeOf, string][] => [
  ['eq', () => type, exact],
  ['ne', () => type, not],
  ['in', () => [type], anyOf],
  ['notIn', () => [type], noneOf],
];

const ordered = (name: string, what: string, type: object, further: [string, TypeOf, string][] = []) =>
  operatorType(name, `Conditions on ${what}; all given operators must hold, and null is refused.`, [
    ...equality(type),
    ...further,
    ['gt', () => type, 'Greater than this value.'],
    ['gte', () => type, 'Greater than or equal to this value.'],
    ['lt', () => type, 'Less than this value.'],
    ['lte', () => type, 'Less than or equal to this value.'],
    ['isNull', flag, missing],
  ]);

const operators: Partial<Record<Kind, Class>> = {
  id: operatorType('IDFilter', 'Conditions on an id; all given operators must hold, and null is refused.', [
    ...equality(ID),
    ['isNull', flag, missing],
  ]),
  text: operatorType('StringFilter', 'Conditions on a text; all given operators must hold, and null is refused.', [
    ...equality(
      String,
      'Equals this text, case-sensitive.',
      'Differs from this text, case-sensitive; also matches rows without a text.',
    ),
    ['eqIgnoreCase', () => String, 'Equals this text, case-insensitive.'],
    ['contains', () => String, 'Contains this text, case-insensitive; `%` and `_` stand for themselves.'],
    ['startsWith', () => String, 'Starts with this text, case-insensitive.'],
    ['endsWith', () => String, 'Ends with this text, case-insensitive.'],
    ['isNull', flag, missing],
  ]),
  int: ordered('IntFilter', 'a whole number', Int),
  decimal: ordered('DecimalFilter', 'a decimal number', DecimalScalar),
  date: ordered('DateFilter', 'a date', DateScalar),
  instant: ordered('DateTimeFilter', 'an instant', DateTimeScalar, [
    ['onDate', () => DateScalar, "Is on this day in the organization's time zone, or in the argument `timeZone`."],
    [
      'from',
      () => DateScalar,
      "Is on this day or later, in the organization's time zone, or in the argument `timeZone`.",
    ],
    [
      'to',
      () => DateScalar,
      "Is on this day or earlier, in the organization's time zone, or in the argument `timeZone`.",
    ],
  ]),
  boolean: operatorType('BooleanFilter', 'Condition on a yes-or-no value.', [['eq', flag, equal, true]]),
  tags: operatorType('TagsFilter', 'Conditions on a tag list; all given operators must hold, and null is refused.', [
    ['has', () => String, 'Carries this tag, case-sensitive.'],
    ['hasAny', () => [String], 'Carries at least one of these tags; an empty list matches nothing.'],
    ['hasAll', () => [String], 'Carries all of these tags.'],
    ['isEmpty', flag, 'True: has no tags; false: has at least one.'],
  ]),
};

/** Whether an operator holds for several values only if it does for each of them, as `ne` does. */
export const isNegative = (operator: string, operand: unknown): boolean =>
  operator === 'isNull' ? operand === true : operator === 'ne' || operator === 'notIn';

/** GraphQL type of the conditions on a value. */
export const conditionTypeOf = (kind: 'id' | 'text'): Class => operators[kind]!;

const enumOperators = new Map<object, Class>();

function operatorsOf(spec: PropertySpec): Class {
  const { kind } = comparedOf(spec);
  if (kind !== 'enum') return operators[kind]!;
  const known = enumOperators.get(spec.enum!);
  if (known) return known;
  const { name, label } = declarationOf(spec.enum!);
  const type = operatorType(
    `${name}EnumFilter`,
    `Conditions on ${label}; all given operators must hold, and null is refused.`,
    [...equality(spec.enum!), ['isNull', flag, missing]],
  );
  enumOperators.set(spec.enum!, type);
  return type;
}

const filters = new Map<Class, Class>();
const listFilters = new Map<Class, Class>();

export const filterTypeOf = (record: Class): Class => filters.get(record)!;

/** Makes the filter type of every record; called once, after all features have declared their records. */
export function makeFilterTypes(records: RecordSpec[]): void {
  for (const record of records) {
    for (const { record: related } of record.lists.values()) makeListFilter(recordOf(related()));
    filters.set(
      record.type,
      inputType(`${record.name}Filter`, `Selects ${record.plural}; a row must meet all given conditions.`, [
        ['and', () => [filterTypeOf(record.type)], 'All of these filters match; at least one must be given.'],
        ['or', () => [filterTypeOf(record.type)], 'At least one of these filters matches; at least one must be given.'],
        ['not', () => filterTypeOf(record.type), 'This filter does not match; it must have a condition.'],
        ...[...record.properties.values()].filter(({ filter }) => filter).flatMap(filterFields),
        ...[...record.lists].map(([name, { record: related, description }]): [string, TypeOf, string] => [
          name,
          () => listFilters.get(related())!,
          `${description}${readingNeeds(related())}`,
        ]),
        ...[...record.flags].map(([name, { description }]): [string, TypeOf, string] => [name, flag, description]),
      ]),
    );
  }
}

/** The permission that a condition on fields of another record needs, as a sentence. */
const readingNeeds = (record: Class): string => {
  const { resource } = recordOf(record);
  return resource ? ` Needs ${resource}:read.` : '';
};

function filterFields(spec: PropertySpec): [string, TypeOf, string][] {
  if (!spec.reference) {
    const type = operatorsOf(spec);
    const needs = spec.permission ? ` Needs ${spec.permission}.` : '';
    return [[spec.name, () => type, `Filters by ${spec.by}.${needs}`]];
  }
  const { id, record } = spec.reference;
  return [
    [id, () => operators.id!, `Filters by the id of the ${spec.by}.`],
    [spec.name, () => filterTypeOf(record()), `Filters by fields of the ${spec.by}.${readingNeeds(record())}`],
  ];
}

function makeListFilter(record: RecordSpec): void {
  if (listFilters.has(record.type)) return;
  const about = `Condition on related ${record.plural}. An empty filter \`{}\` inside matches any.`;
  listFilters.set(
    record.type,
    inputType(`${record.name}ListFilter`, about, [
      ['some', () => filterTypeOf(record.type), `At least one of the ${record.plural} matches.`],
      ['every', () => filterTypeOf(record.type), `All of the ${record.plural} match; also holds when there are none.`],
      ['none', () => filterTypeOf(record.type), `None of the ${record.plural} matches.`],
    ]),
  );
}
