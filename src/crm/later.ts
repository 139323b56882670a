// Records to which earlier features refer. A later feature may depend on an earlier one, never the reverse.

import { Later } from '../platform/records/later.js';
import type { TenantRecord } from '../platform/records/tenant-record.js';

/** Work that an employee is responsible for. */
export type Assigned = TenantRecord & { assignedToId: string | null };

export const later = {
  employee: new Later<TenantRecord & { roleId: string | null; userId: string | null }>('employee'),
  customer: new Later<Assigned>('customer'),
  lead: new Later<Assigned & { name: string; isConverted: boolean; convertedCustomerId: string | null }>('lead'),
  vendor: new Later<TenantRecord>('vendor'),
  deal: new Later<Assigned & { status: string }>('deal'),
};
