import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { sql } from '../support/database.js';
import { create, join, mineOf, newName, One } from '../support/organizations.js';
import { newPerson, newTenant, type Person } from '../support/tenant.js';

const Members = gql`
  query ($includeInactive: Boolean, $filter: MembershipFilter, $search: String, $orderBy: [MembershipOrder!]) {
    organizationMembers(includeInactive: $includeInactive, filter: $filter, search: $search, orderBy: $orderBy) {
      totalCount
      nodes { user { id lastName } isActive isOwner leftAt }
    }
  }
`;
interface MemberPage {
  organizationMembers: { totalCount: number; nodes: { user: { id: string; lastName: string | null } }[] };
}
const membersOf = async (person: Person, variables: object = {}) => {
  const { organizationMembers } = await person.request<MemberPage>(Members, variables);
  return organizationMembers.nodes.map(({ user }) => user.id);
};
const rename = (person: Person, lastName: string | null) =>
  sql('update users set last_name = $2 where id = $1', [person.id, lastName]);

describe('lists of organizations', () => {
  test('myOrganizations gives the active memberships, the oldest first', async () => {
    const [one, two, three] = [await newTenant(), await newTenant(), await newTenant()];
    const person = await newPerson();
    for (const { id, owner } of [two, three, one]) await join(owner, id, person);
    expect(await mineOf(person)).toEqual([two.id, three.id, one.id]);
    await sql('update memberships set is_active = false, left_at = now() where organization_id = $1 and user_id = $2', [
      three.id,
      person.id,
    ]);
    expect(await mineOf(person)).toEqual([two.id, one.id]);
  });

  test('organizations pages, filters, searches and orders the same ones', async () => {
    const person = await newPerson();
    const unique = v7().slice(-12);
    for (const name of ['Zeta', 'Äpfel', 'beta']) await create(person, `${name} ${unique}`);
    await newTenant(`Foreign ${unique}`);
    const List = gql`
      query ($filter: OrganizationFilter, $search: String, $orderBy: [OrganizationOrder!], $first: Int, $after: String) {
        organizations(filter: $filter, search: $search, orderBy: $orderBy, first: $first, after: $after) {
          totalCount
          pageInfo { hasNextPage endCursor }
          nodes { name memberCount }
        }
      }
    `;
    type List = { organizations: { nodes: { name: string }[]; totalCount: number; pageInfo: { endCursor: string } } };
    const names = async (variables: object) => {
      const { organizations } = await person.request<List>(List, variables);
      return organizations.nodes.map(({ name }) => name.split(' ')[0]);
    };
    expect(await names({})).toEqual(['beta', 'Äpfel', 'Zeta']);
    expect(await names({ orderBy: [{ field: 'NAME' }] })).toEqual(['Äpfel', 'beta', 'Zeta']);
    expect(await names({ search: unique.toUpperCase(), orderBy: [{ field: 'NAME', direction: 'DESC' }] })).toEqual([
      'Zeta',
      'beta',
      'Äpfel',
    ]);
    expect(await names({ search: 'apfel-' })).toEqual(['Äpfel']);
    expect(await names({ filter: { name: { startsWith: 'ZETA' } } })).toEqual(['Zeta']);
    expect(await names({ filter: { industry: { isNull: false } } })).toEqual([]);
    const { organizations: page } = await person.request<List>(List, { orderBy: [{ field: 'NAME' }], first: 2 });
    expect(page).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
    expect(await names({ orderBy: [{ field: 'NAME' }], first: 2, after: page.pageInfo.endCursor })).toEqual(['Zeta']);
  });

  test('organization(id) answers for every organization of the caller, and for no other', async () => {
    const { owner, id } = await newTenant('Home');
    const [other, foreign] = [await create(owner, 'Away'), await newTenant()];
    expect(await owner.request(One, { id })).toEqual({ organization: { id, name: 'Home', memberCount: 1 } });
    expect(await owner.request(One, { id: other.id })).toEqual({
      organization: { id: other.id, name: 'Away', memberCount: 1 },
    });
    for (const unknown of [foreign.id, v7()])
      expect(await owner.request(One, { id: unknown })).toEqual({ organization: null });
    expect(await owner.request(gql`query ($id: ID) { organization(id: $id) { id } }`, { id: null })).toEqual({
      organization: { id },
    });
  });

  test('memberCount counts active memberships, in any organization of the caller', async () => {
    const tenant = await newTenant();
    const [leaver] = [await tenant.member(), await tenant.member()];
    const other = await create(tenant.owner, newName());
    expect(await tenant.owner.as(other.id).request(One, { id: tenant.id })).toMatchObject({
      organization: { memberCount: 3 },
    });
    await tenant.owner.request(gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`, {
      id: leaver.membershipId,
    });
    expect(await tenant.owner.as(other.id).request(One, { id: tenant.id })).toMatchObject({
      organization: { memberCount: 2 },
    });
  });

  test('members and settings are shown of the active organization only', async () => {
    const { owner, id } = await newTenant();
    const other = await create(owner, newName());
    const Inside = gql`query ($id: ID!) { organization(id: $id) { id members { totalCount nodes { user { id } } } settings } }`;
    expect(await owner.request(Inside, { id })).toEqual({
      organization: { id, members: { totalCount: 1, nodes: [{ user: { id: owner.id } }] }, settings: {} },
    });
    const raw = await owner
      .as(id)
      .rawRequest(Inside, { id: other.id })
      .catch((error) => error.response);
    expect(raw.data).toEqual({ organization: { id: other.id, members: null, settings: null } });
    expect(raw.errors).toContainEqual(
      expect.objectContaining({
        path: ['organization', 'settings'],
        extensions: expect.objectContaining({ code: 'FORBIDDEN' }),
      }),
    );
  });

  test('settings need organization:read', async () => {
    const tenant = await newTenant();
    const [member, viewer] = [await tenant.member(), await tenant.member('Viewer')];
    const Settings = gql`{ organization { name settings } }`;
    const raw = await member
      .as(tenant.id)
      .rawRequest(Settings)
      .catch((error) => error.response);
    expect(raw).toMatchObject({
      data: { organization: { name: 'Test & Sons', settings: null } },
      errors: [
        {
          path: ['organization', 'settings'],
          extensions: { code: 'FORBIDDEN', reason: 'MISSING_PERMISSION', permission: 'organization:read' },
        },
      ],
    });
    expect(await viewer.request(Settings)).toEqual({ organization: { name: 'Test & Sons', settings: {} } });
  });
});

describe('organizationMembers', () => {
  test('lists the active ones, ended ones with includeInactive', async () => {
    const tenant = await newTenant();
    const [stays, leaves] = [await tenant.member(), await tenant.member()];
    await newTenant();
    await tenant.owner.request(gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`, {
      id: leaves.membershipId,
    });
    expect((await membersOf(tenant.owner)).sort()).toEqual([tenant.owner.id, stays.id].sort());
    expect((await membersOf(stays, { includeInactive: true })).sort()).toEqual(
      [tenant.owner.id, stays.id, leaves.id].sort(),
    );
    expect(await membersOf(stays, { includeInactive: true, filter: { isActive: { eq: false } } })).toEqual([leaves.id]);
    expect(await membersOf(stays, { filter: { isActive: { eq: false } } })).toEqual([]);
    const { organizationMembers } = await stays.request<MemberPage>(Members, {
      includeInactive: true,
      search: leaves.username,
    });
    expect(organizationMembers).toEqual({
      totalCount: 1,
      nodes: [{ user: { id: leaves.id, lastName: null }, isActive: false, isOwner: false, leftAt: expect.any(String) }],
    });
  });

  test('newest first by default, by family name on demand, those without one last unless asked for', async () => {
    const tenant = await newTenant();
    const [zoe, apple, nobody] = [await tenant.member(), await tenant.member(), await tenant.member()];
    await rename(tenant.owner, 'middle');
    await rename(zoe, 'Zoe');
    await rename(apple, 'Äpfel');
    await rename(nobody, null);
    const by = (order: object) => membersOf(tenant.owner, { orderBy: [{ field: 'LAST_NAME', ...order }] });
    expect(await membersOf(tenant.owner)).toEqual([nobody.id, apple.id, zoe.id, tenant.owner.id]);
    expect(await by({})).toEqual([apple.id, tenant.owner.id, zoe.id, nobody.id]);
    expect(await by({ direction: 'DESC' })).toEqual([zoe.id, tenant.owner.id, apple.id, nobody.id]);
    expect(await by({ nulls: 'FIRST' })).toEqual([nobody.id, apple.id, tenant.owner.id, zoe.id]);
    expect(await membersOf(tenant.owner, { orderBy: [{ field: 'JOINED_AT' }] })).toEqual([
      tenant.owner.id,
      zoe.id,
      apple.id,
      nobody.id,
    ]);
  });

  test('walking by family name in pages of one gives every member once', async () => {
    const tenant = await newTenant();
    const people = [
      tenant.owner,
      await tenant.member(),
      await tenant.member(),
      await tenant.member(),
      await tenant.member(),
    ];
    for (const [n, name] of ['B', null, 'a', null, 'b'].entries()) await rename(people[n]!, name);
    const Page = gql`
      query ($after: String, $direction: OrderDirection!) {
        organizationMembers(first: 1, after: $after, orderBy: [{ field: LAST_NAME, direction: $direction }]) {
          pageInfo { hasNextPage endCursor }
          nodes { user { id } }
        }
      }
    `;
    type Page = {
      organizationMembers: { pageInfo: { hasNextPage: boolean; endCursor: string }; nodes: { user: { id: string } }[] };
    };
    for (const direction of ['ASC', 'DESC']) {
      const seen: string[] = [];
      for (let after: string | null = null, more = true; more && seen.length < 10; ) {
        const { organizationMembers: page }: Page = await tenant.owner.request<Page>(Page, { after, direction });
        seen.push(...page.nodes.map(({ user }) => user.id));
        after = page.pageInfo.endCursor;
        more = page.pageInfo.hasNextPage;
      }
      expect([...seen].sort()).toEqual(people.map(({ id }) => id).sort());
    }
  });

  test('searches names, username and e-mail address of the members', async () => {
    const tenant = await newTenant();
    const member = await tenant.member();
    await sql(`update users set first_name = 'Zacharias', last_name = '50%_off\\' where id = $1`, [member.id]);
    for (const search of ['zachar', '50%_OFF', '_off\\', member.username.toUpperCase(), ` ${member.email} `])
      expect(await membersOf(tenant.owner, { search })).toEqual([member.id]);
    for (const search of ['50__off', '%zach', 'nobody at all'])
      expect(await membersOf(tenant.owner, { search })).toEqual([]);
    expect(await membersOf(tenant.owner, { search: '  ' })).toHaveLength(2);
  });

  test('filters by the user and by ownership', async () => {
    const tenant = await newTenant();
    const member = await tenant.member();
    await rename(member, null);
    for (const filter of [
      { userId: { eq: member.id } },
      { user: { username: { eq: member.username } } },
      { user: { email: { startsWith: member.username.toUpperCase() } } },
      { user: { lastName: { isNull: true } } },
      { user: { lastName: { ne: 'Poe' } } },
      { isOwner: { eq: false } },
      { not: { user: { id: { eq: tenant.owner.id } } } },
    ])
      expect(await membersOf(tenant.owner, { filter })).toEqual([member.id]);
    expect(await membersOf(tenant.owner, { filter: { userId: { in: [] } } })).toEqual([]);
  });
});
