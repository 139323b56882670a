// The contents page: which mutations there are in bulk, by record.

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
import { CreateDealInput, UpdateDealInput } from '../crm/deals/deal.inputs.js';
import { Deal } from '../crm/deals/deal.js';
import { createEmployee, deleteEmployee, updateEmployee } from '../crm/employees/employee.actions.js';
import { CreateEmployeeInput, UpdateEmployeeInput } from '../crm/employees/employee.inputs.js';
import { Employee } from '../crm/employees/employee.js';
import {
  assignLead,
  createLead,
  deleteLead,
  disqualifyLead,
  qualifyLead,
  updateLead,
} from '../crm/leads/lead.actions.js';
import { CreateLeadInput, UpdateLeadInput } from '../crm/leads/lead.inputs.js';
import { Lead } from '../crm/leads/lead.js';
import { createVendor, deleteVendor, updateVendor } from '../crm/vendors/vendor.actions.js';
import { CreateVendorInput, UpdateVendorInput } from '../crm/vendors/vendor.inputs.js';
import { Vendor } from '../crm/vendors/vendor.js';
import { can } from '../platform/permissions/catalogue.js';
import { all, type Rule } from '../platform/permissions/rules.js';
import type { Class } from '../platform/records/property.js';
import { recordOf } from '../platform/records/record.js';
import type { Acting } from '../platform/tenancy/acting.js';
import type { TenantRecord } from '../platform/tenancy/tenant-record.js';
import { outcomeOf } from './envelope.js';
import type { Key } from './keys.js';
import { bulkMutation } from './mutations.js';
import { argumentsRow, assignmentRow, changeRow, creationRow, upsertRow, VerbRow } from './rows.js';
import type { Act } from './run.js';
import { allOf, holders, leadsOfDeals, managers, nothing, ownersLeaving, type Touches } from './touches.js';
import { upsert } from './upsert.js';
import { whereMutation } from './where.js';

export const bulkResolvers: Class[] = [];
export const bulkRules: { Mutation: Record<string, Rule> } = { Mutation: {} };

// biome-ignore lint/suspicious/noExplicitAny: inputs differ by record
type Create = (acting: Acting, input: any) => Promise<TenantRecord>;
// biome-ignore lint/suspicious/noExplicitAny: inputs differ by record
type Update = (acting: Acting, id: string, input: any, version?: number | null) => Promise<TenantRecord>;
type Delete = (acting: Acting, id: string, version?: number | null) => Promise<void>;

interface Actions {
  create: Create;
  update: Update;
  remove: Delete;
  inputs: { create: Class; update: Class };
  keys: readonly Key[];
  touches?: Touches;
}

/** `createXs`, `updateXs`, `deleteXs`, `upsertXs`, `updateXsWhere` and `deleteXsWhere`; answers how to add a verb. */
function bulkOf(type: new () => TenantRecord, { create, update, remove, inputs, keys, touches = nothing }: Actions) {
  const { name, plural, resource } = recordOf(type);
  const plurals = `${name.slice(0, -1)}${name.endsWith('y') ? 'ies' : `${name.at(-1)}s`}`;
  const result = outcomeOf(type);
  const together = allOf(touches, holders(type));
  bulkResolvers.push(...result.resolvers);
  const register = (mutation: string, needs: string[], what: string, make: (description: string) => Class) => {
    const permissions = needs.map((action) => `${resource}:${action}`);
    bulkResolvers.push(make(`${what} Needs ${permissions.join(' and ')}.`));
    bulkRules.Mutation[mutation] =
      permissions.length > 1 ? all(...permissions) : can[permissions[0] as keyof typeof can];
  };
  const add = (mutation: string, row: Class, what: string, needs: string[], act: Act) =>
    register(mutation, needs, what, (description) =>
      bulkMutation(mutation, result.type, row, description, act, together),
    );
  add(`create${plurals}`, creationRow(name, inputs.create), `Create ${plural}.`, ['create'], (acting, { input }) =>
    create(acting, input),
  );
  const updating: Act = (acting, row) => update(acting, row.id!, row.input, row.expectedVersion);
  add(`update${plurals}`, changeRow(name, inputs.update), `Change ${plural}.`, ['update'], updating);
  const deleting: Act = async (acting, { id, expectedVersion }) => {
    await remove(acting, id!, expectedVersion);
    return { deleted: id! };
  };
  add(`delete${plurals}`, VerbRow, `Delete ${plural}.`, ['delete'], deleting);
  const addWhere = (action: 'update' | 'delete', what: string, act: Act, input?: Class) => {
    const mutation = `${action}${plurals}Where`;
    register(mutation, [action, 'read'], `${what} all ${plural} that match a filter.`, (description) =>
      whereMutation(mutation, { record: type, result: result.type, input }, description, act, together),
    );
  };
  addWhere('update', 'Change', updating, inputs.update);
  addWhere('delete', 'Delete', deleting);
  const [createName, updateName] = [`Create${name}Input`, `Update${name}Input`];
  add(
    `upsert${plurals}`,
    upsertRow(name, keys, createName, updateName),
    `Create ${plural}, or change those that are there.`,
    ['create', 'update'],
    upsert(type, { create, update, createName, updateName }),
  );
  return (mutation: string, row: Class, what: string, act: Act) => add(mutation, row, what, ['update'], act);
}

