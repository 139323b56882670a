// Registers the bulk mutations of a record: their resolvers, rules and prices.

import { can } from '../crm/permissions.js';
import type { Class } from '../platform/class.js';
import type { FieldPrice, FieldPrices, SentArguments } from '../platform/graphql/cost/prices.js';
import { allPermissions, type Rule } from '../platform/permissions/rules.js';
import { recordOf } from '../platform/records/record.js';
import type { TenantRecord } from '../platform/records/tenant-record.js';
import type { ChangeArguments, VerbArguments } from '../platform/schema/arguments.js';
import { repeatReasons } from '../platform/schema/error-reasons.js';
import type { ActionContext } from '../platform/tenancy/action-context.js';
import { outcomeOf } from './envelope.js';
import { bulkMutation } from './mutations.js';
import { assignmentRow, changeRow, creationRow, upsertRow, VerbRow } from './rows.js';
import { type Act, mostRows } from './run.js';
import { allOf, holders, type Touches } from './touches.js';
import { upsert } from './upsert.js';
import { newValues, ownerOfAll, whereMutation } from './where.js';

export const bulkResolvers: Class[] = [];
export const bulkRules: { Mutation: Record<string, Rule> } = { Mutation: {} };
export const bulkPrices: FieldPrices & { Mutation: Record<string, FieldPrice> } = { Mutation: {} };

// biome-ignore lint/suspicious/noExplicitAny: inputs differ by record
type Create = (context: ActionContext, input: any) => Promise<TenantRecord>;
// biome-ignore lint/suspicious/noExplicitAny: inputs differ by record
type Update = (context: ActionContext, args: ChangeArguments<any>) => Promise<TenantRecord>;
type Delete = (context: ActionContext, args: VerbArguments) => Promise<{ id: string }>;

interface Actions {
  create: Create;
  update: Update;
  remove: Delete;
  inputs: { create: Class; update: Class };
  /** Input type of the keys that an upsert takes. */
  key: Class;
  /** Further records that rows touch, and further ones that deletions touch. */
  touches?: Touches[];
  deletionTouches?: Touches[];
  /** Rule of `updateXs`, if it admits more callers than the update permission. */
  changeRule?: Rule;
  /** Rule of `createXs`, if it depends on the input. */
  createRule?: Rule;
  /** Prevents changes to all records while those that match a filter are changed; by default each match is locked. */
  holdAll?: (context: ActionContext) => Promise<void>;
}

const mostRowsInWords = mostRows.toLocaleString('en');

const givenRows = ({ rows }: SentArguments): number => (rows == null ? 0 : [rows].flat().length);
const expectedRows = ({ expectedCount }: SentArguments): number => Number(expectedCount);

/** Action of a single verb; its arguments are those of a row. */
// biome-ignore lint/suspicious/noExplicitAny: arguments differ by verb
type Verb = (context: ActionContext, args: any) => Promise<TenantRecord>;

interface VerbOptions {
  /** Rule of the verb; by default the update permission. */
  rule?: Rule;
  /** Further records that rows touch. */
  touches?: Touches;
  /** Name of the single mutation that a row repeats; by default that of the action. */
  single?: string;
}

/** Registers what all bulk mutations of a record share, and returns how to register each. */
function bulkResultOf(type: new () => TenantRecord) {
  const { name } = recordOf(type);
  const result = outcomeOf(type);
  bulkResolvers.push(...result.resolvers);
  // A row seldom has more than one error.
  bulkPrices[`${name}BulkRow`] = { errors: { size: 1 } };
  const register = (mutation: string, rule: Rule, resolver: Class, rows = givenRows) => {
    bulkPrices.Mutation[mutation] = { rows };
    bulkResolvers.push(resolver);
    bulkRules.Mutation[mutation] = rule;
  };
  const add = (mutation: string, row: Class, description: string, rule: Rule, act: Act, touches: Touches) =>
    register(mutation, rule, bulkMutation(mutation, { type, result: result.type, row }, description, act, touches));
  return { result: result.type, register, add };
}

/** Returns a function that registers bulk mutations of a record that is not created, changed and deleted in bulk. */
export function bulkVerbsOf(type: new () => TenantRecord) {
  const { add } = bulkResultOf(type);
  return (
    mutation: string,
    row: Class,
    description: string,
    rule: Rule,
    act: Act,
    { touches, single }: Required<Pick<VerbOptions, 'touches' | 'single'>>,
  ) => {
    add(mutation, row, description, rule, act, touches);
    repeatReasons(mutation, single);
  };
}

