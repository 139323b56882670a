import { seesApiKeys } from '../../crm/api-keys/api-key.js';
import type { Viewer } from '../../platform/auth/viewer.js';
import { type Filter, isNegative } from '../../platform/records/filters.js';
import type { StoredActor } from '../change-set.js';
import { type ChangedField, namesByType } from '../field-changes.js';

/** The facts of a change that filters ask for. */
export interface LiveChange {
  id: string;
  at: string;
  recordType: string;
  recordId: string;
  action: string;
  customerId: string | null;
  /** All of them, whoever may see them. */
  fields: ChangedField[];
  changeSet: LiveChangeSet;
}

interface LiveChangeSet {
  id: string;
  operations: string[];
  source: string;
  actor: StoredActor;
}

/** Whether a change matches; `viewer` decides about the names of fields. */
export type Matches = (change: LiveChange, viewer: Viewer) => boolean;

/**
 * A filter as a function, which finds the changes that its SQL finds; null if only the database can tell. Without a
 * value, a condition is not true, and `not` makes that true: as SQL's `is not true`.
 */
export function matcherOf(filter: Filter): Matches | null {
  return combined(filter, ofChange);
}

type Test<Subject> = (subject: Subject, viewer: Viewer) => boolean;

/** How a property is compared in memory. */
type Compare<Subject> = (operand: unknown) => Test<Subject> | null;

type Properties<Subject> = Record<string, Compare<Subject>>;

const valued =
  <Subject>(read: (subject: Subject, viewer: Viewer) => unknown): Compare<Subject> =>
  (operand) => {
    const tests = Object.entries(operand as Filter).map(([operator, wanted]): Test<unknown> | null => {
      const operation = operations[operator];
      return operation ? (found) => operation(found, wanted) : null;
    });
    const test = all(tests);
    return test && ((one, viewer) => test(read(one, viewer), viewer));
  };

/** Compares with two values, as a property with an alternative is compared. */
const valuedByEither =
  <Subject>(...reads: ((subject: Subject) => unknown)[]): Compare<Subject> =>
  (operand) =>
    all(
      Object.entries(operand as Filter).map(([operator, wanted]) => {
        const tests = reads.map((read) => valued(read)({ [operator]: wanted }));
        return isNegative(operator, wanted) ? all(tests) : any(tests);
      }),
    );

const ofSet: Properties<LiveChangeSet> = {
  id: valued(({ id }) => id),
  operations: valued(({ operations }) => operations),
  source: valued(({ source }) => source),
  userId: valued(({ actor }) => actor.userId),
  apiKeyId: valued(({ actor }, viewer) => (seesApiKeys(viewer) ? actor.apiKeyId : null)),
};

const ofChange: Properties<LiveChange> = {
  recordType: valued(({ recordType }) => recordType),
  recordId: valued(({ recordId }) => recordId),
  action: valued(({ action }) => action),
  changeSetId: valued(({ changeSet }) => changeSet.id),
  customerId: valuedByEither(({ customerId }) => customerId, formerCustomerOf),
  changedFields: valued((change, viewer) => changedNames(change, viewer)),
  changeSet: (operand) => {
    const test = combined(operand as Filter, ofSet);
    return test && (({ changeSet }, viewer) => test(changeSet, viewer));
  },
};

function combined<Subject>(filter: Filter, properties: Properties<Subject>): Test<Subject> | null {
  return all(
    Object.entries(filter).flatMap(([name, operand]) =>
      operand === undefined ? [] : [testOf(name, operand, properties)],
    ),
  );
}

function testOf<Subject>(name: string, operand: unknown, properties: Properties<Subject>): Test<Subject> | null {
  const nested = (part: unknown) => combined(part as Filter, properties);
  if (name === 'and') return all((operand as unknown[]).map(nested));
  if (name === 'or') return any((operand as unknown[]).map(nested));
  if (name !== 'not') return properties[name]?.(operand) ?? null;
  const test = nested(operand);
  return test && ((one, viewer) => !test(one, viewer));
}

function any<Subject>(tests: readonly (Test<Subject> | null)[]): Test<Subject> | null {
  return tests.includes(null) ? null : (one, viewer) => tests.some((test) => test!(one, viewer));
}

function all<Subject>(tests: readonly (Test<Subject> | null)[]): Test<Subject> | null {
  return tests.includes(null) ? null : (one, viewer) => tests.every((test) => test!(one, viewer));
}

const isIn = (list: unknown, value: unknown): boolean => (list as unknown[]).includes(value);

/** The operators whose meaning depends on neither time zones nor the folding of cases. */
const operations: Record<string, (found: unknown, wanted: unknown) => boolean> = {
  eq: (found, wanted) => found !== null && found === wanted,
  ne: (found, wanted) => found !== wanted,
  in: (found, wanted) => found !== null && isIn(wanted, found),
  notIn: (found, wanted) => found === null || !isIn(wanted, found),
  isNull: (found, wanted) => (found === null) === wanted,
  has: (found, wanted) => isIn(found, wanted),
  hasAny: (found, wanted) => (wanted as unknown[]).some((one) => isIn(found, one)),
  hasAll: (found, wanted) => (wanted as unknown[]).every((one) => isIn(found, one)),
  isEmpty: (found, wanted) => ((found as unknown[]).length === 0) === wanted,
};

/** The customer from which a deal or an activity moves away. */
function formerCustomerOf({ recordType, action, fields }: LiveChange): unknown {
  if (action !== 'UPDATED' || !['DEAL', 'ACTIVITY'].includes(recordType)) return null;
  return fields.find(({ name }) => name === 'customerId')?.before ?? null;
}

type Names = Record<string, Record<string, string>>;

/** Names of the fields that viewers see, of their own records and of others. */
const namesOfViewers = new WeakMap<Viewer, { own: Names; other: Names }>();

function namesOf(viewer: Viewer) {
  const found = namesOfViewers.get(viewer) ?? {
    own: JSON.parse(namesByType(viewer, viewer.organization?.selfId ?? undefined)),
    other: JSON.parse(namesByType(viewer)),
  };
  namesOfViewers.set(viewer, found);
  return found;
}

/** The names of the changed fields as the SQL of `Change.changedFields` tells them. */
function changedNames({ recordType, recordId, fields }: LiveChange, viewer: Viewer): string[] {
  const { own, other } = namesOf(viewer);
  const names = recordId === viewer.organization?.selfId ? own : other;
  const visible = Object.values(names[recordType] ?? {});
  return fields.flatMap(({ name }) => (visible.includes(name) ? [name] : []));
}
