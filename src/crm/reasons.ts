import { addReasons } from '../platform/schema/error-reasons.js';
import { mostReached } from '../platform/tenancy/reach.js';

const records = ['Customer', 'Lead', 'Deal', 'Activity', 'Employee', 'Vendor', 'Pipeline', 'PipelineStage'];
const created = (...names: string[]) => names.map((name) => `create${name}`);
const updated = (...names: string[]) => names.map((name) => `update${name}`);
const written = (...names: string[]) => [...created(...names), ...updated(...names)];

/** Operations that put a deal on a stage. */
const placing = ['createDeal', 'updateDeal', 'convertLead'];
const profileVerbs = ['activateProfile', 'deactivateProfile', 'suspendProfile'];
const invitationChanges = ['inviteMember', 'resendInvitation', 'revokeInvitation'];
const membershipChanges = ['addOrganizationMember', 'updateMembership', 'deactivateMembership', ...invitationChanges];
const answers = ['acceptInvitation', 'declineInvitation'];
const deleted = [...records, 'Role'].map((name) => `delete${name}`);
const leaving = ['deleteEmployee', 'terminateEmployee'];
const leadVerbs = ['qualifyLead', 'disqualifyLead', 'updateLeadScore', 'assignLead', 'convertLead'];
const assignable = ['Customer', 'Lead', 'Deal', 'Activity', 'Vendor'];
const adding = ['Customer', 'Lead', 'Deal', 'Vendor'].map((name) => `add${name}Activity`);
const assigning = ['convertLead', 'terminateEmployee', ...assignable.map((name) => `assign${name}`), ...adding];