/**
 * Registers `createXs`, `updateXs`, `deleteXs`, `upsertXs`, `updateXsWhere` and `deleteXsWhere`. Returns functions that
 * register further verbs.
 */
export function bulkOf(
  type: new () => TenantRecord,
  { create, update, remove, inputs, key, touches = [], deletionTouches = [], changeRule, createRule, holdAll }: Actions,
) {
  const { name, plural, resource } = recordOf(type);
  const plurals = `${name.slice(0, -1)}${name.endsWith('y') ? 'ies' : `${name.at(-1)}s`}`;
  const { result, register, add: addTouching } = bulkResultOf(type);
  const touched = allOf(...touches, holders(type));
  const touchedByDeletion = allOf(...deletionTouches, touched);
  const to = (...actions: string[]): Rule => {
    const permissions = actions.map((action) => `${resource}:${action}`);
    const [only, ...others] = permissions;
    return others.length ? allPermissions(...permissions) : can[only as keyof typeof can];
  };
  const add = (mutation: string, row: Class, description: string, rule: Rule, act: Act, touches = touched) =>
    addTouching(mutation, row, description, rule, act, touches);
  const adding: Act = (context, { input }) => create(context, input);
  add(
    `create${plurals}`,
    creationRow(name, inputs.create),
    `Creates up to ${mostRowsInWords} ${plural}.`,
    createRule ?? to('create'),
    adding,
  );
  const updating: Act = (context, { id, input, expectedVersion }) =>
    update(context, { id: id!, input, expectedVersion });
  add(
    `update${plurals}`,
    changeRow(name, inputs.update),
    `Changes fields of up to ${mostRowsInWords} ${plural}.`,
    changeRule ?? to('update'),
    updating,
  );
  const deleting: Act = async (context, { id, expectedVersion }) => {
    await remove(context, { id: id!, expectedVersion });
    return { deleted: id! };
  };
  add(
    `delete${plurals}`,
    VerbRow,
    `Deletes up to ${mostRowsInWords} ${plural}.`,
    to('delete'),
    deleting,
    touchedByDeletion,
  );
  const [updateWhere, deleteWhere] = [`update${plurals}Where`, `delete${plurals}Where`];
  const matching = { record: type, result, holdAll };
  register(
    updateWhere,
    to('update', 'read'),
    whereMutation(
      updateWhere,
      { ...matching, operand: newValues(inputs.update) },
      `Changes all ${plural} that match a filter, up to ${mostRowsInWords}, in the same way.`,
      updating,
      touched,
    ),
    expectedRows,
  );
  register(
    deleteWhere,
    to('delete', 'read'),
    whereMutation(
      deleteWhere,
      matching,
      `Deletes all ${plural} that match a filter, up to ${mostRowsInWords}.`,
      deleting,
      touchedByDeletion,
    ),
    expectedRows,
  );
  add(
    `upsert${plurals}`,
    upsertRow(name, key, inputs),
    `Creates up to ${mostRowsInWords} ${plural}, or changes those that exist, found by a key of your choice.`,
    to('create', 'update'),
    upsert(type, { create, update, inputs }),
  );
  const verb = (
    mutation: string,
    row: Class,
    description: string,
    action: Verb,
    { rule = to('update'), touches: more, single = action.name }: VerbOptions = {},
  ) => {
    add(mutation, row, description, rule, action, more ? allOf(more, touched) : touched);
    repeatReasons(mutation, single);
  };
  /** Registers `assignXs` and `assignXsWhere`. */
  const assign = (action: Verb) => {
    verb(`assign${plurals}`, assignmentRow, `Sets the responsible employees of ${plural}.`, action);
    const assignWhere = `assign${plurals}Where`;
    const description = `Sets the responsible employee of all ${plural} that match a filter, up to ${mostRowsInWords}.`;
    register(
      assignWhere,
      to('update', 'read'),
      whereMutation(assignWhere, { ...matching, operand: ownerOfAll }, description, action, touched),
      expectedRows,
    );
    repeatReasons(assignWhere, action.name);
  };
  const [creation, change, deletion] = [`create${name}`, `update${name}`, `delete${name}`];
  repeatReasons(`create${plurals}`, creation);
  for (const mutation of [`update${plurals}`, updateWhere]) repeatReasons(mutation, change);
  for (const mutation of [`delete${plurals}`, deleteWhere]) repeatReasons(mutation, deletion);
  repeatReasons(`upsert${plurals}`, creation, change);
  return { verb, assign };
}
