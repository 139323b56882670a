import { gql } from 'graphql-request';
import { newApiKey } from './api-keys.js';
import { activityRow, type Fields, freshEmail, insertRows, newCustomer } from './customers.js';
import { sql } from './database.js';
import { newDeal, newLead, newPipeline, pipelineById, type Row, send } from './sales.js';
import { client } from './server.js';
import { storedInvitation } from './stored-invitations.js';
import { newTenant, type Person, type Tenant } from './tenant.js';
import { newWebhook, storedDelivery } from './webhooks.js';

/** Records in the states that refuse changes. */
export interface ChecksWorld {
  tenant: Tenant;
  /** A caller who may change everything, and one who may change nothing. */
  owner: Person;
  nobody: Person & { membershipId: string };
  ids: Record<string, string>;
  customer: Row;
  converted: Row;
  deal: Row;
}

const one = async (text: string, values: unknown[]): Promise<string> =>
  (await sql<{ id: string }>(`${text} limit 1`, values))[0]!.id;

export async function newChecksWorld(): Promise<ChecksWorld> {
  const tenant = await newTenant();
  const { owner } = tenant;
  const nobody = await tenant.member();
  const former = await tenant.member();
  const leave = gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`;
  await client({ token: former.token, organizationId: tenant.id }).request(leave, { id: former.membershipId });
  const own = (table: string, where = 'true') =>
    one(`select id from ${table} where organization_id = $1 and ${where}`, [tenant.id]);
  const profileOf = (userId: string) => own('user_profiles', `user_id = '${userId}'`);
  const suspended = await tenant.member();
  await sql(`update user_profiles set status = 'SUSPENDED', is_primary = false where user_id = $1`, [suspended.id]);
  const made = async (name: string, input: string, fields: Fields) =>
    (
      await owner.request<Record<string, Row>>(`mutation ($input: ${input}!) { ${name}(input: $input) { id } }`, {
        input: fields,
      })
    )[name]!.id;
  const inactiveProfile = await made('createUserProfile', 'CreateUserProfileInput', {
    userId: owner.id,
    profileType: 'CUSTOMER',
  });
  await sql(`update user_profiles set status = 'INACTIVE' where id = $1`, [inactiveProfile]);
  const customer = (await newCustomer(owner)) as Row;
  const pipeline = await pipelineById(owner);
  const other = await newPipeline(owner, { name: 'Other' });
  const inactivePipeline = await newPipeline(owner, { name: 'Closed', isActive: false });
  const deal = await newDeal(owner, { customerId: customer.id });
  const lead = await newLead(owner);
  const { lead: converted } = await send<{ lead: Row }>(owner, 'convertLead', { id: lead.id });
  const orphan = await newLead(owner);
  const conversion = await send<{ customer: Row }>(owner, 'convertLead', { id: orphan.id });
  const orphanDeal = await newDeal(owner, { leadId: orphan.id });
  await sql('delete from customers where id = $1', [conversion.customer.id]);
  const activities = ['CANCELLED', 'COMPLETED'].map((status) =>
    activityRow(tenant.id, { status, completed_at: status === 'COMPLETED' ? new Date().toISOString() : null }),
  );
  await insertRows('activities', activities);
  const manager = await tenant.employee();
  const report = await tenant.employee();
  await sql('update employees set manager_id = $1 where id = $2', [manager, report]);
  const inactiveRole = await made('createRole', 'CreateRoleInput', { name: 'Off' });
  await sql('update roles set is_active = false where id = $1', [inactiveRole]);
  const { id: revokedKey } = await newApiKey(owner, tenant.id);
  await sql('update api_keys set revoked_at = now() where id = $1', [revokedKey]);
  const { id: webhook } = await newWebhook(owner, { url: 'https://hooks.example', recordTypes: ['WEBHOOK'] });
  return {
    tenant,
    owner,
    nobody,
    customer,
    converted,
    deal,
    ids: {
      organization: tenant.id,
      user: nobody.id,
      membership: await own('memberships', `user_id = '${owner.id}'`),
      systemRole: await own('roles', 'is_system_role'),
      inactiveRole,
      revokedKey,
      webhook,
      delivery: await storedDelivery(webhook),
      cursor: (await owner.request<{ changeCursor: string }>('{ changeCursor }')).changeCursor,
      permission: await own('permissions', 'is_system_permission'),
      formerProfile: await profileOf(former.id),
      ownerProfile: await profileOf(owner.id),
      suspendedProfile: await profileOf(suspended.id),
      inactiveProfile,
      employee: await own('employees', `user_id = '${owner.id}'`),
      inactiveEmployee: await tenant.employee({ status: 'INACTIVE' }),
      manager,
      report,
      pipeline: pipeline.id,
      stage: pipeline.stages[0]!.id,
      otherStage: other.stages[0]!.id,
      inactivePipeline: inactivePipeline.id,
      orphanDeal: orphanDeal.id,
      lead: (await newLead(owner)).id,
      cancelled: activities[0]!.id,
      completed: activities[1]!.id,
      invitation: await storedInvitation(tenant, freshEmail(), 'ACCEPTED'),
      vendor: await made('createVendor', 'CreateVendorInput', { name: 'Paper', email: freshEmail() }),
    },
  };
}

/** Variables of a mutation that are sound but for the state that refuses them, and the reason that it gives. */
export interface StateCase {
  variables: Fields;
  reason?: string;
}

/** One case for every mutation; without a reason nothing that is stored refuses it. */
export function stateCases({ owner, nobody, ids, customer, converted, deal }: ChecksWorld): Record<string, StateCase> {
  const { inactiveEmployee: assignedToId } = ids;
  const email = freshEmail();
  const onLead = { id: converted.id };
  const refusing = (reason: string, variables: Fields): StateCase => ({ variables, reason });
  const free = (variables: Fields): StateCase => ({ variables });
  return {
    addOrganizationMember: refusing('ALREADY_MEMBER', { input: { userId: nobody.id } }),
    inviteMember: refusing('MAIL_NOT_CONFIGURED', { input: { email } }),
    resendInvitation: refusing('MAIL_NOT_CONFIGURED', { id: ids.invitation }),
    revokeInvitation: refusing('INVITATION_ENDED', { id: ids.invitation }),
    updateMembership: refusing('LAST_OWNER', { id: ids.membership, input: { isOwner: false } }),
    deactivateMembership: refusing('LAST_OWNER', { id: ids.membership }),
    createRole: refusing('DUPLICATE_NAME', { input: { name: 'admin' } }),
    updateRole: refusing('SYSTEM_ROLE', { id: ids.systemRole, input: { name: 'Renamed' } }),
    deleteRole: refusing('SYSTEM_ROLE', { id: ids.systemRole }),
    addPermissionToRole: free({ roleId: ids.inactiveRole, permissionId: ids.permission }),
    removePermissionFromRole: free({ roleId: ids.inactiveRole, permissionId: ids.permission }),
    assignPermission: free({ roleId: ids.inactiveRole, permissionId: ids.permission }),
    removePermission: free({ roleId: ids.inactiveRole, permissionId: ids.permission }),
    setRolePermissions: free({ roleId: ids.inactiveRole, permissionIds: [ids.permission] }),
    assignRole: refusing('ROLE_INACTIVE', { userId: nobody.id, roleId: ids.inactiveRole }),
    removeRole: free({ userId: nobody.id, roleId: ids.inactiveRole }),
    createPermission: refusing('DUPLICATE_PERMISSION', { input: { resource: 'deal', action: 'read' } }),
    updatePermission: refusing('SYSTEM_PERMISSION', { id: ids.permission, input: { description: 'Mine' } }),
    deletePermission: refusing('SYSTEM_PERMISSION', { id: ids.permission }),
    createApiKey: free({ input: { name: 'Import', permissionIds: [ids.permission] } }),
    rotateApiKey: refusing('API_KEY_ENDED', { id: ids.revokedKey }),
    adoptApiKey: refusing('API_KEY_ENDED', { id: ids.revokedKey }),
    revokeApiKey: free({ id: ids.revokedKey }),
    createWebhook: free({ input: { url: 'https://hooks.example' } }),
    updateWebhook: free({ id: ids.webhook, input: { description: 'D' } }),
    deleteWebhook: free({ id: ids.webhook }),
    enableWebhook: free({ id: ids.webhook }),
    disableWebhook: free({ id: ids.webhook }),
    rotateWebhookSecret: free({ id: ids.webhook }),
    replayWebhook: free({ id: ids.webhook, after: ids.cursor }),
    redeliverWebhookDelivery: free({ id: ids.delivery }),
    createActivity: refusing('EMPLOYEE_NOT_ACTIVE', { input: { activityType: 'TASK', title: 'T', assignedToId } }),
    updateActivity: refusing('ACTIVITY_CANCELLED', { id: ids.cancelled, input: { status: 'COMPLETED' } }),
    deleteActivity: free({ id: ids.cancelled }),
    completeActivity: refusing('ACTIVITY_CANCELLED', { id: ids.cancelled }),
    cancelActivity: refusing('ACTIVITY_COMPLETED', { id: ids.completed }),
    assignActivity: refusing('EMPLOYEE_NOT_ACTIVE', { id: ids.completed, employeeId: assignedToId }),
    addCustomerActivity: refusing('EMPLOYEE_NOT_ACTIVE', {
      customerId: customer.id,
      input: { title: 'T', assignedToId },
    }),
    addDealActivity: refusing('EMPLOYEE_NOT_ACTIVE', { dealId: deal.id, input: { title: 'T', assignedToId } }),
    addDealNote: free({ dealId: deal.id, input: { text: 'Called' } }),
    addLeadNote: free({ leadId: ids.lead, input: { text: 'Called' } }),
    addCustomerNote: free({ customerId: customer.id, input: { text: 'Called' } }),
    createCustomer: refusing('DUPLICATE_EMAIL', { input: { email: customer.email } }),
    updateCustomer: refusing('EMPLOYEE_NOT_ACTIVE', { id: customer.id, input: { assignedToId } }),
    deleteCustomer: free({ id: customer.id }),
    eraseRecord: free({ type: 'CUSTOMER', id: customer.id }),
    activateCustomer: free({ id: customer.id }),
    deactivateCustomer: free({ id: customer.id }),
    assignCustomer: refusing('EMPLOYEE_NOT_ACTIVE', { id: customer.id, employeeId: assignedToId }),
    createDeal: refusing('EMPLOYEE_NOT_ACTIVE', { input: { title: 'New', customerId: customer.id, assignedToId } }),
    updateDeal: refusing('DEAL_NOT_CLOSED', { id: deal.id, input: { lostReason: 'Price' } }),
    deleteDeal: free({ id: deal.id }),
    assignDeal: refusing('EMPLOYEE_NOT_ACTIVE', { id: deal.id, employeeId: assignedToId }),
    moveDealStage: refusing('STAGE_NOT_IN_PIPELINE', { id: deal.id, stageId: ids.otherStage }),
    markWon: refusing('CUSTOMER_REQUIRED', { id: ids.orphanDeal }),
    markLost: free({ id: deal.id, lostReason: 'Price' }),
    reopenDeal: refusing('DEAL_NOT_CLOSED', { id: deal.id }),
    convertLead: refusing('LEAD_ALREADY_CONVERTED', { ...onLead, input: { createDeal: {} } }),
    deletePipelineStage: refusing('STAGE_NOT_EMPTY', { id: ids.stage }),
    createEmployee: refusing('USER_ALREADY_EMPLOYEE', {
      input: { firstName: 'A', lastName: 'B', email, userId: owner.id },
    }),
    updateEmployee: refusing('MANAGER_CYCLE', { id: ids.manager, input: { managerId: ids.report } }),
    deleteEmployee: refusing('SELF_ACTION', { id: ids.employee }),
    terminateEmployee: refusing('SELF_ACTION', { id: ids.employee }),
    createOrganization: free({ input: { name: 'Another' } }),
    createLead: refusing('EMPLOYEE_NOT_ACTIVE', { input: { name: 'L', email, assignedToId } }),
    updateLead: refusing('LEAD_ALREADY_CONVERTED', { ...onLead, input: { leadScore: 5 } }),
    deleteLead: free({ id: ids.lead }),
    qualifyLead: refusing('LEAD_ALREADY_CONVERTED', onLead),
    disqualifyLead: refusing('LEAD_ALREADY_CONVERTED', onLead),
    updateLeadScore: refusing('LEAD_ALREADY_CONVERTED', { ...onLead, score: 5 }),
    assignLead: refusing('LEAD_ALREADY_CONVERTED', { ...onLead, employeeId: ids.manager }),
    addLeadActivity: refusing('EMPLOYEE_NOT_ACTIVE', { leadId: ids.lead, input: { title: 'T', assignedToId } }),
    updateOrganization: free({ id: ids.organization, input: { description: 'D' } }),
    deleteOrganization: free({ id: ids.organization }),
    createUserProfile: refusing('PROFILE_EXISTS', { input: { userId: nobody.id, profileType: 'EMPLOYEE' } }),
    switchProfile: refusing('PROFILE_NOT_ACTIVE', { id: ids.inactiveProfile }),
    activateProfile: refusing('MEMBERSHIP_ENDED', { id: ids.formerProfile }),
    deactivateProfile: refusing('PROFILE_NOT_ACTIVE', { id: ids.suspendedProfile }),
    suspendProfile: refusing('SELF_ACTION', { id: ids.ownerProfile }),
    createPipeline: free({ input: { name: 'P', stages: [{ name: 'First' }] } }),
    updatePipeline: refusing('DEFAULT_PIPELINE', { id: ids.pipeline, input: { isActive: false } }),
    deletePipeline: refusing('DEFAULT_PIPELINE', { id: ids.pipeline }),
    setDefaultPipeline: refusing('PIPELINE_INACTIVE', { id: ids.inactivePipeline }),
    createPipelineStage: refusing('DUPLICATE_NAME', { input: { pipelineId: ids.pipeline, name: 'lead' } }),
    updatePipelineStage: refusing('STAGE_NOT_EMPTY', { id: ids.stage, input: { isClosedWon: true } }),
    reorderPipelineStage: free({ id: ids.stage, order: 1 }),
    reorderPipelineStages: refusing('NOT_A_PERMUTATION', { pipelineId: ids.pipeline, stageIds: [ids.stage] }),
    updateMyAccount: free({ input: { bio: 'B' } }),
    updateProfile: free({ input: { bio: 'B' } }),
    updateUser: refusing('SELF_ACTION', { id: owner.id, input: { isActive: false } }),
    createVendor: refusing('EMPLOYEE_NOT_ACTIVE', { input: { name: 'V', email, assignedToId } }),
    updateVendor: refusing('EMPLOYEE_NOT_ACTIVE', { id: ids.vendor, input: { assignedToId } }),
    assignVendor: refusing('EMPLOYEE_NOT_ACTIVE', { id: ids.vendor, employeeId: assignedToId }),
    activateVendor: free({ id: ids.vendor }),
    deactivateVendor: free({ id: ids.vendor }),
    addVendorActivity: refusing('EMPLOYEE_NOT_ACTIVE', { vendorId: ids.vendor, input: { title: 'T', assignedToId } }),
    addVendorNote: free({ vendorId: ids.vendor, input: { text: 'Called' } }),
    deleteVendor: free({ id: ids.vendor }),
  };
}
