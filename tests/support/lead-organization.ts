import { beforeAll } from '@jest/globals';
import { gql } from 'graphql-request';
import type { Fields } from './customers.js';
import { idsByName, newLead, pipelineById, type Row, send } from './sales.js';
import { newTenant, type Person, type Tenant } from './tenant.js';

export let tenant: Tenant;
export let owner: Person;
export let stages: Record<string, string>;
export let pipelineId: string;

/** One organization; each test makes leads of its own. */
beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
  const pipeline = await pipelineById(owner);
  pipelineId = pipeline.id;
  stages = idsByName(pipeline);
});

export const lead = (input: Fields = {}) => newLead(owner, input);
export const update = (id: string, input: Fields, expectedVersion?: number) =>
  send(owner, 'updateLead', { id, input, expectedVersion });

export interface Conversion {
  lead: Row;
  customer: Row;
  deal: Row | null;
}
export const convert = (id: string, input?: Fields, more: Fields = {}) =>
  send<Conversion>(owner, 'convertLead', { id, input, ...more });

/** Titles and texts of the notes on a lead, oldest first. */
export async function notesOf(id: string): Promise<Fields[]> {
  const document = gql`
    query ($id: ID!) {
      lead(id: $id) { notes { nodes { title description status activityType createdBy { id } customer { id } } } }
    }
  `;
  const { lead: found } = await owner.request<{ lead: { notes: { nodes: Fields[] } } }>(document, { id });
  return found.notes.nodes.reverse();
}

export const alreadyConverted = { code: 'CONFLICT', reason: 'LEAD_ALREADY_CONVERTED' };
