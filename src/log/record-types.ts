import { Permission, Role, RolePermission, UserRole } from '../crm/access/role.js';
import { Activity } from '../crm/activities/activity.js';
import { ApiKey, ApiKeyPermission } from '../crm/api-keys/api-key.js';
import { Customer } from '../crm/customers/customer.js';
import { Deal } from '../crm/deals/deal.js';
import { DealStageChange } from '../crm/deals/deal-stage-change.js';
import { Employee } from '../crm/employees/employee.js';
import { seesPay } from '../crm/employees/pay.js';
import { Lead } from '../crm/leads/lead.js';
import { Membership } from '../crm/organizations/membership.js';
import { Organization } from '../crm/organizations/organization.js';
import { UserProfile } from '../crm/organizations/user-profile.js';
import { Pipeline } from '../crm/pipelines/pipeline.js';
import { PipelineStage } from '../crm/pipelines/pipeline-stage.js';
import { Vendor } from '../crm/vendors/vendor.js';
import { holds, isMember, type Viewer } from '../platform/auth/viewer.js';
import type { Class } from '../platform/class.js';
import { recordOf } from '../platform/records/record.js';
import { RecordType } from './record-type.js';
import { Webhook } from './webhooks/webhook.js';

export { RecordType } from './record-type.js';

/** A type in the log; stage changes are logged as well, but only to be undone with their deal. */
export type LoggedType = RecordType | 'DEAL_STAGE_CHANGE';

interface LoggedKind {
  record: Class;
  /** Permission to see changes of the type. */
  permission: string;
  /** Whether changes of the type decide who may do what. */
  isAccess?: boolean;
  /** Columns that decide who may do what: `given` by their values, and `limited` by each change. */
  accessColumns?: { given: readonly string[]; limited: readonly string[] };
  /** Whether no field returns its records or, of organizations, also those that the viewer has left. */
  hasNoHistory?: boolean;
  /** Whether API keys see none of its changes. */
  isForPeople?: boolean;
  /** Whether the viewer sees, of the record with this id, the properties that not everybody sees. */
  sees?: (viewer: Viewer, id: string) => boolean;
}

const business = (record: Class): LoggedKind => ({ record, permission: `${recordOf(record).resource}:read` });
const access = (record: Class): LoggedKind => ({ record, permission: 'organization:update', isAccess: true });

export const loggedKinds: Readonly<Record<LoggedType, LoggedKind>> = {
  CUSTOMER: business(Customer),
  LEAD: business(Lead),
  DEAL: business(Deal),
  DEAL_STAGE_CHANGE: { ...business(DealStageChange), hasNoHistory: true },
  PIPELINE: business(Pipeline),
  PIPELINE_STAGE: business(PipelineStage),
  ACTIVITY: business(Activity),
  EMPLOYEE: {
    ...business(Employee),
    sees: seesPay,
    accessColumns: { given: ['role_id', 'user_id'], limited: ['status'] },
  },
  VENDOR: business(Vendor),
  ORGANIZATION: { record: Organization, permission: 'organization:read', hasNoHistory: true },
  MEMBERSHIP: access(Membership),
  USER_PROFILE: access(UserProfile),
  ROLE: access(Role),
  PERMISSION: access(Permission),
  ROLE_PERMISSION: { ...access(RolePermission), hasNoHistory: true },
  USER_ROLE: { ...access(UserRole), hasNoHistory: true },
  API_KEY: { ...access(ApiKey), isForPeople: true },
  API_KEY_PERMISSION: { ...access(ApiKeyPermission), isForPeople: true, hasNoHistory: true },
  WEBHOOK: { ...access(Webhook), isForPeople: true },
};

/** The types of which the viewer sees changes: those whose records the viewer may read. */
export const visibleTypes = (viewer: Viewer): string[] =>
  isMember(viewer)
    ? Object.keys(RecordType).filter((type) => {
        const { permission, isForPeople } = loggedKinds[type as RecordType];
        return holds(viewer, permission) && !(isForPeople && viewer.apiKey);
      })
    : [];
