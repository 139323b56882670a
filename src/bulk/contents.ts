// The contents page: the bulk mutations of each record.

import {
  completeActivity,
  createActivity,
  deleteActivity,
  updateActivity,
} from '../crm/activities/activity.actions.js';
import { CreateActivityInput, UpdateActivityInput } from '../crm/activities/activity.inputs.js';
import { Activity } from '../crm/activities/activity.js';
import { createCustomer, deleteCustomer, updateCustomer } from '../crm/customers/customer.actions.js';
import { CreateCustomerInput, UpdateCustomerInput } from '../crm/customers/customer.inputs.js';
import { Customer } from '../crm/customers/customer.js';
import { createDeal, deleteDeal, markLost, markWon, moveDealStage, updateDeal } from '../crm/deals/deal.actions.js';
import {
  CreateDealInput,
  MarkLostArgs,
  MarkWonArgs,
  MoveDealStageArgs,
  UpdateDealInput,
} from '../crm/deals/deal.inputs.js';
import { Deal } from '../crm/deals/deal.js';
import { createEmployee, deleteEmployee, updateEmployee } from '../crm/employees/employee.actions.js';
import { CreateEmployeeInput, UpdateEmployeeInput } from '../crm/employees/employee.inputs.js';
import { Employee } from '../crm/employees/employee.js';
import { ownRecords } from '../crm/employees/employee.rules.js';
import {
  assignLead,
  createLead,
  deleteLead,
  disqualifyLead,
  qualifyLead,
  updateLead,
} from '../crm/leads/lead.actions.js';
import { CreateLeadInput, DisqualifyLeadArgs, UpdateLeadInput } from '../crm/leads/lead.inputs.js';
import { Lead } from '../crm/leads/lead.js';
import { changingAccess } from '../crm/organizations/changing-access.js';
import { creating } from '../crm/organizations/imports.js';
import { can } from '../crm/permissions.js';
import { createVendor, deleteVendor, updateVendor } from '../crm/vendors/vendor.actions.js';
import { CreateVendorInput, UpdateVendorInput } from '../crm/vendors/vendor.inputs.js';
import { Vendor } from '../crm/vendors/vendor.js';
import type { Class } from '../platform/class.js';
import { CodedError } from '../platform/errors.js';
import type { FieldPrice, FieldPrices, SentArguments } from '../platform/graphql/cost/prices.js';
import { allPermissions, type Rule } from '../platform/permissions/rules.js';
import { recordOf } from '../platform/records/record.js';
import type { TenantRecord } from '../platform/records/tenant-record.js';
import type { ChangeArguments, VerbArguments } from '../platform/schema/arguments.js';
import type { ActionContext } from '../platform/tenancy/action-context.js';
import { outcomeOf } from './envelope.js';
import type { Key } from './keys.js';
import { bulkMutation } from './mutations.js';
import { argumentsRow, assignmentRow, changeRow, creationRow, upsertRow, VerbRow } from './rows.js';
import { type Act, mostRows } from './run.js';
import { allOf, holders, leadsOfDeals, managers, managersLeaving, ownersLeaving, type Touches } from './touches.js';
import { upsert } from './upsert.js';
import { whereMutation } from './where.js';

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
  keys: readonly Key[];
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

/**
 * Registers `createXs`, `updateXs`, `deleteXs`, `upsertXs`, `updateXsWhere` and `deleteXsWhere`. Returns a function
 * that registers further verbs.
 */
