import { expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { newCustomer } from '../support/customers.js';
import { newTenant, type Person } from '../support/tenant.js';

const List = gql`
  query ($type: String!, $userId: ID!) {
    changeSets(filter: { recordTypes: { has: $type }, userId: { eq: $userId } }) { nodes { operations } }
  }
`;

const RemoveRole = gql`
  mutation ($userId: ID!, $roleId: ID!) { removeRole(userId: $userId, roleId: $roleId) { id } }
`;

const operations = async (caller: Person, type: string, userId: string) => {
  const { changeSets } = await caller.request<{ changeSets: { nodes: { operations: string[] }[] } }>(List, {
    type,
    userId,
  });
  return changeSets.nodes.flatMap((set) => set.operations);
};

test('change sets are found by types of which the caller sees changes, and by no other', async () => {
  const tenant = await newTenant();
  const rep = await tenant.member('Sales Rep');
  await newCustomer(rep);
  expect(await operations(rep, 'CUSTOMER', rep.id)).toEqual(['createCustomer']);
  expect(await operations(rep, 'DEAL', rep.id)).toEqual([]);
  const { roles } = await tenant.owner.request<{ roles: { nodes: { id: string }[] } }>(
    '{ roles(filter: { name: { eq: "Sales Rep" } }) { nodes { id } } }',
  );
  await tenant.owner.request(RemoveRole, { userId: rep.id, roleId: roles.nodes[0]!.id });
  expect(await operations(rep, 'CUSTOMER', rep.id)).toEqual([]);
  expect(await operations(tenant.owner, 'CUSTOMER', rep.id)).toEqual(['createCustomer']);
});