addReasons('UNAUTHENTICATED', {
  INVALID_CREDENTIALS: ['No active account has this name and password.', 'login', 'beginLogin'],
  SECOND_FACTOR_REQUIRED: ['The account has a second factor: sign in with beginLogin and completeLogin.', 'login'],
  TICKET_INVALID: [
    'The ticket is unknown, was used, has expired, or had five wrong codes: start with beginLogin again.',
    'completeLogin',
  ],
  CODE_INVALID: ['The code is wrong or already used: try the next code.', 'completeLogin'],
  REFRESH_TOKEN_INVALID: ['The refresh token is unknown or has expired: sign in again.', 'refreshSession'],
  REFRESH_TOKEN_REUSED: [
    'The refresh token was used before, so the session was ended: sign in again.',
    'refreshSession',
  ],
});
addReasons('RATE_LIMITED', {
  LOGIN_THROTTLED: [
    'Too many failed sign-ins with this name, or wrong codes: wait `extensions.retryAfterMs`.',
    ...['login', 'beginLogin', 'completeLogin', 'removeSecondFactor'],
    'changePassword',
    'requestEmailChange',
  ],
});
addReasons('FORBIDDEN', {
  OWNER_ONLY: [
    'Only an owner of the organization may do this, or may do it to another owner.',
    ...['deleteOrganization', ...membershipChanges, 'assignRole', 'removeRole', 'deleteRole', 'createUserProfile'],
    ...[...profileVerbs, ...written('Employee'), ...leaving, 'undoChangeSet'],
  ],
  SELF_ONLY: ["Only superusers may change another user's account.", 'updateUser'],
  SUPERUSER_ONLY: ['Only superusers may open or close accounts.', 'updateUser'],
  SELF_EDIT_LIMITED: [
    "The caller may not change this field of the caller's own record.",
    ...[...written('Employee'), 'undoChangeSet'],
  ],
  PERMISSION_NOT_HELD: [
    'The caller would grant the permission in `extensions.permission` without holding it.',
    ...[
      'addPermissionToRole',
      'assignPermission',
      'setRolePermissions',
      ...written('Role'),
      'deleteRole',
      'assignRole',
      'createApiKey',
      'rotateApiKey',
      ...written('Employee'),
    ],
  ],
  PROFILE_SUSPENDED: ['Users cannot lift their own suspension: ask an administrator.', 'activateProfile'],
  NOT_INVITED: [
    'The invitation is for another e-mail address, or the address of the account is not confirmed.',
    ...['acceptInvitation', 'register'],
  ],
  REGISTRATION_CLOSED: ['The server accepts no new accounts: ask its operator.', 'register'],
});
addReasons('BAD_USER_INPUT', {
  STAGE_NOT_IN_PIPELINE: [
    "The stage does not belong to the deal's pipeline.",
    ...[...placing, 'moveDealStage', 'deletePipelineStage'],
  ],
  STAGE_INACTIVE: ['The stage is inactive.', ...placing, 'moveDealStage', 'deletePipelineStage'],
  STAGE_NOT_OPEN: ['The stage is closed, whereas an open one is needed.', 'convertLead', 'deletePipelineStage'],
  PIPELINE_INACTIVE: ['The pipeline takes no new deals.', ...placing],
  EMPLOYEE_NOT_ACTIVE: [
    'The employee is not ACTIVE, so no work can be assigned.',
    ...[...written('Customer', 'Lead', 'Deal', 'Activity', 'Vendor'), ...assigning],
  ],
  ROLE_INACTIVE: [
    'The role is inactive, so it cannot be given.',
    ...['assignRole', 'addOrganizationMember', 'inviteMember', 'deleteRole', ...written('Employee')],
  ],
  MANAGER_CYCLE: ['The manager reports to the employee, directly or through others.', 'updateEmployee'],
  NOT_A_PERMUTATION: ['The ids are not those of all stages, each once.', 'reorderPipelineStages'],
  CUSTOMER_OR_LEAD_REQUIRED: ['A deal needs a customer or a lead.', ...written('Deal')],
  CONVERSION_ONLY: ['Only convertLead sets the qualification CONVERTED.', ...written('Lead')],
  TERMINATION_ONLY: ['Only terminateEmployee sets the status TERMINATED.', ...written('Employee')],
  TOKEN_NOT_USABLE: [
    'The token of the message is unknown, was used before or has expired: ask for a new message.',
    ...['verifyEmail', 'confirmEmailChange', 'resetPassword', ...answers, 'register'],
  ],
  NOT_AN_OWNER: ['Only owners can have a VENDOR profile.', 'createUserProfile'],
});
addReasons('CONFLICT', {
  TOO_MANY_REFERENCES: [
    `More than ${mostReached.toLocaleString('en')} records refer to what the request deletes or replaces: do less at ` +
      'once, assign these to others first, or deactivate what is no longer used.',
    ...deleted,
    'terminateEmployee',
  ],
  EMAIL_TAKEN: ['Another account has this e-mail address.', 'register', 'confirmEmailChange'],
  EMAIL_ALREADY_VERIFIED: ["The caller's e-mail address is verified already.", 'resendVerification'],
  SECOND_FACTOR_EXISTS: [
    'The account has a second factor: remove it first.',
    'beginSecondFactor',
    'confirmSecondFactor',
  ],
  SECOND_FACTOR_NOT_BEGUN: ['There is no secret to confirm: call beginSecondFactor first.', 'confirmSecondFactor'],
  NO_SECOND_FACTOR: ['The account has no second factor.', 'removeSecondFactor'],
  MAIL_NOT_CONFIGURED: [
    'This server sends no mail: ask its operator.',
    ...['requestPasswordReset', 'resendVerification', 'requestEmailChange', 'inviteMember', 'resendInvitation'],
  ],
  USERNAME_TAKEN: ['Another account has this username.', 'register', 'updateUser', 'updateMyAccount', 'updateProfile'],
  DUPLICATE_EXTERNAL_ID: ['Another record of the kind has this key.', ...written(...records), ...adding],
  DUPLICATE_EMAIL: [
    'Another record of the kind has this e-mail address; `extensions.existingId` names it.',
    ...written('Customer', 'Lead', 'Employee'),
  ],
  DUPLICATE_NAME: [
    'Another role, or another stage of the pipeline, has this name; `extensions.existingId` names it.',
    ...written('Role', 'PipelineStage'),
  ],
  DUPLICATE_PERMISSION: ['Another permission has this resource and action.', ...written('Permission')],
  API_KEY_ENDED: ['The API key was revoked or has expired: create another one.', 'rotateApiKey', 'adoptApiKey'],
  API_KEY_ABANDONED: ['Nobody is responsible for the API key any more: an owner can adopt it.', 'rotateApiKey'],
  ALREADY_MEMBER: [
    'The user is a member already.',
    ...['addOrganizationMember', 'inviteMember', 'resendInvitation', 'acceptInvitation'],
  ],
  ALREADY_INVITED: ['The address has an open invitation; `extensions.existingId` names it.', 'inviteMember'],
  INVITATION_ENDED: [
    'The invitation was answered or revoked: send a new one.',
    ...['resendInvitation', 'revokeInvitation'],
  ],
  CONSENT_REQUIRED: ['Members must agree on this server: use inviteMember.', 'addOrganizationMember'],
  MEMBERSHIP_ENDED: ['The membership has ended: add the user again.', 'updateMembership', 'activateProfile'],
  LAST_OWNER: [
    'The organization would have no owner left: make somebody else an owner first.',
    ...['updateMembership', 'deactivateMembership', ...leaving, 'updateUser'],
  ],
  PROFILE_EXISTS: ['The user already has a profile of this type.', 'createUserProfile'],
  PROFILE_NOT_ACTIVE: ['The profile is not active, or is suspended.', 'switchProfile', 'deactivateProfile'],
  SYSTEM_ROLE: ['A system role can be neither renamed nor deleted.', 'updateRole', 'deleteRole'],
  SYSTEM_PERMISSION: ['A system permission cannot be changed.', 'updatePermission', 'deletePermission'],
  ROLE_IN_USE: ['The role is in use: name its replacement.', 'deleteRole'],
  USER_ALREADY_EMPLOYEE: ['The user is linked to another employee.', ...written('Employee')],
  USER_ALREADY_LINKED: ['The user is linked to another record of the kind.', ...written('Customer', 'Vendor')],
  ALREADY_TERMINATED: ['The employment has already ended.', 'terminateEmployee'],
  SELF_ACTION: ['Callers cannot do this to themselves: ask somebody else.', ...leaving, 'suspendProfile', 'updateUser'],
  LEAD_ALREADY_CONVERTED: [
    'The lead has become a customer; `extensions.existingId` names it.',
    'updateLead',
    ...leadVerbs,
  ],
  DEAL_NOT_CLOSED: ['The deal is open, whereas a closed one is needed.', 'updateDeal', 'reopenDeal'],
  DEAL_CLOSED: ['The probability of a closed deal is fixed: reopen it first.', 'updateDeal'],
  DEFAULT_PIPELINE: [
    'The default pipeline must stay: choose another default first.',
    'updatePipeline',
    'deletePipeline',
  ],
  PIPELINE_INACTIVE: ['An inactive pipeline cannot be the default.', 'setDefaultPipeline'],
  PIPELINE_HAS_OPEN_DEALS: ['The pipeline has open deals: close or move them first.', 'deletePipeline'],
  STAGE_NOT_EMPTY: ['The stage has deals: move them first.', 'updatePipelineStage', 'deletePipelineStage'],
  LAST_OPEN_STAGE: ['A pipeline needs an active open stage.', 'updatePipelineStage', 'deletePipelineStage'],
  CLOSED_STAGE_EXISTS: ['The pipeline has a stage with this closed flag already.', ...written('PipelineStage')],
  ACTIVITY_CANCELLED: ['A cancelled activity cannot be completed.', 'updateActivity', 'completeActivity'],
  ACTIVITY_COMPLETED: ['A completed activity cannot be cancelled.', 'cancelActivity'],
  CUSTOMER_REQUIRED: [
    'A won deal needs a customer: give it one first.',
    ...[...written('Deal'), 'moveDealStage', 'markWon'],
  ],
});
