import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import type { Fields, Sender } from '../support/customers.js';
import { sql } from '../support/database.js';
import { missing } from '../support/permissions.js';
import { Assign, createRole, type OrganizationWithRoles, organizationWithRoles, Remove } from '../support/roles.js';
import { partialAnswer, refusal } from '../support/server.js';

let world: OrganizationWithRoles;
beforeAll(async () => {
  world = await organizationWithRoles();
});

describe('the users of a role', () => {
  const Users = gql`
    query ($id: ID!, $first: Int, $after: String, $search: String) {
      role(id: $id) {
        userCount
        users(first: $first, after: $after, search: $search) {
          totalCount
          pageInfo { hasNextPage endCursor }
          nodes { id lastName }
          edges { cursor node { id } sources assignedAt assignedBy { id } }
        }
      }
    }
  `;
  interface Holders {
    userCount: number;
    users: {
      totalCount: number;
      pageInfo: { hasNextPage: boolean; endCursor: string };
      nodes: { id: string; lastName: string }[];
      edges: { node: { id: string }; sources: string[]; assignedAt: string | null; assignedBy: object | null }[];
    };
  }
  const holders = async (sender: Sender, variables: Fields) =>
    (await sender.request<{ role: Holders }>(Users, variables)).role;

  test('come once each, by family name, with how they got it, in pages, searched', async () => {
    const { id, name } = await createRole(world.owner);
    const [first, second, third, former] = [
      await world.tenant.member(),
      await world.tenant.member(),
      await world.tenant.member(),
      await world.tenant.member(),
    ];
    for (const [person, lastName] of [
      [first, 'Zola'],
      [second, 'äsop'],
      [third, 'Berg'],
    ] as const)
      await sql('update users set last_name = $2 where id = $1', [person.id, lastName]);
    for (const { id: userId } of [first, second, former]) await world.admin.request(Assign, { userId, roleId: id });
    await world.admin.request(Remove, { userId: former.id, roleId: id });
    for (const { id: userId } of [second, third]) await world.tenant.employee({ userId, roleName: String(name) });

    const all = await holders(world.owner, { id });
    expect(all).toMatchObject({ userCount: 3, users: { totalCount: 3, pageInfo: { hasNextPage: false } } });
    expect(all.users.nodes.map((node) => node.lastName)).toEqual(['äsop', 'Berg', 'Zola']);
    expect(
      all.users.edges.map(({ node, sources, assignedAt, assignedBy }) => [
        node.id,
        sources,
        assignedAt === null,
        assignedBy,
      ]),
    ).toEqual([
      [second.id, ['ASSIGNMENT', 'EMPLOYEE'], false, { id: world.admin.id }],
      [third.id, ['EMPLOYEE'], true, null],
      [first.id, ['ASSIGNMENT'], false, { id: world.admin.id }],
    ]);

    const walked: string[] = [];
    for (let after: string | undefined, more = true; more; ) {
      const { users } = await holders(world.owner, { id, first: 1, after });
      walked.push(...users.nodes.map((node) => node.lastName));
      ({ hasNextPage: more, endCursor: after } = users.pageInfo);
    }
    expect(walked).toEqual(['äsop', 'Berg', 'Zola']);
    expect((await holders(world.owner, { id, search: 'BER' })).users.nodes).toEqual([
      { id: third.id, lastName: 'Berg' },
    ]);
    expect(await refusal(world.owner.request(Users, { id, first: 0 }))).toMatchObject({ reason: 'INVALID_PAGINATION' });
  });

  test('need role:read', async () => {
    const rep = await world.tenant.member('Sales Rep');
    const { data, errors } = await partialAnswer(rep.request(gql`{ myRoles { name users { totalCount } } }`));
    expect(data).toEqual({ myRoles: [{ name: 'Sales Rep', users: null }] });
    expect(errors).toMatchObject([{ path: ['myRoles', 0, 'users'], extensions: missing('role:read') }]);
  });

  test('come with every role of a list', async () => {
    const { roles } = await world.owner.request<{ roles: { nodes: Holders[] } }>(
      gql`{ roles(first: 100) { nodes { userCount users(first: 1) { totalCount nodes { id } edges { sources } } } } }`,
    );
    for (const { userCount, users } of roles.nodes) expect(users.totalCount).toBe(userCount);
    expect(roles.nodes.some(({ userCount }) => userCount > 1)).toBe(true);
  });
});

test('users of a role are filtered and sorted like users', async () => {
  const { id } = await createRole(world.owner);
  for (const lastName of ['Zola', 'Berg', 'Amis']) {
    const person = await world.tenant.member();
    await sql('update users set last_name = $2, first_name = $3 where id = $1', [
      person.id,
      lastName,
      `Jo ${lastName}`,
    ]);
    await world.admin.request(Assign, { userId: person.id, roleId: id });
  }
  const users = async (args: string) => {
    const document = `query ($id: ID!) { role(id: $id) { users(${args}) { totalCount nodes { lastName } } } }`;
    type Answer = { role: { users: { totalCount: number; nodes: { lastName: string }[] } } };
    const { role } = await world.owner.request<Answer>(document, { id });
    return [role.users.totalCount, ...role.users.nodes.map(({ lastName }) => lastName)];
  };
  expect(await users('filter: { lastName: { in: ["Zola", "Amis"] } }')).toEqual([2, 'Amis', 'Zola']);
  expect(await users('filter: { not: { lastName: { eqIgnoreCase: "ZOLA" } } }, first: 1')).toEqual([2, 'Amis']);
  expect(await users('orderBy: [{ field: LAST_NAME, direction: DESC }]')).toEqual([3, 'Zola', 'Berg', 'Amis']);
  expect(await users('orderBy: [{ field: CREATED_AT }]')).toEqual([3, 'Zola', 'Berg', 'Amis']);
  const { __type: keys } = await world.owner.request<{ __type: { enumValues: { name: string }[] } }>(
    '{ __type(name: "UserOrderField") { enumValues { name } } }',
  );
  for (const { name: field } of keys.enumValues)
    expect(await users(`orderBy: [{ field: ${field}, direction: DESC }]`)).toHaveLength(4);
});
