import { gql } from 'graphql-request';
import { refusal } from './server.js';
import { newPerson, newTenant, type Person, type Tenant } from './tenant.js';

export const Add = gql`
  mutation ($input: AddOrganizationMemberInput!) {
    addOrganizationMember(input: $input) {
      id version isActive isOwner joinedAt leftAt
      user { id profiles { profileType status isPrimary } }
      invitedBy { id }
      roles { name }
    }
  }
`;
export const Deactivate = gql`
  mutation ($id: ID!, $expectedVersion: Int) {
    deactivateMembership(id: $id, expectedVersion: $expectedVersion) {
      id version updatedAt isActive isOwner leftAt roles { name } user { profiles { profileType status isPrimary } }
    }
  }
`;
export const Active = gql`{ organization { id } }`;
export const CreateCustomer = gql`
  mutation ($email: String!) {
    createCustomer(input: { email: $email, name: "A B" }) { id }
  }
`;

interface Membership {
  id: string;
  version: number;
}
interface Added {
  addOrganizationMember: Membership;
}
interface Deactivated {
  deactivateMembership: Membership & { leftAt: string; updatedAt: string };
}

export const inTenant = ({ id, owner }: Tenant) => owner.as(id);
export const add = async (tenant: Tenant, input: object) =>
  (await inTenant(tenant).request<Added>(Add, { input })).addOrganizationMember;
export const leave = (person: Person, organizationId: string, id: string) =>
  person.as(organizationId).request<Deactivated>(Deactivate, { id });

export async function withSecondOwner(): Promise<{ tenant: Tenant; second: Person; membershipId: string }> {
  const tenant = await newTenant();
  const second = await newPerson();
  const { id } = await add(tenant, { userId: second.id, isOwner: true });
  return { tenant, second, membershipId: id };
}
export const outcome = (request: Promise<unknown>) =>
  request.then(
    () => 'done',
    async (error) => (await refusal(Promise.reject(error))).reason,
  );
