import { gql } from 'graphql-request';
import { type Fields, freshEmail, type Sender } from './customers.js';

export type Row = Fields & { id: string };

const fieldsOf = {
  lead: `id version code name companyName jobTitle email phone street city state postalCode country status source
    qualificationStatus leadScore estimatedValue isConverted convertedAt tags description campaign referrer
    assignedTo { id } convertedBy { id } convertedCustomer { id }`,
  deal: `id version code title description value currency probability expectedRevenue expectedCloseDate actualCloseDate
    priority status isWon isLost lostReason source tags daysInStage
    customer { id } lead { id } assignedTo { id } pipeline { id } stage { id name }`,
  stage: 'id version name description order probability isActive isClosedWon isClosedLost pipeline { id }',
  pipeline: `id version code name description isActive isDefault stageCount
    stages { id version name description order probability isActive isClosedWon isClosedLost }`,
  deleted: 'id',
  activity: 'id activityType status title description customerName lead { id } customer { id } createdBy { id }',
  conversion: '',
};
fieldsOf.conversion = `lead { ${fieldsOf.lead} } deal { ${fieldsOf.deal} }
  customer { id version code name companyName contactPerson customerType email phone street city country status source
    tags description convertedAt assignedTo { id } convertedFromLead { id } }`;

const verb = '$id: ID!, $expectedVersion: Int';
const change = (input: string) => `$id: ID!, $input: ${input}!, $expectedVersion: Int`;
const mutations: Record<string, [keyof typeof fieldsOf, string]> = {
  createLead: ['lead', '$input: CreateLeadInput!'],
  updateLead: ['lead', change('UpdateLeadInput')],
  deleteLead: ['deleted', verb],
  qualifyLead: ['lead', verb],
  disqualifyLead: ['lead', '$id: ID!, $reason: String, $expectedVersion: Int'],
  updateLeadScore: ['lead', '$id: ID!, $score: Int!, $reason: String, $expectedVersion: Int'],
  assignLead: ['lead', '$id: ID!, $employeeId: ID, $expectedVersion: Int'],
  addLeadActivity: ['activity', '$leadId: ID!, $input: AddLeadActivityInput!'],
  convertLead: ['conversion', '$id: ID!, $input: ConvertLeadInput, $expectedVersion: Int'],
  createDeal: ['deal', '$input: CreateDealInput!'],
  updateDeal: ['deal', change('UpdateDealInput')],
  deleteDeal: ['deleted', verb],
  moveDealStage: [
    'deal',
    '$id: ID!, $stageId: ID!, $lostReason: String, $actualCloseDate: Date, $expectedVersion: Int',
  ],
  markWon: ['deal', '$id: ID!, $actualCloseDate: Date, $expectedVersion: Int'],
  markLost: ['deal', '$id: ID!, $lostReason: String!, $actualCloseDate: Date, $expectedVersion: Int'],
  reopenDeal: ['deal', verb],
  createPipeline: ['pipeline', '$input: CreatePipelineInput!'],
  updatePipeline: ['pipeline', change('UpdatePipelineInput')],
  deletePipeline: ['deleted', verb],
  setDefaultPipeline: ['pipeline', verb],
  createPipelineStage: ['stage', '$input: CreatePipelineStageInput!'],
  updatePipelineStage: ['stage', change('UpdatePipelineStageInput')],
  deletePipelineStage: ['deleted', '$id: ID!, $moveDealsToStageId: ID, $expectedVersion: Int'],
  reorderPipelineStage: ['pipeline', '$id: ID!, $order: Int!, $expectedVersion: Int'],
  reorderPipelineStages: ['pipeline', '$pipelineId: ID!, $stageIds: [ID!]!, $expectedVersion: Int'],
};

/** Sends one mutation about leads, deals or pipelines and answers with every field of what it returns. */
export async function send<Answer = Row>(sender: Sender, name: string, variables: Fields): Promise<Answer> {
  const [kind, declared] = mutations[name]!;
  const passed = [...declared.matchAll(/\$(\w+)/g)]
    .map(([variable, argument]) => `${argument}: ${variable}`)
    .join(', ');
  const document = `mutation (${declared}) { ${name}(${passed}) { ${fieldsOf[kind]} } }`;
  return (await sender.request<Record<string, Answer>>(document, variables))[name]!;
}

async function readById(sender: Sender, name: 'lead' | 'deal', id: unknown): Promise<Row | null> {
  const document = `query ($id: ID!) { ${name}(id: $id) { ${fieldsOf[name]} } }`;
  return (await sender.request<Record<string, Row | null>>(document, { id }))[name]!;
}

export const leadById = (sender: Sender, id: unknown) => readById(sender, 'lead', id);
export const dealById = (sender: Sender, id: unknown) => readById(sender, 'deal', id);

export const newLead = (sender: Sender, input: Fields = {}) =>
  send(sender, 'createLead', { input: { name: 'Lee Young', email: freshEmail(), ...input } });

export const newDeal = (sender: Sender, input: Fields) =>
  send(sender, 'createDeal', { input: { title: 'A deal', ...input } });

export interface Stage extends Row {
  name: string;
  version: number;
  order: number;
  probability: string;
}

export interface PipelineRow extends Row {
  version: number;
  isDefault: boolean;
  stages: Stage[];
}

/** A pipeline, the default one without an id. */
export async function pipelineById(sender: Sender, id?: string): Promise<PipelineRow> {
  const document = `query ($id: ID) { pipeline(id: $id) { ${fieldsOf.pipeline} } }`;
  return (await sender.request<{ pipeline: PipelineRow }>(document, { id })).pipeline;
}

export const newPipeline = (sender: Sender, input: Fields = {}) =>
  send<PipelineRow>(sender, 'createPipeline', { input: { name: 'Renewals', ...input } });

/** Ids of a pipeline's stages by name. */
export const idsByName = ({ stages }: PipelineRow): Record<string, string> =>
  Object.fromEntries(stages.map(({ name, id }) => [name, id]));

/** The history of a deal, oldest first: `[from stage, from status, to stage, to status]`. */
export async function historyOf(sender: Sender, id: unknown): Promise<(string | null)[][]> {
  const document = gql`
    query ($id: ID!) {
      deal(id: $id) { stageHistory(first: 100) { nodes { fromStageName fromStatus toStageName toStatus } } }
    }
  `;
  type Change = Record<'fromStageName' | 'fromStatus' | 'toStageName' | 'toStatus', string | null>;
  const { deal } = await sender.request<{ deal: { stageHistory: { nodes: Change[] } } }>(document, { id });
  return deal.stageHistory.nodes
    .map(({ fromStageName, fromStatus, toStageName, toStatus }) => [fromStageName, fromStatus, toStageName, toStatus])
    .reverse();
}

/** The day this many days from today, in UTC as new organizations have it. */
export const day = (offset = 0) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

/** `{ path: code }` of every fault of a refusal. */
export const faultsOf = ({ fields = [] }: { fields?: unknown }): Record<string, string> =>
  Object.fromEntries((fields as { path: string; code: string }[]).map(({ path, code }) => [path, code]));
