import { writingTo } from '../activities/entries.js';
import { timelineRules } from '../activities/timeline.js';
import { creating } from '../organizations/imports.js';
import { can } from '../permissions.js';

export const leadRules = {
  Query: { leads: can['lead:read'], lead: can['lead:read'] },
  Mutation: {
    createLead: creating.lead,
    updateLead: can['lead:update'],
    deleteLead: can['lead:delete'],
    qualifyLead: can['lead:update'],
    disqualifyLead: can['lead:update'],
    updateLeadScore: can['lead:update'],
    assignLead: can['lead:update'],
    addLeadNote: writingTo.lead,
    addLeadActivity: writingTo.lead,
  },
  Employee: { leads: can['lead:read'] },
  Lead: timelineRules,
};
