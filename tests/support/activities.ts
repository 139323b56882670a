import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import type { Fields, Sender } from './customers.js';
import { newTenant, type Person, type Tenant } from './tenant.js';

const everyField = `id version activityType title description customer { id } lead { id } deal { id } customerName
  status scheduledAt completedAt durationMinutes assignedTo { id } createdBy { id } isPinned isOverdue tags phoneNumber
  callDuration emailSubject emailBody meetingLocation meetingUrl attendees taskPriority taskDueDate`;
const Create = gql`mutation ($input: CreateActivityInput!) { result: createActivity(input: $input) { ${everyField} } }`;
const Update = gql`
  mutation ($id: ID!, $input: UpdateActivityInput!, $expectedVersion: Int) {
    result: updateActivity(id: $id, input: $input, expectedVersion: $expectedVersion) { ${everyField} }
  }
`;
const verb = (name: string) => gql`
  mutation ($id: ID!, $expectedVersion: Int) {
    result: ${name}(id: $id, expectedVersion: $expectedVersion) { ${everyField} }
  }
`;
export const [Complete, Cancel] = [verb('completeActivity'), verb('cancelActivity')];

interface Activity extends Fields {
  id: string;
  version: number;
}

export const changeActivity = async (sender: Sender, document: string, variables: Fields) =>
  (await sender.request<{ result: Activity }>(document, variables)).result;
export const createActivity = (sender: Sender, input: Fields = {}) =>
  changeActivity(sender, Create, { input: { activityType: 'CALL', title: 'Ring', ...input } });
export const updateActivity = (sender: Sender, id: string, input: Fields, expectedVersion?: number) =>
  changeActivity(sender, Update, { id, input, expectedVersion });
export const readActivity = async (sender: Sender, id: string) =>
  (
    await sender.request<{ activity: Activity | null }>(gql`query ($id: ID!) { activity(id: $id) { ${everyField} } }`, {
      id,
    })
  ).activity;
export const bad = (path: string, code: string) => ({
  code: 'BAD_USER_INPUT',
  fields: [{ path: `input.${path}`, code }],
});
export const hours = (n: number) => new Date(Date.now() + n * 3_600_000).toISOString();
const made = async (sender: Sender, document: string, variables: Fields) =>
  Object.values(await sender.request<Record<string, { id: string }>>(document, variables))[0]!.id;
export const newLead = (sender: Sender, name: string) =>
  made(
    sender,
    gql`mutation ($name: String!, $email: String!) { createLead(input: { name: $name, email: $email }) { id } }`,
    {
      name,
      email: `${v7()}@leads.example`,
    },
  );
export const newDeal = (sender: Sender, customerId: string) =>
  made(sender, gql`mutation ($id: ID!) { createDeal(input: { title: "A deal", customerId: $id }) { id } }`, {
    id: customerId,
  });

export interface Neighbours {
  tenant: Tenant;
  owner: Person;
  foreign: Tenant;
}

/** An organization, and another one that must not touch it. */
export async function neighbours(): Promise<Neighbours> {
  const [tenant, foreign] = [await newTenant(), await newTenant()];
  return { tenant, owner: tenant.owner, foreign };
}
