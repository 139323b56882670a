import { newOwner, newOwnerGiven } from '../crm/employees/assignment.js';
import type { Class } from '../platform/class.js';
import { declareInput, declareRow, type InputFault, type InputRule, inputSpecOf } from '../platform/records/inputs.js';
import type { PropertySpec } from '../platform/records/property.js';
import { tagRule } from '../platform/records/tag-changes.js';
import { expectedVersion } from '../platform/schema/arguments.js';
import { type Key, uniqueFields } from './keys.js';

/** All fields that a row can have; its input type has some of them. */
export interface Row {
  ref?: string | null;
  id?: string;
  by?: Partial<Record<Key, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: the input of any record
  input?: any;
  employeeId?: string | null;
  reassignToId?: string | null;
  userId?: string;
  roleId?: string;
  expectedVersion?: number | null;
}

/** The keys in a row that identify its record; an upsert must give exactly one. */
export const namesIn = ({ id, by }: Pick<Row, 'id' | 'by'>): [Key, string][] =>
  Object.entries({ id, ...by }).filter(([, value]) => value) as [Key, string][];

/** The values of unique fields in a row. */
export const uniqueIn = ({ input }: Pick<Row, 'input'>): [string, string][] =>
  uniqueFields.flatMap((name): [string, string][] => (input?.[name] ? [[name, input[name]]] : []));

const ref: PropertySpec = {
  name: 'ref',
  kind: 'text',
  description: "Reference of your own, at most 255 characters; the row's result repeats it.",
  nullable: true,
  max: 255,
};
const id: PropertySpec = { name: 'id', kind: 'id', description: 'Id of an existing record.', required: true };
const version: PropertySpec = {
  name: 'expectedVersion',
  kind: 'int',
  description: expectedVersion,
  nullable: true,
};
const input = (shape: Class, description: string): PropertySpec => ({
  name: 'input',
  kind: 'nested',
  description,
  required: true,
  shape: () => shape,
});

function rowType(name: string, description: string, fields: PropertySpec[], rules: readonly InputRule[] = []): Class {
  const type = { [name]: class {} }[name]!;
  declareRow(type, name, description, [ref, ...fields], rules);
  return type;
}

export const creationRow = (name: string, shape: Class, typeName = `Create${name}Row`) =>
  rowType(typeName, 'A record to create.', [input(shape, 'The record to create.')]);

export const changeRow = (name: string, shape: Class) =>
  rowType(`Update${name}Row`, 'A record to change.', [id, input(shape, 'The fields to change.'), version]);

/** Names a record and nothing else, for deletions and verbs without arguments. */
export const VerbRow = rowType('RecordRow', 'A record, named by its id.', [id, version]);

/** Carries the arguments of the single mutation, whose action has the same name. */
export function argumentsRow(name: string, args: Class, { name: mutation }: { name: string }): Class {
  const { fields, rules } = inputSpecOf(args);
  return rowType(name, `A record, with the arguments of \`${mutation}\`.`, [...fields.values()], rules);
}

export const assignmentRow = rowType(
  'AssignmentRow',
  'A record and the employee who becomes responsible for it; `employeeId: null` unassigns it.',
  [id, newOwner, version],
  [newOwnerGiven],
);

const listed = (keys: readonly string[]) => keys.map((key) => `\`${key}\``).join(' and ');

/** The fate of a key that no record has: a new record can be given only some keys. */
function ofMissing(keys: readonly string[], creatable: ReadonlyMap<string, unknown>): string {
  const [given, assigned] = [keys.filter((key) => creatable.has(key)), keys.filter((key) => !creatable.has(key))];
  const create = given.length > 1 ? 'create' : 'creates';
  return `If no record has it, ${listed(given)} ${create} one; ${listed(assigned)} must exist (NOT_FOUND).`;
}

/** Names a record by one of its keys, with its new values; `inputs` are those of the single mutations. */
export function upsertRow(name: string, key: Class, inputs: { create: Class; update: Class }): Class {
  const [creatable, changeable] = [inputSpecOf(inputs.create).fields, inputSpecOf(inputs.update).fields];
  const fields = new Map([...creatable, ...changeable]);
  const Shape = { [name]: class {} }[name]!;
  declareInput(
    Shape,
    `Upsert${name}Input`,
    `Values to write. A new record needs what \`Create${name}Input\` requires (the key counts). An existing one ` +
      `keeps the fields you omit; only those of \`Update${name}Input\` can change.`,
    [...fields.values()].map((spec) => ({
      ...spec,
      description: spec.upsert ?? spec.description,
      required: false,
      default: undefined,
    })),
    fields.has('addTags') ? [tagRule] : [],
  );
  const by: PropertySpec = {
    name: 'by',
    kind: 'nested',
    description: `The key that finds the record. ${ofMissing([...inputSpecOf(key).fields.keys()], creatable)}`,
    required: true,
    shape: () => key,
  };
  return rowType(
    `Upsert${name}Row`,
    'A record to create, or to change if it exists.',
    [by, input(Shape, 'The values to write.')],
    [keyRule],
  );
}

/** The input may repeat the key but not contradict it. */
function keyRule({ by, input }: Row): InputFault[] {
  return namesIn({ by }).flatMap(([key, value]): InputFault[] =>
    input?.[key] === undefined || input[key] === value
      ? []
      : [{ path: `input.${key}`, code: 'INVALID', message: `differs from by.${key}, which names the record` }],
  );
}
