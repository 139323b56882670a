import { type Foreign, ownKinds } from './two-tenants.js';

/** An operation with a foreign id in one of its arguments, named by its kind. */
export type Probe = [name: string, kind: keyof Foreign, document: string, variables?: (id: string) => object];

const update = (input: string) => `mutation ($id: ID!, $own: ID!) { updateCustomer(id: $own, input: ${input}) { id } }`;
const create = (input: string) =>
  `mutation ($id: ID!, $email: String!) { createCustomer(input: { email: $email, ${input} }) { id } }`;
const listed = (list: string, filter: string) =>
  `query ($id: ID!) { ${list}(filter: ${filter}, first: 100) { totalCount nodes { id } } }`;

export const reads: Probe[] = [
  ['customer', 'customer', 'query ($id: ID!) { customer(id: $id) { id name user { email } assignedTo { email } } }'],
  ['employee', 'employee', 'query ($id: ID!) { employee(id: $id) { id email user { email } role { name } } }'],
  [
    'user',
    'member',
    'query ($id: ID!) { user(id: $id) { id email memberships { id } profiles { id } roles { id } employee { id } } }',
  ],
  ['user, an owner', 'owner', 'query ($id: ID!) { user(id: $id) { id email } }'],
  [
    'organization',
    'organization',
    'query ($id: ID!) { organization(id: $id) { id name settings memberCount members { totalCount } } }',
  ],
  ['organizations by id', 'organization', listed('organizations', '{ id: { eq: $id } }')],
  ['customers by id', 'customer', listed('customers', '{ id: { eq: $id } }')],
  ['customers by a list of ids', 'customer', listed('customers', '{ id: { in: [$id] } }')],
  ['customers by either', 'customer', listed('customers', '{ or: [{ id: { eq: $id } }, { name: { eq: "none" } }] }')],
  ['customers by not another id', 'customer', listed('customers', '{ not: { not: { id: { eq: $id } } } }')],
  ['customers by assignee id', 'employee', listed('customers', '{ assignedToId: { eq: $id } }')],
  ['customers by assignee', 'employee', listed('customers', '{ assignedTo: { id: { eq: $id } } }')],
  ['customers by activity', 'activity', listed('customers', '{ activities: { some: { id: { eq: $id } } } }')],
  [
    'customers by their activities’ author',
    'owner',
    listed('customers', '{ activities: { some: { createdById: { eq: $id } } } }'),
  ],
  ['employees by id', 'employee', listed('employees', '{ id: { eq: $id } }')],
  ['employees by user', 'member', listed('employees', '{ userId: { eq: $id } }')],
  ['employees by role', 'role', listed('employees', '{ roleId: { eq: $id } }')],
  ['employees by manager', 'employee', listed('employees', '{ managerId: { eq: $id } }')],
  ['users by id', 'member', listed('users', '{ id: { eq: $id } }')],
  ['members by id', 'membership', listed('organizationMembers', '{ id: { eq: $id } }')],
  ['members by user id', 'member', listed('organizationMembers', '{ userId: { eq: $id } }')],
  ['members by user', 'member', listed('organizationMembers', '{ user: { id: { eq: $id } } }')],
  ['invitations by id', 'invitation', listed('invitations', '{ id: { eq: $id } }')],
  ['profiles by id', 'profile', listed('userProfiles', '{ id: { eq: $id } }')],
  ['profiles by user', 'member', listed('userProfiles', '{ userId: { eq: $id } }')],
  [
    'activities of an own customer by customer',
    'customer',
    `query ($id: ID!, $own: ID!) {
      customer(id: $own) { activities(filter: { customerId: { eq: $id } }) { totalCount nodes { id } } }
    }`,
  ],
  [
    'notes of an own customer by id',
    'activity',
    `query ($id: ID!, $own: ID!) {
      customer(id: $own) { notes(filter: { id: { eq: $id } }) { totalCount nodes { id } } }
    }`,
  ],
];

for (const kind of [
  ...['organization', 'owner', 'member', 'membership', 'profile', 'role', 'employee', 'customer'],
  ...['activity', 'permission', 'vendor', 'lead', 'pipeline', 'stage', 'deal', 'invitation'],
] as (keyof Foreign)[])
  reads.push([`node: ${kind}`, kind, 'query ($id: ID!) { node(id: $id) { id __typename } }']);
