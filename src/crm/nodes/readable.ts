import { holds, isMember, isPrivileged, type Viewer } from '../../platform/auth/viewer.js';
import type { Class } from '../../platform/class.js';
import { column, type Fragment, or, sql } from '../../platform/database/sql.js';
import type { ReadableRows } from '../../platform/reading/nodes.js';
import { recordOf } from '../../platform/records/record.js';
import { Permission, Role } from '../access/role.js';
import { Activity } from '../activities/activity.js';
import { ApiKey } from '../api-keys/api-key.js';
import { Customer } from '../customers/customer.js';
import { Deal } from '../deals/deal.js';
import { DealStageChange } from '../deals/deal-stage-change.js';
import { Employee } from '../employees/employee.js';
import { Invitation } from '../invitations/invitation.js';
import { Lead } from '../leads/lead.js';
import { Membership } from '../organizations/membership.js';
import { ofMember } from '../organizations/organization.actions.js';
import { Organization } from '../organizations/organization.js';
import { UserProfile } from '../organizations/user-profile.js';
import { Pipeline } from '../pipelines/pipeline.js';
import { PipelineStage } from '../pipelines/pipeline-stage.js';
import { visibleTo } from '../users/user.actions.js';
import { User } from '../users/user.js';
import { Vendor } from '../vendors/vendor.js';

/** Records of the active organization that need the read permission of their resource. */
const permitted: readonly Class[] = [
  Customer,
  Deal,
  Lead,
  Activity,
  Employee,
  Vendor,
  Pipeline,
  PipelineStage,
  DealStageChange,
  Role,
  Permission,
];

const further: ((viewer: Viewer) => ReadableRows[])[] = [];

/** Adds records of a room that builds on the features. */
export const addReadable = (rows: (viewer: Viewer) => ReadableRows[]): void => {
  further.push(rows);
};

/**
 * The rows that the viewer can read through root fields, by type. Types without the permission are left out, since an
 * error would reveal that the id exists.
 */
export function readableBy(viewer: Viewer): ReadableRows[] {
  const { userId } = viewer;
  const here = isMember(viewer) ? viewer.organization : null;
  const may = (permission: string): boolean => here !== null && holds(viewer, permission);
  const isOwn = (alias: string): Fragment => sql`${column(alias, 'user_id')} = ${userId}::uuid`;
  const isHere = (alias: string): Fragment => sql`${column(alias, 'organization_id')} = ${here?.id ?? null}::uuid`;
  return [
    { type: User, narrowing: visibleTo(viewer) },
    { type: Organization, narrowing: ofMember(viewer) },
    {
      type: Membership,
      everywhere: true,
      narrowing: (alias) =>
        or([sql`${isOwn(alias)} and ${column(alias, 'is_active')}`, ...(here ? [isHere(alias)] : [])]),
    },
    {
      type: UserProfile,
      everywhere: true,
      narrowing: (alias) => or([isOwn(alias), ...(may('organization:read') ? [isHere(alias)] : [])]),
    },
    ...(here && isPrivileged(viewer) ? [{ type: Invitation }] : []),
    ...(may('organization:update') && !viewer.apiKey ? [{ type: ApiKey }] : []),
    ...permitted.filter((type) => may(`${recordOf(type).resource}:read`)).map((type) => ({ type })),
    ...further.flatMap((rows) => rows(viewer)),
  ];
}
