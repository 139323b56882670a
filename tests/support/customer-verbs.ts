import { gql } from 'graphql-request';
import type { Fields, Sender } from './customers.js';

export const customerVerb = (name: string) => gql`
  mutation ($id: ID!, $expectedVersion: Int) { ${name}(id: $id, expectedVersion: $expectedVersion) { id } }
`;

const AddNote = gql`
  mutation ($customerId: ID!, $input: AddCustomerNoteInput!) {
    addCustomerNote(customerId: $customerId, input: $input) {
      id version activityType status title description isPinned completedAt customerName
      customer { id } createdBy { id } assignedTo { id } tags
    }
  }
`;

export const addNote = async (sender: Sender, customerId: string, input: Fields) =>
  (await sender.request<{ addCustomerNote: Fields & { id: string } }>(AddNote, { customerId, input })).addCustomerNote;
