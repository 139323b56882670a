// The contents page: the bulk mutations of each record.

import { assignRole } from '../crm/access/assignment.actions.js';
import { addMember } from '../crm/access/membership.actions.js';
import { AssignmentArgs } from '../crm/access/role.inputs.js';
import {
  assignActivity,
  cancelActivity,
  completeActivity,
  createActivity,
  deleteActivity,
  updateActivity,
} from '../crm/activities/activity.actions.js';
import { CreateActivityInput, UpdateActivityInput } from '../crm/activities/activity.inputs.js';
import { Activity } from '../crm/activities/activity.js';
import {
  activateCustomer,
  assignCustomer,
  createCustomer,
  deactivateCustomer,
  deleteCustomer,
  updateCustomer,
} from '../crm/customers/customer.actions.js';
import { CreateCustomerInput, UpdateCustomerInput } from '../crm/customers/customer.inputs.js';
import { Customer } from '../crm/customers/customer.js';
import { convertLead } from '../crm/deals/convert-lead.js';
import {
  assignDeal,
  createDeal,
  deleteDeal,
  markLost,
  markWon,
  moveDealStage,
  reopenDeal,
  updateDeal,
} from '../crm/deals/deal.actions.js';
import {
  ConvertLeadArgs,
  CreateDealInput,
  MarkLostArgs,
  MarkWonArgs,
  MoveDealStageArgs,
  UpdateDealInput,
} from '../crm/deals/deal.inputs.js';
import { Deal } from '../crm/deals/deal.js';
import { conversions } from '../crm/deals/deal.rules.js';
import {
  createEmployee,
  deleteEmployee,
  terminateEmployee,
  updateEmployee,
} from '../crm/employees/employee.actions.js';
import { CreateEmployeeInput, TerminateEmployeeArgs, UpdateEmployeeInput } from '../crm/employees/employee.inputs.js';
import { Employee } from '../crm/employees/employee.js';
import { ownRecords } from '../crm/employees/employee.rules.js';
import { inviteMember } from '../crm/invitations/invitation.actions.js';
import { InviteMemberInput } from '../crm/invitations/invitation.inputs.js';
import { Invitation } from '../crm/invitations/invitation.js';
import {
  assignLead,
  createLead,
  deleteLead,
  disqualifyLead,
  qualifyLead,
  updateLead,
  updateLeadScore,
} from '../crm/leads/lead.actions.js';
import { CreateLeadInput, DisqualifyLeadArgs, LeadScoreArgs, UpdateLeadInput } from '../crm/leads/lead.inputs.js';
import { Lead } from '../crm/leads/lead.js';
import { activityBy, customerBy, dealBy, employeeBy, leadBy, vendorBy } from '../crm/nodes/look-ups.js';
import { changingAccess } from '../crm/organizations/changing-access.js';
import { creating } from '../crm/organizations/imports.js';
import { Membership } from '../crm/organizations/membership.js';
import { AddOrganizationMemberInput } from '../crm/organizations/organization.inputs.js';
import { can } from '../crm/permissions.js';
import {
  activateVendor,
  assignVendor,
  createVendor,
  deactivateVendor,
  deleteVendor,
  updateVendor,
} from '../crm/vendors/vendor.actions.js';
import { CreateVendorInput, UpdateVendorInput } from '../crm/vendors/vendor.inputs.js';
import { Vendor } from '../crm/vendors/vendor.js';
import { owner } from '../platform/permissions/rules.js';
import { addReasons } from '../platform/schema/error-reasons.js';
import { bulkOf, bulkRules, bulkVerbsOf } from './register.js';
import { argumentsRow, creationRow, VerbRow } from './rows.js';
import {
  allOf,
  assignments,
  customersOfLeads,
  leadsOfDeals,
  managers,
  managersLeaving,
  newMembers,
  ownersLeaving,
  successorsLeaving,
} from './touches.js';

export { bulkPrices, bulkResolvers, bulkRules } from './register.js';

const customers = bulkOf(Customer, {
  create: createCustomer,
  update: updateCustomer,
  remove: deleteCustomer,
  createRule: creating.customer,
  inputs: { create: CreateCustomerInput, update: UpdateCustomerInput },
  key: customerBy.key,
});
customers.assign(assignCustomer);
customers.verb('activateCustomers', VerbRow, 'Sets the status of customers to ACTIVE.', activateCustomer);
customers.verb('deactivateCustomers', VerbRow, 'Sets the status of customers to INACTIVE.', deactivateCustomer);

