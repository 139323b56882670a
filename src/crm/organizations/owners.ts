import { isPrivileged } from '../../platform/auth/viewer.js';
import { Forbidden, type Refusal } from '../../platform/errors.js';
import type { ActionContext } from '../../platform/tenancy/action-context.js';
import type { Membership } from './membership.js';

/** Actions that only an owner may take on an owner, as messages name them. */
export const rolesAndProfiles = 'change the roles and profiles of an owner';
export const employment = 'change status, pay, role or account of an owner, or end the employment';

/** OWNER_ONLY if the membership is that of an owner and the caller is not an owner. */
export const ownerRefused = (
  { viewer }: ActionContext,
  membership: Membership | null | undefined,
  deed: string,
): Refusal =>
  membership?.isActive &&
  membership.isOwner &&
  !isPrivileged(viewer) &&
  new Forbidden('OWNER_ONLY', `Only an owner may ${deed}`);
