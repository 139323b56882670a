import { demand } from '../../platform/auth/viewer.js';
import { argumentRule } from '../../platform/permissions/rules.js';
import { timelineRules } from '../activities/timeline.js';
import { creating } from '../organizations/imports.js';
import { can } from '../permissions.js';
import type { ConvertLeadInput } from './deal.inputs.js';

const conversion = argumentRule<{ input?: ConvertLeadInput | null }>(
  'lead:update and customer:create, and deal:create with `createDeal`',
  ({ input }, viewer) => {
    for (const permission of ['lead:update', 'customer:create']) demand(viewer, permission);
    if (input?.createDeal) demand(viewer, 'deal:create');
  },
);

export const dealRules = {
  Query: { deals: can['deal:read'], deal: can['deal:read'] },
  Mutation: {
    createDeal: creating.deal,
    updateDeal: can['deal:update'],
    deleteDeal: can['deal:delete'],
    moveDealStage: can['deal:update'],
    markWon: can['deal:update'],
    markLost: can['deal:update'],
    reopenDeal: can['deal:update'],
    convertLead: conversion,
    deletePipelineStage: can['pipeline:delete'],
  },
  Customer: { deals: can['deal:read'], totalValue: can['deal:read'], openDealCount: can['deal:read'] },
  Lead: { deals: can['deal:read'] },
  PipelineStage: { deals: can['deal:read'], dealCount: can['deal:read'], totalValue: can['deal:read'] },
  Deal: timelineRules,
};