const leads = bulkOf(Lead, {
  create: createLead,
  update: updateLead,
  remove: deleteLead,
  createRule: creating.lead,
  inputs: { create: CreateLeadInput, update: UpdateLeadInput },
  key: leadBy.key,
});
leads.assign(assignLead);
leads.verb('qualifyLeads', VerbRow, 'Sets the qualification of leads to QUALIFIED.', qualifyLead);
leads.verb(
  'disqualifyLeads',
  argumentsRow('DisqualifyLeadRow', DisqualifyLeadArgs, disqualifyLead),
  'Sets the qualification of leads to UNQUALIFIED.',
  disqualifyLead,
);
leads.verb(
  'scoreLeads',
  argumentsRow('ScoreLeadRow', LeadScoreArgs, updateLeadScore),
  'Sets the scores of leads, 0–100.',
  updateLeadScore,
);
leads.verb(
  'convertLeads',
  argumentsRow('ConvertLeadRow', ConvertLeadArgs, convertLead),
  'Converts leads to customers; select `record { convertedCustomer { id } }` to read what they became.',
  async (context, row) => (await convertLead(context, row)).lead,
  { rule: conversions, touches: customersOfLeads, single: convertLead.name },
);

const deals = bulkOf(Deal, {
  create: createDeal,
  update: updateDeal,
  remove: deleteDeal,
  createRule: creating.deal,
  inputs: { create: CreateDealInput, update: UpdateDealInput },
  key: dealBy.key,
  touches: [leadsOfDeals],
});
deals.assign(assignDeal);
deals.verb(
  'moveDealsToStage',
  argumentsRow('MoveDealRow', MoveDealStageArgs, moveDealStage),
  'Moves deals to stages of their pipelines.',
  moveDealStage,
);
deals.verb('markDealsWon', argumentsRow('MarkDealWonRow', MarkWonArgs, markWon), 'Closes deals as won.', markWon);
deals.verb('markDealsLost', argumentsRow('MarkDealLostRow', MarkLostArgs, markLost), 'Closes deals as lost.', markLost);
deals.verb('reopenDeals', VerbRow, 'Reopens closed deals on their last open stages.', reopenDeal);

const activities = bulkOf(Activity, {
  create: createActivity,
  update: updateActivity,
  remove: deleteActivity,
  createRule: creating.activity,
  inputs: { create: CreateActivityInput, update: UpdateActivityInput },
  key: activityBy.key,
});
activities.assign(assignActivity);
activities.verb('completeActivities', VerbRow, 'Sets the status of activities to COMPLETED.', completeActivity);
activities.verb('cancelActivities', VerbRow, 'Sets the status of activities to CANCELLED.', cancelActivity);

const employees = bulkOf(Employee, {
  create: createEmployee,
  update: updateEmployee,
  remove: deleteEmployee,
  inputs: { create: CreateEmployeeInput, update: UpdateEmployeeInput },
  key: employeeBy.key,
  touches: [managers],
  deletionTouches: [ownersLeaving, managersLeaving],
  holdAll: changingAccess,
  changeRule: ownRecords,
});

employees.verb(
  'terminateEmployees',
  argumentsRow('TerminateEmployeeRow', TerminateEmployeeArgs, terminateEmployee),
  'Ends employments and the access that comes with them.',
  terminateEmployee,
  {
    rule: can['employee:delete'],
    touches: allOf(ownersLeaving, successorsLeaving),
  },
);

const vendors = bulkOf(Vendor, {
  create: createVendor,
  update: updateVendor,
  remove: deleteVendor,
  inputs: { create: CreateVendorInput, update: UpdateVendorInput },
  key: vendorBy.key,
});
vendors.assign(assignVendor);
vendors.verb('activateVendors', VerbRow, 'Sets the status of vendors to ACTIVE.', activateVendor);
vendors.verb('deactivateVendors', VerbRow, 'Sets the status of vendors to INACTIVE.', deactivateVendor);

const members = bulkVerbsOf(Membership);
members(
  'addOrganizationMembers',
  creationRow('Membership', AddOrganizationMemberInput, 'AddOrganizationMemberRow'),
  'Adds users to the active organization, or readmits former members.',
  owner,
  (context, { input }) => addMember(context, input),
  { touches: newMembers, single: 'addOrganizationMember' },
);
bulkVerbsOf(Invitation)(
  'inviteMembers',
  creationRow('Invitation', InviteMemberInput, 'InviteMemberRow'),
  'Invites e-mail addresses to the active organization.',
  owner,
  (context, { input }) => inviteMember(context, input),
  // Rows with the same address run one after the other anyway.
  { touches: async (_context, rows) => rows.map(() => []), single: inviteMember.name },
);
members(
  'assignRoles',
  argumentsRow('AssignRoleRow', AssignmentArgs, assignRole),
  'Assigns roles to members; select `record { roles { name } }` to read what each member has.',
  can['role:update'],
  async (context, { userId, roleId }) => {
    const { member, assignment } = await assignRole(context, { userId: userId!, roleId: roleId! });
    return { id: member.id, written: assignment };
  },
  { touches: assignments, single: assignRole.name },
);

addReasons('CONFLICT', {
  COUNT_DIFFERS: [
    'The filter matches `extensions.actualCount` records instead of `expectedCount`; nothing was done.',
    ...Object.keys(bulkRules.Mutation).filter((name) => name.endsWith('Where')),
  ],
});
