import { demand, type Viewer } from '../../platform/auth/viewer.js';
import { argumentRule } from '../../platform/permissions/rules.js';
import { writingTo } from '../activities/entries.js';
import { timelineRules } from '../activities/timeline.js';
import { creating } from '../organizations/imports.js';
import { can } from '../permissions.js';
import type { ConvertLeadInput } from './deal.inputs.js';

interface Conversion {
  input?: ConvertLeadInput | null;
}

function demandConversion(viewer: Viewer, rows: readonly (Conversion | null)[]): void {
  for (const permission of ['lead:update', 'customer:create']) demand(viewer, permission);
  if (rows.some((row) => row?.input?.createDeal)) demand(viewer, 'deal:create');
}

const conversion = argumentRule<Conversion>(
  'lead:update and customer:create, and deal:create with `createDeal`',
  (args, viewer) => demandConversion(viewer, [args]),
);

/** The same for the rows of a bulk call. */
export const conversions = argumentRule<{ rows: (Conversion | null)[] }>(
  'lead:update and customer:create, and deal:create for rows with `createDeal`',
  (args, viewer) => demandConversion(viewer, args.rows),
);

export const dealRules = {
  Query: { deals: can['deal:read'], deal: can['deal:read'] },
  Mutation: {
    createDeal: creating.deal,
    updateDeal: can['deal:update'],
    assignDeal: can['deal:update'],
    deleteDeal: can['deal:delete'],
    moveDealStage: can['deal:update'],
    markWon: can['deal:update'],
    markLost: can['deal:update'],
    reopenDeal: can['deal:update'],
    addDealNote: writingTo.deal,
    addDealActivity: writingTo.deal,
    convertLead: conversion,
    deletePipelineStage: can['pipeline:delete'],
  },
  Customer: { deals: can['deal:read'], totalValue: can['deal:read'], openDealCount: can['deal:read'] },
  Lead: { deals: can['deal:read'] },
  Employee: { deals: can['deal:read'] },
  Pipeline: { deals: can['deal:read'] },
  PipelineStage: { deals: can['deal:read'], dealCount: can['deal:read'], totalValue: can['deal:read'] },
  Deal: timelineRules,
};
