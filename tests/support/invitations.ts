import { GraphQLClient, gql } from 'graphql-request';
import { sql } from './database.js';
import { type MailingServer, tokenIn } from './mail-server.js';
import { newAccount } from './sign-in.js';
import { newPerson, newTenant, type Person, type Tenant } from './tenant.js';

export interface Invitation {
  id: string;
  version: number;
  email: string;
  isOwner: boolean;
  status: string;
  createdAt: string;
  updatedAt: string;
  expiresAt: string;
  lastSentAt: string;
  invitedBy: { id: string } | null;
  roles: { name: string }[];
}

const fields =
  'id version email isOwner status createdAt updatedAt expiresAt lastSentAt invitedBy { id } roles { name }';

export const Invite = gql`mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { ${fields} } }`;
export const Resend = gql`
  mutation ($id: ID!, $expectedVersion: Int) {
    resendInvitation(id: $id, expectedVersion: $expectedVersion) { ${fields} }
  }
`;
export const Revoke = gql`
  mutation ($id: ID!, $expectedVersion: Int) {
    revokeInvitation(id: $id, expectedVersion: $expectedVersion) { ${fields} }
  }
`;
export const Invitations = gql`
  query ($filter: InvitationFilter, $search: String) {
    invitations(filter: $filter, search: $search) { totalCount nodes { ${fields} } }
  }
`;
const Mine = gql`{ myInvitations { id organizationName invitedByName expiresAt } }`;
const Received = gql`
  query ($token: String!) { invitation(token: $token) { id organizationName invitedByName expiresAt } }
`;
export const Accept = gql`
  mutation ($token: String, $id: ID) {
    acceptInvitation(token: $token, id: $id) {
      id isActive isOwner leftAt user { id } organization { id name } invitedBy { id } roles { name }
    }
  }
`;
const Decline = gql`mutation ($token: String, $id: ID) { declineInvitation(token: $token, id: $id) { id } }`;
const Register = gql`
  mutation ($input: RegisterInput!) {
    register(input: $input) {
      accessToken
      user {
        id isEmailVerified memberships { isOwner organization { id } roles { name } }
        profiles { profileType isPrimary organization { id } }
      }
    }
  }
`;

export interface Member {
  id: string;
  isActive: boolean;
  isOwner: boolean;
  roles: { name: string }[];
}

interface Registered {
  accessToken: string;
  user: {
    id: string;
    isEmailVerified: boolean;
    memberships: { isOwner: boolean; organization: { id: string }; roles: { name: string }[] }[];
    profiles: { profileType: string; isPrimary: boolean; organization: { id: string } }[];
  };
}

/** The person, who has confirmed the address of the account. */
export async function confirmed(person: Person): Promise<Person> {
  await sql('update user_secrets set verified_email = $2 where user_id = $1', [person.id, person.email]);
  return person;
}

/** An account whose address is confirmed. */
export const confirmedPerson = async (organizationName?: string) => confirmed(await newPerson(organizationName));

/** An address of nobody's account. */
export const newAddress = () => newAccount().email;

/** Owners and recipients of invitations, at a server that sends mail. */
export class Inviting {
  constructor(
    private readonly server: MailingServer,
    readonly tenant: Tenant,
  ) {}

  static async inNewTenant(server: MailingServer, name?: string): Promise<Inviting> {
    return new Inviting(server, await newTenant(name));
  }

  /** Somebody's client, in an organization if named. */
  as({ token }: { token: string }, organizationId?: string): GraphQLClient {
    const organization = organizationId && { 'x-organization-id': organizationId };
    return new GraphQLClient(`${this.server.url}/graphql`, {
      headers: { authorization: `Bearer ${token}`, ...organization },
    });
  }

  get owner(): GraphQLClient {
    return this.as(this.tenant.owner, this.tenant.id);
  }

  async invite(email: string, input: object = {}, by = this.owner): Promise<Invitation> {
    return (await by.request<{ inviteMember: Invitation }>(Invite, { input: { email, ...input } })).inviteMember;
  }

  /** Invites an address; the token of the message. */
  async link(email: string, input: object = {}): Promise<string> {
    await this.invite(email, input);
    return this.tokenTo(email);
  }

  /** The token of the newest invitation to an address, of which it has had that many. */
  async tokenTo(email: string, count = 1): Promise<string> {
    const letters = await this.server.mails.to(email, count);
    return tokenIn(letters.findLast(({ source }) => source.includes('/invitation?token='))!, 'invitation');
  }

  async accept(person: { token: string }, named: { token?: string; id?: string }): Promise<Member> {
    return (await this.as(person).request<{ acceptInvitation: Member }>(Accept, named)).acceptInvitation;
  }

  async register(
    email: string,
    invitationToken: string,
    changes: object = {},
    by = this.server.client(),
  ): Promise<Registered> {
    const input = { ...newAccount(), email, invitationToken, ...changes };
    return (await by.request<{ register: Registered }>(Register, { input })).register;
  }

  decline(named: { token?: string; id?: string }, person?: { token: string }): Promise<unknown> {
    return (person ? this.as(person) : this.server.client()).request(Decline, named);
  }

  async mine(person: { token: string }): Promise<{ id: string; organizationName: string }[]> {
    const { myInvitations } = await this.as(person).request<{
      myInvitations: { id: string; organizationName: string }[];
    }>(Mine);
    return myInvitations;
  }

  received(token: string): Promise<{ invitation: object }> {
    return this.server.client().request(Received, { token });
  }

  /** The invitations as owners see them, newest first. */
  async list(filter: object = {}): Promise<Invitation[]> {
    const { invitations } = await this.owner.request<{ invitations: { nodes: Invitation[] } }>(Invitations, { filter });
    return invitations.nodes;
  }

  async newest(): Promise<Invitation> {
    return (await this.list())[0]!;
  }

  async status(id: string): Promise<string> {
    return (await this.list({ id: { eq: id } }))[0]!.status;
  }

  /** Pretends that all invitations were sent that many minutes earlier. */
  async minutesLater(minutes: number): Promise<void> {
    await sql(
      `update invitations
       set last_sent_at = last_sent_at - $2 * interval '1 min', expires_at = expires_at - $2 * interval '1 min'
       where organization_id = $1`,
      [this.tenant.id, minutes],
    );
  }

  weekLater(): Promise<void> {
    return this.minutesLater(7 * 24 * 60);
  }
}

export const tokenInvalid = (path: string) => ({
  code: 'BAD_USER_INPUT',
  reason: 'TOKEN_NOT_USABLE',
  fields: [{ path }],
});
