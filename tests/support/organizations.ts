import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import type { Person } from './tenant.js';

export const Create = gql`
  mutation ($input: CreateOrganizationInput!) {
    createOrganization(input: $input) {
      id name slug description industry website phone email street city state postalCode country currency timezone
      isActive memberCount version
    }
  }
`;
export const Delete = gql`
  mutation ($id: ID!, $expectedVersion: Int) { deleteOrganization(id: $id, expectedVersion: $expectedVersion) { id } }
`;
export const Active = gql`{ organization { id } }`;
export const Mine = gql`{ myOrganizations { id name } }`;
export const One = gql`query ($id: ID!) { organization(id: $id) { id name memberCount } }`;
const Add = gql`mutation ($input: AddOrganizationMemberInput!) { addOrganizationMember(input: $input) { id } }`;

export interface Created {
  createOrganization: { id: string; slug: string };
}

export const create = async (person: Person, name: string) =>
  (await person.request<Created>(Create, { input: { name } })).createOrganization;

/** A name of the test's own, so that other tests' slugs do not disturb it. */
export const newName = (prefix = 'Org') => `${prefix} ${v7().slice(-12)}`;
export const activeOf = async (person: Person) =>
  (await person.request<{ organization: { id: string } }>(Active)).organization.id;
export const mineOf = async (person: Person) =>
  (await person.request<{ myOrganizations: { id: string }[] }>(Mine)).myOrganizations.map(({ id }) => id);
export const join = (owner: Person, organizationId: string, { id }: Person, isOwner = false) =>
  owner.as(organizationId).request(Add, { input: { userId: id, isOwner } });
