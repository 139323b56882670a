import { can } from '../../platform/permissions/catalogue.js';
import { all } from '../../platform/permissions/rules.js';
import { timelineRules } from '../activities/timeline.js';

export const dealRules = {
  Query: { deals: can['deal:read'], deal: can['deal:read'] },
  Mutation: {
    createDeal: can['deal:create'],
    updateDeal: can['deal:update'],
    deleteDeal: can['deal:delete'],
    moveDealStage: can['deal:update'],
    markWon: can['deal:update'],
    markLost: can['deal:update'],
    reopenDeal: can['deal:update'],
    convertLead: all('lead:update', 'customer:create'),
    deletePipelineStage: can['pipeline:delete'],
  },
  Customer: { deals: can['deal:read'], totalValue: can['deal:read'], openDealCount: can['deal:read'] },
  Lead: { deals: can['deal:read'] },
  PipelineStage: { deals: can['deal:read'], dealCount: can['deal:read'], totalValue: can['deal:read'] },
  Deal: timelineRules,
};