/** A row with the arguments of the single verb, as that verb's action takes them. */
const verb =
  // biome-ignore lint/suspicious/noExplicitAny: arguments differ by verb
    (action: (acting: Acting, args: any) => Promise<TenantRecord>): Act =>
    (acting, row) =>
      action(acting, row);

const assigning =
  (update: Update): Act =>
  (acting, row) =>
    update(acting, row.id!, { assignedToId: (row as { employeeId?: string }).employeeId ?? null }, row.expectedVersion);

const customers = bulkOf(Customer, {
  create: createCustomer,
  update: updateCustomer,
  remove: deleteCustomer,
  inputs: { create: CreateCustomerInput, update: UpdateCustomerInput },
  keys: ['id', 'code', 'email', 'externalId'],
});
customers('assignCustomers', assignmentRow, 'Assign customers to employees.', assigning(updateCustomer));

const leads = bulkOf(Lead, {
  create: createLead,
  update: updateLead,
  remove: deleteLead,
  inputs: { create: CreateLeadInput, update: UpdateLeadInput },
  keys: ['id', 'code', 'externalId'],
});
leads('assignLeads', assignmentRow, 'Assign leads to employees.', verb(assignLead));
leads('qualifyLeads', VerbRow, 'Qualify leads.', (acting, row) => qualifyLead(acting, row.id!, row.expectedVersion));
leads(
  'disqualifyLeads',
  argumentsRow('DisqualifyLeadRow', 'disqualifyLead'),
  'Disqualify leads.',
  verb(disqualifyLead),
);

const deals = bulkOf(Deal, {
  create: createDeal,
  update: updateDeal,
  remove: deleteDeal,
  inputs: { create: CreateDealInput, update: UpdateDealInput },
  keys: ['id', 'code', 'externalId'],
  touches: leadsOfDeals,
});
deals('assignDeals', assignmentRow, 'Assign deals to employees.', assigning(updateDeal));
deals('moveDealsToStage', argumentsRow('MoveDealRow', 'moveDealStage'), 'Move deals to stages.', verb(moveDealStage));
deals('markDealsWon', argumentsRow('MarkDealWonRow', 'markWon'), 'Mark deals as won.', verb(markWon));
deals('markDealsLost', argumentsRow('MarkDealLostRow', 'markLost'), 'Mark deals as lost.', verb(markLost));

const activities = bulkOf(Activity, {
  create: createActivity,
  update: updateActivity,
  remove: deleteActivity,
  inputs: { create: CreateActivityInput, update: UpdateActivityInput },
  keys: ['id', 'externalId'],
});
activities('completeActivities', VerbRow, 'Complete activities.', (acting, row) =>
  completeActivity(acting, row.id!, row.expectedVersion),
);

bulkOf(Employee, {
  create: createEmployee,
  update: updateEmployee,
  remove: deleteEmployee,
  inputs: { create: CreateEmployeeInput, update: UpdateEmployeeInput },
  keys: ['id', 'code', 'email', 'externalId'],
  touches: allOf(managers, ownersLeaving),
});

bulkOf(Vendor, {
  create: createVendor,
  update: updateVendor,
  remove: deleteVendor,
  inputs: { create: CreateVendorInput, update: UpdateVendorInput },
  keys: ['id', 'code', 'externalId'],
});
