import { writingTo } from '../activities/entries.js';
import { timelineRules } from '../activities/timeline.js';
import { can } from '../permissions.js';

export const vendorRules = {
  Query: { vendors: can['vendor:read'], vendor: can['vendor:read'], vendorTypes: can['vendor:read'] },
  Mutation: {
    createVendor: can['vendor:create'],
    updateVendor: can['vendor:update'],
    activateVendor: can['vendor:update'],
    deactivateVendor: can['vendor:update'],
    assignVendor: can['vendor:update'],
    deleteVendor: can['vendor:delete'],
    addVendorNote: writingTo.vendor,
    addVendorActivity: writingTo.vendor,
  },
  Vendor: timelineRules,
};
