import { beforeAll, expect, test } from '@jest/globals';
import { GraphQLClient } from 'graphql-request';
import { urls } from '../support/database.js';
import { anotherServer, origin } from '../support/server.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';

const addMember = 'mutation ($input: AddOrganizationMemberInput!) { addOrganizationMember(input: $input) { id } }';
const invited = '{ me { memberships { organization { id } invitedBy { id fullName } } profiles { user { id } } } }';

let here: Tenant;
let elsewhere: Tenant;
let member: Person;
let unbound: string;

beforeAll(async () => {
  [here, elsewhere] = [await newTenant('Here'), await newTenant('Elsewhere')];
  member = await here.member();
  await elsewhere.owner.request(addMember, { input: { userId: member.id } });
  unbound = await anotherServer({}, urls.superuserUrl);
});

test.each([
  ['with both walls', () => origin],
  ['without row-level security', () => unbound],
])('%s, a member of two organizations is told people of the active one only', async (_, server) => {
  const headers = { authorization: `Bearer ${member.token}`, 'x-organization-id': here.id };
  const { me } = await new GraphQLClient(`${server()}/graphql`, { headers }).request<{ me: object }>(invited);
  expect(me).toEqual({
    memberships: [
      { organization: { id: here.id }, invitedBy: { id: here.owner.id, fullName: 'Pat Poe' } },
      { organization: { id: elsewhere.id }, invitedBy: null },
    ],
    // The own account is known everywhere.
    profiles: [{ user: { id: member.id } }, { user: { id: member.id } }],
  });
});