reads.push([
  'node of a type',
  'customer',
  'query ($id: ID!) { node(id: $id) { ... on Customer { name assignedTo { email } notes { totalCount } } } }',
]);

for (const kind of ['role', 'permission', 'vendor', 'lead', 'pipeline', 'deal', 'activity'] as const)
  reads.push(
    [kind, kind, `query ($id: ID!) { ${kind}(id: $id) { id createdAt } }`],
    [`${kind} in a list`, kind, listed(kind === 'activity' ? 'activities' : `${kind}s`, '{ id: { eq: $id } }')],
  );
reads.push(
  ['pipelineStage', 'stage', 'query ($id: ID!) { pipelineStage(id: $id) { id name } }'],
  ['pipelineStages by pipeline', 'pipeline', listed('pipelineStages', '{ pipelineId: { eq: $id } }')],
  ...(['customer', 'lead', 'pipeline', 'stage'] as const).map(
    (kind): Probe => [`deals by ${kind}`, kind, listed('deals', `{ ${kind}Id: { eq: $id } }`)],
  ),
  ...(['customer', 'lead', 'deal', 'vendor'] as const).map(
    (kind): Probe => [`activities by ${kind}`, kind, listed('activities', `{ ${kind}Id: { eq: $id } }`)],
  ),
  ['vendors by assignee', 'employee', listed('vendors', '{ assignedToId: { eq: $id } }')],
  ['leads by assignee', 'employee', listed('leads', '{ assignedToId: { eq: $id } }')],
);

export const writes: Probe[] = [
  [
    'updateCustomer',
    'customer',
    'mutation ($id: ID!) { updateCustomer(id: $id, input: { name: "Taken" }) { id name } }',
  ],
  [
    'updateCustomer of a version',
    'customer',
    'mutation ($id: ID!) { updateCustomer(id: $id, input: {}, expectedVersion: 99) { id } }',
  ],
  ['deleteCustomer', 'customer', 'mutation ($id: ID!) { deleteCustomer(id: $id) { id } }'],
  ['activateCustomer', 'customer', 'mutation ($id: ID!) { activateCustomer(id: $id) { id } }'],
  ['deactivateCustomer', 'customer', 'mutation ($id: ID!) { deactivateCustomer(id: $id) { id } }'],
  [
    'addCustomerNote',
    'customer',
    'mutation ($id: ID!) { addCustomerNote(customerId: $id, input: { text: "Hello" }) { id } }',
  ],
  ['createCustomer for an assignee', 'employee', create('assignedToId: $id')],
  ['createCustomer for a user', 'member', create('userId: $id')],
  ['updateCustomer for an assignee', 'employee', update('{ assignedToId: $id }')],
  ['updateCustomer for a user', 'member', update('{ userId: $id }')],
  [
    'updateOrganization',
    'organization',
    'mutation ($id: ID!) { updateOrganization(id: $id, input: { name: "Taken" }) { id } }',
  ],
  ['deleteOrganization', 'organization', 'mutation ($id: ID!) { deleteOrganization(id: $id) { id } }'],
  [
    'updateMembership',
    'membership',
    'mutation ($id: ID!) { updateMembership(id: $id, input: { isOwner: true }) { id } }',
  ],
  ['deactivateMembership', 'membership', 'mutation ($id: ID!) { deactivateMembership(id: $id) { id } }'],
  [
    'addOrganizationMember with a role',
    'role',
    'mutation ($id: ID!, $user: ID!) { addOrganizationMember(input: { userId: $user, roleIds: [$id] }) { id } }',
  ],
  ['updateUser', 'member', 'mutation ($id: ID!) { updateUser(id: $id, input: { firstName: "Taken" }) { id } }'],
];

