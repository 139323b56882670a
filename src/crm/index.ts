// The contents page: every feature's records, resolvers and rules.

import './deals/money-fields.js';
import './reasons.js';
import { accessRules } from './access/access.rules.js';
import { MembershipResolver } from './access/membership.resolver.js';
import { PermissionFields } from './access/permission-fields.js';
import { Permission, Role, RolePermission, UserRole } from './access/role.js';
import { PermissionResolver, RoleResolver } from './access/role.resolver.js';
import { OwnAccessResolver, RoleFields } from './access/role-fields.js';
import { MembershipRoles, ProfileRoles, UserRoles } from './access/roles-held.js';
import { AccountResolver, AuthPayloadFields } from './accounts/account.resolver.js';
import { accountRules } from './accounts/account.rules.js';
import { AccountToken } from './accounts/account-token.js';
import { ErrorCodeFields } from './accounts/error-codes.resolver.js';
import { IdempotencyKey } from './accounts/idempotency-key.js';
import { OutgoingMail } from './accounts/outgoing-mail.js';
import { RecoveryResolver } from './accounts/recovery.resolver.js';
import { SecondFactorResolver } from './accounts/second-factor.resolver.js';
import { secondFactorRules } from './accounts/second-factor.rules.js';
import { Session } from './accounts/session.js';
import { SessionResolver } from './accounts/session.resolver.js';
import { SignInTicket } from './accounts/sign-in-ticket.js';
import { SignInAttempts } from './accounts/throttle.js';
import { Activity } from './activities/activity.js';
import { ActivityResolver, customerTimeline, EmployeeActivities } from './activities/activity.resolver.js';
import { activityRules } from './activities/activity.rules.js';
import { ApiKey, ApiKeyPermission } from './api-keys/api-key.js';
import { ApiKeyFields, ApiKeyResolver } from './api-keys/api-key.resolver.js';
import { apiKeyRules } from './api-keys/api-key.rules.js';
import { ApiKeyAnswer } from './api-keys/api-key-answer.js';
import { ApiKeySecret } from './api-keys/api-key-secret.js';
import { Customer } from './customers/customer.js';
import { CustomerResolver, EmployeeCustomers } from './customers/customer.resolver.js';
import { customerRules } from './customers/customer.rules.js';
import { Deal } from './deals/deal.js';
import { DealHistory, DealResolver, dealLists, dealTimeline } from './deals/deal.resolver.js';
import { dealRules } from './deals/deal.rules.js';
import { StageFigures } from './deals/deal-figures.js';
import { DealStageChange } from './deals/deal-stage-change.js';
import { Employee } from './employees/employee.js';
import { EmployeeReports, EmployeeResolver, UserEmployee } from './employees/employee.resolver.js';
import { employeeRules } from './employees/employee.rules.js';
import { CodeCounter } from './founding/code-counter.js';
import { FoundingResolver } from './founding/founding.resolver.js';
import { foundingRules } from './founding/founding.rules.js';
import { Invitation, InvitationRole } from './invitations/invitation.js';
import { InvitationResolver, InvitationRoles } from './invitations/invitation.resolver.js';
import { invitationRules } from './invitations/invitation.rules.js';
import { InvitationToken } from './invitations/invitation-token.js';
import { ReceivedInvitationResolver } from './invitations/received-invitation.resolver.js';
import { receivedInvitationRules } from './invitations/received-invitation.rules.js';
import { Lead } from './leads/lead.js';
import { EmployeeLeads, LeadResolver, leadTimeline } from './leads/lead.resolver.js';
import { leadRules } from './leads/lead.rules.js';
import {
  activityBy,
  customerBy,
  dealBy,
  employeeBy,
  leadBy,
  lookUpRules,
  pipelineBy,
  roleBy,
  userBy,
  vendorBy,
} from './nodes/look-ups.js';
import { NodeResolver } from './nodes/node.resolver.js';
import { nodeRules } from './nodes/node.rules.js';
import { Membership } from './organizations/membership.js';
import { Organization } from './organizations/organization.js';
import {
  OrganizationFields,
  OrganizationResolver,
  UserInOrganizations,
} from './organizations/organization.resolver.js';
import { organizationRules } from './organizations/organization.rules.js';
import { ProfileResolver } from './organizations/profile.resolver.js';
import { UserProfile } from './organizations/user-profile.js';
import { Pipeline } from './pipelines/pipeline.js';
import { PipelineFields, PipelineResolver, StageResolver } from './pipelines/pipeline.resolver.js';
import { pipelineRules } from './pipelines/pipeline.rules.js';
import { PipelineStage } from './pipelines/pipeline-stage.js';
import { User } from './users/user.js';
import { UserResolver } from './users/user.resolver.js';
import { userRules } from './users/user.rules.js';
import { UserSecrets } from './users/user-secrets.js';
import { Vendor } from './vendors/vendor.js';
import { VendorResolver, vendorTimeline } from './vendors/vendor.resolver.js';
import { vendorRules } from './vendors/vendor.rules.js';

