// Records to which earlier features refer. A later feature may depend on an earlier one, never the reverse.

import { Later } from '../platform/records/later.js';
import type { TenantRecord } from '../platform/records/tenant-record.js';

export const later = {
  employee: new Later<TenantRecord & { roleId: string | null; userId: string | null }>('employee'),
  customer: new Later<TenantRecord>('customer'),
  lead: new Later<TenantRecord & { name: string; convertedCustomerId: string | null }>('lead'),
  vendor: new Later<TenantRecord>('vendor'),
  deal: new Later<TenantRecord>('deal'),
};