/** A mutation with the foreign id, and ids of our own elsewhere. */
const written = (kind: keyof Foreign, field: string, fields = 'id'): Probe => {
  const others = ['user', ...ownNames].filter((name) => field.includes(`$${name}`)).map((name) => `, $${name}: ID!`);
  const email = field.includes('$email') ? ', $email: String!' : '';
  return [field, kind, `mutation ($id: ID!${others.join('')}${email}) { ${field} { ${fields} } }`];
};
const ownNames = [...ownKinds, 'customer', 'employee'].map((kind) => `own_${kind}`);
/** Records for which an employee is responsible. */
const assignable = ['Customer', 'Lead', 'Deal', 'Activity', 'Vendor'] as const;
const verbs: [kind: keyof Foreign, ...names: string[]][] = [
  [
    'role',
    'updateRole(id: $id, input: {})',
    'deleteRole(id: $id)',
    'deleteRole(id: $own_role, replacementRoleId: $id)',
  ],
  ['role', 'addPermissionToRole(roleId: $id, permissionId: $own_permission)'],
  ['role', 'removePermissionFromRole(roleId: $id, permissionId: $own_permission)'],
  ['role', 'assignPermission(roleId: $id, permissionId: $own_permission)', 'assignRole(userId: $user, roleId: $id)'],
  ['role', 'removePermission(roleId: $id, permissionId: $own_permission)', 'removeRole(userId: $user, roleId: $id)'],
  [
    'role',
    'setRolePermissions(roleId: $id, permissionIds: [])',
    'setRolePermissions(roleId: $id, permissionIds: [$id])',
  ],
  ['role', 'updateEmployee(id: $own_employee, input: { roleId: $id })'],
  ['role', 'createEmployee(input: { firstName: "A", lastName: "B", email: $email, roleId: $id })'],
  ['permission', 'updatePermission(id: $id, input: { description: "Taken" })', 'deletePermission(id: $id)'],
  ['permission', 'addPermissionToRole(roleId: $own_role, permissionId: $id)'],
  ['permission', 'removePermissionFromRole(roleId: $own_role, permissionId: $id)'],
  ['permission', 'assignPermission(roleId: $own_role, permissionId: $id)'],
  ['permission', 'removePermission(roleId: $own_role, permissionId: $id)'],
  ['permission', 'setRolePermissions(roleId: $own_role, permissionIds: [$own_permission, $id])'],
  ['permission', 'createRole(input: { name: "New", permissionIds: [$id] })'],
  ['role', 'inviteMember(input: { email: $email, roleIds: [$id] })'],
  ['invitation', 'resendInvitation(id: $id)', 'revokeInvitation(id: $id)'],
  ['invitation', 'acceptInvitation(id: $id)', 'declineInvitation(id: $id)'],
  ['member', 'assignRole(userId: $id, roleId: $own_role)', 'removeRole(userId: $id, roleId: $own_role)'],
  ['member', 'createUserProfile(input: { userId: $id, profileType: CUSTOMER })'],
  ['member', 'createVendor(input: { name: "N", email: $email, userId: $id })'],
  ['member', 'updateVendor(id: $own_vendor, input: { userId: $id })'],
  ['member', 'createEmployee(input: { firstName: "A", lastName: "B", email: $email, userId: $id })'],
  ['member', 'updateEmployee(id: $own_employee, input: { userId: $id })'],
  [
    'profile',
    'switchProfile(id: $id)',
    'activateProfile(id: $id)',
    'deactivateProfile(id: $id)',
    'suspendProfile(id: $id)',
  ],
  ['employee', 'updateEmployee(id: $id, input: { phone: "555 123 4567" })', 'deleteEmployee(id: $id)'],
  ['employee', 'terminateEmployee(id: $id)', 'terminateEmployee(id: $own_employee, reassignToId: $id)'],
  ['employee', 'updateEmployee(id: $own_employee, input: { managerId: $id })'],
  ['employee', 'createEmployee(input: { firstName: "A", lastName: "B", email: $email, managerId: $id })'],
  ['employee', 'createVendor(input: { name: "N", email: $email, assignedToId: $id })'],
  ['employee', 'updateVendor(id: $own_vendor, input: { assignedToId: $id })'],
  ['employee', 'createActivity(input: { activityType: CALL, title: "T", assignedToId: $id })'],
  ['employee', 'updateActivity(id: $own_activity, input: { assignedToId: $id })'],
  ['employee', 'createLead(input: { name: "N", email: $email, assignedToId: $id })'],
  ['employee', 'updateLead(id: $own_lead, input: { assignedToId: $id })'],
  ['employee', ...assignable.map((kind) => `assign${kind}(id: $own_${kind.toLowerCase()}, employeeId: $id)`)],
  ...assignable.map((kind): [keyof Foreign, string] => [
    kind.toLowerCase() as keyof Foreign,
    `assign${kind}(id: $id, employeeId: $own_employee)`,
  ]),
  ['employee', 'addLeadActivity(leadId: $own_lead, input: { title: "T", assignedToId: $id })'],
  ['employee', 'createDeal(input: { title: "New", customerId: $own_customer, assignedToId: $id })'],
  ['employee', 'updateDeal(id: $own_deal, input: { assignedToId: $id })'],
  ['vendor', 'updateVendor(id: $id, input: { name: "Taken" })', 'deleteVendor(id: $id)'],
  ['vendor', 'activateVendor(id: $id)', 'deactivateVendor(id: $id)'],
  ['activity', 'updateActivity(id: $id, input: { title: "Taken" })', 'deleteActivity(id: $id)'],
  ['activity', 'completeActivity(id: $id)', 'cancelActivity(id: $id)'],
  ...(['customer', 'lead', 'deal', 'vendor'] as const).flatMap((kind): [keyof Foreign, ...string[]][] => [
    [kind, `createActivity(input: { activityType: CALL, title: "T", ${kind}Id: $id })`],
    [kind, `updateActivity(id: $own_activity, input: { ${kind}Id: $id })`],
  ]),
  ['lead', 'updateLead(id: $id, input: { name: "Taken" })', 'deleteLead(id: $id)', 'qualifyLead(id: $id)'],
  ['lead', 'disqualifyLead(id: $id)', 'updateLeadScore(id: $id, score: 1)'],
  ...(['Customer', 'Lead', 'Deal', 'Vendor'] as const).map((kind): [keyof Foreign, ...string[]] => {
    const on = kind.toLowerCase() as 'customer' | 'lead' | 'deal' | 'vendor';
    const [note, activity] = [`add${kind}Note(${on}Id: $id, input`, `add${kind}Activity(${on}Id: $id, input`];
    return [on, `${note}: { text: "T" })`, `${activity}: { title: "T" })`];
  }),
  ['lead', 'createDeal(input: { title: "New", leadId: $id })'],
  ['lead', 'updateDeal(id: $own_deal, input: { leadId: $id })'],
  [
    'customer',
    'createDeal(input: { title: "New", customerId: $id })',
    'updateDeal(id: $own_deal, input: { customerId: $id })',
  ],
  ['deal', 'updateDeal(id: $id, input: { title: "Taken" })', 'deleteDeal(id: $id)', 'markWon(id: $id)'],
  ['deal', 'markLost(id: $id, lostReason: "No")', 'reopenDeal(id: $id)', 'moveDealStage(id: $id, stageId: $own_stage)'],
  ['stage', 'moveDealStage(id: $own_deal, stageId: $id)', 'updateDeal(id: $own_deal, input: { stageId: $id })'],
  ['stage', 'createDeal(input: { title: "New", customerId: $own_customer, stageId: $id })'],
  ['stage', 'updatePipelineStage(id: $id, input: { name: "Taken" })', 'deletePipelineStage(id: $id)'],
  ['stage', 'reorderPipelineStage(id: $id, order: 2)', 'deletePipelineStage(id: $own_stage, moveDealsToStageId: $id)'],
  ['pipeline', 'updatePipeline(id: $id, input: { name: "Taken" })', 'deletePipeline(id: $id)'],
  ['pipeline', 'setDefaultPipeline(id: $id)', 'createPipelineStage(input: { pipelineId: $id, name: "New" })'],
  ['pipeline', 'createDeal(input: { title: "New", customerId: $own_customer, pipelineId: $id })'],
  ['pipeline', 'updateDeal(id: $own_deal, input: { pipelineId: $id })'],
];
for (const [kind, ...fields] of verbs) writes.push(...fields.map((field) => written(kind, field)));
const deep: [keyof Foreign, string][] = [
  ['lead', 'convertLead(id: $id)'],
  ['customer', 'convertLead(id: $own_lead, input: { existingCustomerId: $id })'],
  ['employee', 'convertLead(id: $own_lead, input: { assignedToId: $id })'],
  ['pipeline', 'convertLead(id: $own_lead, input: { createDeal: { pipelineId: $id } })'],
  ['stage', 'convertLead(id: $own_lead, input: { createDeal: { stageId: $id } })'],
];
for (const [kind, field] of deep) writes.push(written(kind, field, 'lead { id }'));