export { alone, entry } from './accounts/account.rules.js';
export { composing } from './accounts/mail/compose.js';
export { answersWithSecrets } from './api-keys/api-key.rules.js';

export const entities = [
  User,
  UserSecrets,
  Session,
  IdempotencyKey,
  SignInAttempts,
  SignInTicket,
  AccountToken,
  OutgoingMail,
  Organization,
  Membership,
  UserProfile,
  CodeCounter,
  Role,
  Permission,
  RolePermission,
  UserRole,
  Invitation,
  InvitationRole,
  InvitationToken,
  ApiKey,
  ApiKeyPermission,
  ApiKeySecret,
  ApiKeyAnswer,
  Employee,
  Pipeline,
  PipelineStage,
  Customer,
  Activity,
  Lead,
  Deal,
  DealStageChange,
  Vendor,
];

export const resolvers = [
  AccountResolver,
  AuthPayloadFields,
  SecondFactorResolver,
  RecoveryResolver,
  SessionResolver,
  ErrorCodeFields,
  UserResolver,
  userBy.resolver,
  OrganizationResolver,
  OrganizationFields,
  UserInOrganizations,
  FoundingResolver,
  MembershipResolver,
  InvitationResolver,
  InvitationRoles,
  ReceivedInvitationResolver,
  UserRoles,
  MembershipRoles,
  ProfileRoles,
  EmployeeResolver,
  employeeBy.resolver,
  EmployeeReports,
  UserEmployee,
  CustomerResolver,
  EmployeeCustomers,
  customerBy.resolver,
  ActivityResolver,
  activityBy.resolver,
  EmployeeActivities,
  ...customerTimeline,
  RoleResolver,
  roleBy.resolver,
  PermissionResolver,
  RoleFields,
  PermissionFields,
  OwnAccessResolver,
  ApiKeyResolver,
  ApiKeyFields,
  ProfileResolver,
  PipelineResolver,
  pipelineBy.resolver,
  StageResolver,
  PipelineFields,
  LeadResolver,
  leadBy.resolver,
  EmployeeLeads,
  ...leadTimeline,
  DealResolver,
  dealBy.resolver,
  DealHistory,
  ...dealTimeline,
  ...dealLists,
  StageFigures,
  VendorResolver,
  vendorBy.resolver,
  ...vendorTimeline,
  NodeResolver,
] as const;

export const rules = [
  accountRules,
  secondFactorRules,
  userRules,
  organizationRules,
  foundingRules,
  accessRules,
  invitationRules,
  receivedInvitationRules,
  apiKeyRules,
  employeeRules,
  customerRules,
  activityRules,
  pipelineRules,
  leadRules,
  dealRules,
  vendorRules,
  nodeRules,
  lookUpRules,
];