function bulkOf(
  type: new () => TenantRecord,
  {
    create,
    update,
    remove,
    inputs,
    keys,
    touches = [],
    deletionTouches = [],
    changeRule,
    createRule,
    holdAll,
  }: Actions,
) {
  const { name, plural, resource } = recordOf(type);
  const plurals = `${name.slice(0, -1)}${name.endsWith('y') ? 'ies' : `${name.at(-1)}s`}`;
  const result = outcomeOf(type);
  const touched = allOf(...touches, holders(type));
  const touchedByDeletion = allOf(...deletionTouches, touched);
  bulkResolvers.push(...result.resolvers);
  // A row seldom has more than one error.
  bulkPrices[`${name}BulkRow`] = { errors: { size: 1 } };
  const register = (mutation: string, rule: Rule, resolver: Class, rows = givenRows) => {
    bulkPrices.Mutation[mutation] = { rows };
    bulkResolvers.push(resolver);
    bulkRules.Mutation[mutation] = rule;
  };
  const to = (...actions: string[]): Rule => {
    const permissions = actions.map((action) => `${resource}:${action}`);
    const [only, ...others] = permissions;
    return others.length ? allPermissions(...permissions) : can[only as keyof typeof can];
  };
  const add = (mutation: string, row: Class, description: string, rule: Rule, act: Act, touches = touched) =>
    register(mutation, rule, bulkMutation(mutation, { type, result: result.type, row }, description, act, touches));
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
  const matching = { record: type, result: result.type, holdAll };
  register(
    updateWhere,
    to('update', 'read'),
    whereMutation(
      updateWhere,
      { ...matching, input: inputs.update },
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
    upsertRow(name, keys, inputs),
    `Creates up to ${mostRowsInWords} ${plural}, or changes those that exist, found by a key of your choice.`,
    to('create', 'update'),
    upsert(type, { create, update, inputs }),
  );
  return (mutation: string, row: Class, description: string, act: Act) =>
    add(mutation, row, description, to('update'), act);
}

/** Passes a row to the action of the single verb, which takes the same arguments. */
const verb =
  // biome-ignore lint/suspicious/noExplicitAny: arguments differ by verb
    (action: (context: ActionContext, args: any) => Promise<TenantRecord>): Act =>
    (context, row) =>
      action(context, row);

/** An assignment is an update whose row names the employee in its own field. */
const assigning =
  (update: Update): Act =>
  async (context, { id, employeeId = null, expectedVersion }) => {
    try {
      return await update(context, { id: id!, input: { assignedToId: employeeId }, expectedVersion });
    } catch (error) {
      if (error instanceof CodedError)
        for (const fault of error.faults) if (fault.path === 'input.assignedToId') fault.path = 'employeeId';
      throw error;
    }
  };

const customers = bulkOf(Customer, {
  create: createCustomer,
  update: updateCustomer,
  remove: deleteCustomer,
  createRule: creating.customer,
  inputs: { create: CreateCustomerInput, update: UpdateCustomerInput },
  keys: ['id', 'code', 'email', 'externalId'],
});
customers('assignCustomers', assignmentRow, 'Sets the responsible employees of customers.', assigning(updateCustomer));

const leads = bulkOf(Lead, {
  create: createLead,
  update: updateLead,
  remove: deleteLead,
  createRule: creating.lead,
  inputs: { create: CreateLeadInput, update: UpdateLeadInput },
  keys: ['id', 'code', 'externalId'],
});
leads('assignLeads', assignmentRow, 'Sets the responsible employees of leads.', verb(assignLead));
leads('qualifyLeads', VerbRow, 'Sets the qualification of leads to QUALIFIED.', verb(qualifyLead));
leads(
  'disqualifyLeads',
  argumentsRow('DisqualifyLeadRow', DisqualifyLeadArgs, disqualifyLead),
  'Sets the qualification of leads to UNQUALIFIED.',
  verb(disqualifyLead),
);

const deals = bulkOf(Deal, {
  create: createDeal,
  update: updateDeal,
  remove: deleteDeal,
  createRule: creating.deal,
  inputs: { create: CreateDealInput, update: UpdateDealInput },
  keys: ['id', 'code', 'externalId'],
  touches: [leadsOfDeals],
});
deals('assignDeals', assignmentRow, 'Sets the responsible employees of deals.', assigning(updateDeal));
deals(
  'moveDealsToStage',
  argumentsRow('MoveDealRow', MoveDealStageArgs, moveDealStage),
  'Moves deals to stages of their pipelines.',
  verb(moveDealStage),
);
deals('markDealsWon', argumentsRow('MarkDealWonRow', MarkWonArgs, markWon), 'Closes deals as won.', verb(markWon));
deals(
  'markDealsLost',
  argumentsRow('MarkDealLostRow', MarkLostArgs, markLost),
  'Closes deals as lost.',
  verb(markLost),
);

const activities = bulkOf(Activity, {
  create: createActivity,
  update: updateActivity,
  remove: deleteActivity,
  createRule: creating.activity,
  inputs: { create: CreateActivityInput, update: UpdateActivityInput },
  keys: ['id', 'externalId'],
});
activities('completeActivities', VerbRow, 'Sets the status of activities to COMPLETED.', verb(completeActivity));

bulkOf(Employee, {
  create: createEmployee,
  update: updateEmployee,
  remove: deleteEmployee,
  inputs: { create: CreateEmployeeInput, update: UpdateEmployeeInput },
  keys: ['id', 'code', 'email', 'externalId'],
  touches: [managers],
  deletionTouches: [ownersLeaving, managersLeaving],
  holdAll: changingAccess,
  changeRule: ownRecords,
});

bulkOf(Vendor, {
  create: createVendor,
  update: updateVendor,
  remove: deleteVendor,
  inputs: { create: CreateVendorInput, update: UpdateVendorInput },
  keys: ['id', 'code', 'externalId'],
});
