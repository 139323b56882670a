import { gql } from 'graphql-request';
import type { Fields } from './customers.js';
import { idsByName, newLead, pipelineById, type Row, send } from './sales.js';
import { newTenant } from './tenant.js';

export interface Conversion {
  lead: Row;
  customer: Row;
  deal: Row | null;
}

export const alreadyConverted = { code: 'CONFLICT', reason: 'LEAD_ALREADY_CONVERTED' };

/** An organization with the standard pipeline; each test makes leads of its own. */
export async function organizationWithLeads() {
  const tenant = await newTenant();
  const { owner } = tenant;
  const pipeline = await pipelineById(owner);
  return {
    tenant,
    owner,
    stages: idsByName(pipeline),
    pipelineId: pipeline.id,
    lead: (input: Fields = {}) => newLead(owner, input),
    updateLead: (id: string, input: Fields, expectedVersion?: number) =>
      send(owner, 'updateLead', { id, input, expectedVersion }),
    convert: (id: string, input?: Fields, more: Fields = {}) =>
      send<Conversion>(owner, 'convertLead', { id, input, ...more }),
    /** Titles and texts of the notes on a lead, oldest first. */
    async notesOf(id: string): Promise<Fields[]> {
      const document = gql`
        query ($id: ID!) {
          lead(id: $id) { notes { nodes { title description status activityType createdBy { id } customer { id } } } }
        }
      `;
      const { lead: found } = await owner.request<{ lead: { notes: { nodes: Fields[] } } }>(document, { id });
      return found.notes.nodes.reverse();
    },
  };
}

export type LeadOrganization = Awaited<ReturnType<typeof organizationWithLeads>>;
