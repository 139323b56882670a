import { type GraphQLClient, gql } from 'graphql-request';
import { v7 } from 'uuid';
import { sql } from './database.js';
import { client } from './server.js';

export const password = 'correct-horse-battery';

export interface Person {
  id: string;
  email: string;
  username: string;
  token: string;
  refreshToken: string;
  /** Speaks for this person in the organization that is theirs by default. */
  request: GraphQLClient['request'];
  as: (organizationId: string) => GraphQLClient;
}

const Register = gql`
  mutation Register($input: RegisterInput!) {
    register(input: $input) { accessToken refreshToken user { id email username } }
  }
`;

/** A new account, with an organization of its own if named. */
export async function newPerson(organizationName?: string): Promise<Person> {
  const username = `u${v7().replaceAll('-', '').slice(-20)}`;
  const input = {
    email: `${username}@people.example`,
    username,
    password,
    firstName: 'Pat',
    lastName: 'Poe',
    organizationName,
  };
  const { register } = await client().request<{
    register: { accessToken: string; refreshToken: string; user: Person };
  }>(Register, { input });
  const token = register.accessToken;
  const own = client({ token });
  return {
    ...register.user,
    token,
    refreshToken: register.refreshToken,
    request: own.request.bind(own) as GraphQLClient['request'],
    as: (organizationId) => client({ token, organizationId }),
  };
}

export interface Tenant {
  id: string;
  owner: Person;
  /** A new member with these default roles; none gives mere membership. */
  member: (...roles: string[]) => Promise<Person & { membershipId: string }>;
  /** An employee record, ACTIVE unless told otherwise. */
  employee: (fields?: { userId?: string; status?: string; firstName?: string; roleName?: string }) => Promise<string>;
}

/** An organization of the test's own, so that tests can run side by side. */
export async function newTenant(name = 'Test & Sons'): Promise<Tenant> {
  const owner = await newPerson(name);
  const { organization } = await owner.request<{ organization: { id: string } }>(gql`{ organization { id } }`);
  const id = organization.id;
  return {
    id,
    owner,
    async member(...roles) {
      const person = await newPerson();
      const roleIds = (
        await sql<{ id: string }>('select id from roles where organization_id = $1 and name = any($2)', [id, roles])
      ).map((role) => role.id);
      const { addOrganizationMember } = await owner.as(id).request<{ addOrganizationMember: { id: string } }>(
        gql`
          mutation ($input: AddOrganizationMemberInput!) {
            addOrganizationMember(input: $input) { id }
          }
        `,
        { input: { userId: person.id, roleIds } },
      );
      return { ...person, membershipId: addOrganizationMember.id };
    },
    async employee({ userId, status = 'ACTIVE', firstName = 'Eve', roleName } = {}) {
      const [row] = await sql<{ id: string }>(
        `insert into employees
           (id, organization_id, created_at, updated_at, code, user_id, first_name, last_name, email, status, role_id)
         values ($1::uuid, $2, now(), now(), $3, $4, $5, 'Early', $1::uuid || '@staff.example', $6,
           (select id from roles where organization_id = $2 and name = $7)) returning id`,
        [v7(), id, `EMP-${v7()}`, userId ?? null, firstName, status, roleName ?? null],
      );
      return row!.id;
    },
  };
}
