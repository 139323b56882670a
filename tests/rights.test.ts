import { describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { newCustomer } from './support/customers.js';
import { idOf, sql } from './support/database.js';
import { deadlocks } from './support/locks.js';
import { roleNamed } from './support/permissions.js';
import { newLead } from './support/sales.js';
import { partialAnswer, refusal } from './support/server.js';
import { newPerson, newTenant, type Person, type Tenant } from './support/tenant.js';

const mutate = <Answer = Record<string, { id: string }>>(person: Person, tenant: Tenant, fields: string) =>
  person.as(tenant.id).request<Answer>(`mutation { ${fields} }`);

interface Staffed {
  tenant: Tenant;
  /** May change employees and holds no more than that. */
  hr: Person;
  /** A role that grants more than that. */
  admin: string;
}

async function staffed(): Promise<Staffed> {
  const tenant = await newTenant();
  const hr = await tenant.member();
  const { createRole } = await mutate(
    tenant.owner,
    tenant,
    `createRole(input: { name: "HR", permissionIds: ${JSON.stringify(
      (
        await sql<{ id: string }>(
          `select id from permissions
           where organization_id = $1 and (resource = 'employee' or (resource, action) = ('role', 'read'))`,
          [tenant.id],
        )
      ).map(({ id }) => id),
    )} }) { id }`,
  );
  await mutate(tenant.owner, tenant, `assignRole(userId: "${hr.id}", roleId: "${createRole!.id}") { id }`);
  return { tenant, hr, admin: await roleNamed(tenant, 'Admin') };
}

describe('a field that changes access', () => {
  const forbidden = (reason: string) => ({ code: 'FORBIDDEN', reason });

  test.each<[string, (owner: { membershipId: string; employee: string }) => string, string]>([
    [
      'an owner who gives ownership up',
      ({ membershipId }) => `updateMembership(id: "${membershipId}", input: { isOwner: false }) { id }`,
      'OWNER_ONLY',
    ],
    [
      'an owner who leaves',
      ({ membershipId }) => `deactivateMembership(id: "${membershipId}") { id }`,
      'NO_ORGANIZATION',
    ],
  ])('stops the mutations after it: %s', async (_name, change, reason) => {
    const tenant = await newTenant();
    const owner = await tenant.member();
    await sql('update memberships set is_owner = true where id = $1', [owner.membershipId]);
    const employee = await tenant.employee({ userId: owner.id });
    const { id: stranger } = await newPerson();
    const fields = `before: createCustomer(input: { email: "${v7()}@x.example", name: "A" }) { id }
      ${change({ membershipId: owner.membershipId, employee })}
      after: addOrganizationMember(input: { userId: "${stranger}" }) { id }
      last: createCustomer(input: { email: "${v7()}@x.example", name: "B" }) { id }`;
    const { data, errors } = await partialAnswer<Record<string, unknown>>(mutate(owner, tenant, fields));
    expect(data).toMatchObject({ before: { id: expect.any(String) }, after: null, last: null });
    expect(errors.map(({ path, extensions }) => [path[0], extensions.code])).toEqual([
      ['after', 'FORBIDDEN'],
      ['last', 'FORBIDDEN'],
    ]);
    expect(errors[0]!.extensions).toMatchObject(forbidden(reason));
    expect(await sql('select from memberships where user_id = $1', [stranger])).toEqual([]);
  });

  test('stops them also where a role lost a permission, and a list of rows', async () => {
    const tenant = await newTenant();
    const admin = await tenant.member('Admin');
    const role = await roleNamed(tenant, 'Admin');
    const permission = await idOf(
      `select id from permissions where organization_id = $1 and resource = 'customer' and action = 'create'`,
      [tenant.id],
    );
    const rows = `[{ input: { email: "${v7()}@x.example", name: "A" } }]`;
    const { data, errors } = await partialAnswer<Record<string, unknown>>(
      mutate(
        admin,
        tenant,
        `removePermission(roleId: "${role}", permissionId: "${permission}") { id }
         createCustomers(rows: ${rows}) { summary { created } }
         createCustomer(input: { email: "${v7()}@x.example", name: "A" }) { id }`,
      ),
    );
    expect(data).toMatchObject({ removePermission: { id: role }, createCustomers: null, createCustomer: null });
    for (const { extensions } of errors)
      expect(extensions).toMatchObject({ reason: 'MISSING_PERMISSION', permission: 'customer:create' });
  });

  test('hides at once what the answers of later ones may no longer show', async () => {
    const tenant = await newTenant();
    const admin = await tenant.member('Admin');
    const role = await roleNamed(tenant, 'Admin');
    const employee = await tenant.employee();
    const permission = await idOf(
      `select id from permissions where organization_id = $1 and resource = 'employee' and action = 'read'`,
      [tenant.id],
    );
    const change = (alias: string) =>
      `${alias}: updateEmployee(id: "${employee}", input: {}) { id directReports { totalCount } }`;
    const { data, errors } = await partialAnswer<Record<string, object>>(
      mutate(
        admin,
        tenant,
        `${change('before')} removePermission(roleId: "${role}", permissionId: "${permission}") { id }
          ${change('after')}`,
      ),
    );
    expect(data).toMatchObject({
      before: { id: employee, directReports: { totalCount: 0 } },
      after: { id: employee, directReports: null },
    });
    expect(errors).toMatchObject([{ path: ['after', 'directReports'], extensions: { permission: 'employee:read' } }]);
  });

  test('that is refused takes nothing away', async () => {
    const tenant = await newTenant();
    const membership = await idOf('select id from memberships where user_id = $1', [tenant.owner.id]);
    const { data } = await partialAnswer(
      mutate(
        tenant.owner,
        tenant,
        `deactivateMembership(id: "${membership}") { id } createRole(input: { name: "Still" }) { name }`,
      ),
    );
    expect(data).toEqual({ deactivateMembership: null, createRole: { name: 'Still' } });
  });
});

describe('no right comes by another door', () => {
  const byDoor = (id: string, input: string, email: string): [string, string][] => [
    ['alone', `updateEmployee(id: "${id}", input: { ${input} }) { id }`],
    ['in bulk', `updateEmployees(rows: [{ id: "${id}", input: { ${input} } }]) { results { errors { code reason } } }`],
    [
      'by filter',
      `updateEmployeesWhere(filter: { id: { eq: "${id}" } }, input: { ${input} }, expectedCount: 1) {
        results { errors { code reason } } }`,
    ],
    [
      'by upsert',
      `upsertEmployees(rows: [{ by: { email: "${email}" }, input: { ${input} } }]) {
        results { errors { code reason } } }`,
    ],
  ];

  /** The refusals of single and of bulk mutations alike. */
  async function reasonOf(request: Promise<Record<string, unknown>>): Promise<unknown> {
    const answer = await request.catch((error) => refusal(Promise.reject(error)));
    if ('reason' in answer) return answer.reason;
    const [{ results }] = Object.values(answer) as [{ results?: { errors: { reason: string }[] }[] }];
    return results?.[0]?.errors[0]?.reason ?? null;
  }

  async function record({ tenant }: Staffed, columns: string, userId?: string): Promise<[string, string]> {
    const id = await tenant.employee({ userId });
    await sql(`update employees set ${columns} where id = $1`, [id]);
    return [id, await idOf('select email as id from employees where id = $1', [id])];
  }

  test('a strong role does not wake with its record', async () => {
    const one = await staffed();
    const { tenant, hr, admin } = one;
    for (const asleep of ['INACTIVE', 'TERMINATED'])
      for (const status of ['ACTIVE', 'ON_LEAVE']) {
        const member = await tenant.member();
        const [id, email] = await record(one, `status = '${asleep}', role_id = '${admin}'`, member.id);
        for (const [_door, field] of byDoor(id, `status: ${status}`, email))
          expect(await reasonOf(mutate(hr, tenant, field))).toBe('PERMISSION_NOT_HELD');
        // Without the role it may, and an owner may with it.
        expect(await reasonOf(mutate(hr, tenant, byDoor(id, 'status: INACTIVE', email)[0]![1]))).toBeNull();
        await mutate(tenant.owner, tenant, `updateEmployee(id: "${id}", input: { status: ${status} }) { id }`);
        expect(await reasonOf(mutate(hr, tenant, byDoor(id, 'roleId: null, status: ACTIVE', email)[0]![1]))).toBeNull();
      }
  });

  test('owners are touched only by owners', async () => {
    const one = await staffed();
    const { tenant, hr } = one;
    const owner = await tenant.member();
    await sql('update memberships set is_owner = true where id = $1', [owner.membershipId]);
    const [id, email] = await record(one, `status = 'ACTIVE'`, owner.id);
    const viewer = await roleNamed(tenant, 'Viewer');
    const inputs = ['userId: null', 'salary: "1"', 'commissionRate: "1"', 'status: INACTIVE', `roleId: "${viewer}"`];
    for (const input of inputs)
      for (const [_door, field] of byDoor(id, input, email))
        expect(await reasonOf(mutate(hr, tenant, field))).toBe('OWNER_ONLY');
    for (const field of [`terminateEmployee(id: "${id}") { id }`, `deleteEmployee(id: "${id}") { id }`])
      expect(await reasonOf(mutate(hr, tenant, field))).toBe('OWNER_ONLY');
    // The rest of the record is everyday work, and so is a value that was there before.
    expect(
      await reasonOf(mutate(hr, tenant, byDoor(id, 'phone: "+49 30 1234567", status: ACTIVE', email)[0]![1])),
    ).toBeNull();
    expect(await sql('select user_id, status from employees where id = $1', [id])).toEqual([
      { user_id: owner.id, status: 'ACTIVE' },
    ]);
    for (const input of inputs) await mutate(tenant.owner, tenant, byDoor(id, input, email)[0]![1]);
    // Nobody but an owner makes a record that of an owner, either.
    for (const [_door, field] of byDoor(id, `userId: "${owner.id}"`, email))
      expect(await reasonOf(mutate(hr, tenant, field))).toBe('OWNER_ONLY');
    const input = `{ firstName: "A", lastName: "B", email: "${v7()}@x.example", userId: "${owner.id}" }`;
    expect(await reasonOf(mutate(hr, tenant, `createEmployee(input: ${input}) { id }`))).toBe('OWNER_ONLY');
  });

  test('nobody makes an own record with pay or role', async () => {
    const one = await staffed();
    const { tenant, hr } = one;
    const hire = (more: string) => {
      const input = `{ firstName: "A", lastName: "B", email: "${v7()}@x.example", userId: "${hr.id}", ${more} }`;
      return [
        `createEmployee(input: ${input}) { id }`,
        `createEmployees(rows: [{ input: ${input} }]) { results { errors { reason } } }`,
        `upsertEmployees(rows: [{ by: { email: "${v7()}@x.example" },
          input: { firstName: "A", lastName: "B", userId: "${hr.id}", ${more} } }]) {
          results { errors { reason } } }`,
      ];
    };
    const own = await idOf('select role_id as id from user_roles where user_id = $1', [hr.id]);
    for (const more of ['salary: "9"', 'commissionRate: "9"', `roleId: "${own}"`])
      for (const field of hire(more)) expect(await reasonOf(mutate(hr, tenant, field))).toBe('SELF_EDIT_LIMITED');
    // Nor by making it first and becoming its user then.
    const [id, email] = await record(one, 'salary = 9');
    for (const [_door, field] of byDoor(id, `userId: "${hr.id}"`, email))
      expect(await reasonOf(mutate(hr, tenant, field))).toBe('SELF_EDIT_LIMITED');
    expect(await reasonOf(mutate(hr, tenant, hire('jobTitle: "HR"')[0]!))).toBeNull();
  });
});

describe('two people at once', () => {
  const rounds = 12;
  const settled = async (requests: Promise<unknown>[]): Promise<void> => {
    for (const outcome of await Promise.allSettled(requests))
      if (outcome.status === 'rejected')
        expect((await refusal(Promise.reject(outcome.reason))).code).toMatch(
          /^(FORBIDDEN|CONFLICT|NOT_FOUND|BAD_USER_INPUT)$/,
        );
  };

  test('never stand in a knot', async () => {
    const tenant = await newTenant();
    const { owner } = tenant;
    const before = await deadlocks();
    for (let round = 0; round < rounds; round += 1) {
      const members = await Promise.all([tenant.member(), tenant.member('Viewer'), tenant.member()]);
      const people = await Promise.all(members.map(({ id }) => tenant.employee({ userId: id })));
      const [one, other, third] = people as [string, string, string];
      const roles = await Promise.all(
        [1, 2].map(async () => {
          const { createRole } = await mutate(owner, tenant, `createRole(input: { name: "${v7()}" }) { id }`);
          await mutate(owner, tenant, `assignRole(userId: "${members[0]!.id}", roleId: "${createRole!.id}") { id }`);
          return createRole!.id;
        }),
      );
      await settled(
        [
          `terminateEmployee(id: "${one}", reassignToId: "${other}") { id }`,
          `terminateEmployee(id: "${other}", reassignToId: "${one}") { id }`,
          `deleteRole(id: "${roles[0]}", replacementRoleId: "${roles[1]}") { id }`,
          `deleteRole(id: "${roles[1]}", replacementRoleId: "${roles[0]}") { id }`,
          `updateEmployees(rows: [
            { id: "${other}", input: { managerId: "${one}" } }, { id: "${one}", input: { jobTitle: "A" } }
          ]) { summary { updated } }`,
          `updateEmployee(id: "${one}", input: { managerId: "${third}" }) { id }`,
          `deleteEmployeesWhere(filter: { id: { in: ["${one}", "${third}"] } }, expectedCount: 2) {
            summary { deleted } }`,
          `deactivateMembership(id: "${members[2]!.membershipId}") { id }`,
          `assignRole(userId: "${members[2]!.id}", roleId: "${roles[0]}") { id }`,
          `createCustomer(input: { email: "${v7()}@x.example", name: "A", userId: "${members[0]!.id}",
            assignedToId: "${one}" }) { id }`,
        ].map((field) => mutate(owner, tenant, field)),
      );
    }
    expect((await deadlocks()) - before).toBe(0);
  });

  test('end an employment whose work others assign and change', async () => {
    const tenant = await newTenant();
    const { owner } = tenant;
    const before = await deadlocks();
    for (let round = 0; round < rounds; round += 1) {
      const [one, successor] = [await tenant.employee(), await tenant.employee()];
      const customers = await Promise.all(
        [1, 2, 3].map(async () => (await newCustomer(owner, { assignedToId: one })).id),
      );
      const leads = await Promise.all([1, 2, 3].map(async () => (await newLead(owner, { assignedToId: one })).id));
      await settled(
        [
          `terminateEmployee(id: "${one}", reassignToId: "${successor}") { id }`,
          ...customers.map((id) => `updateCustomer(id: "${id}", input: { name: "B", assignedToId: "${one}" }) { id }`),
          ...leads.map((id) => `assignLead(id: "${id}", employeeId: "${one}") { id }`),
          `updateCustomers(
            rows: [${customers.map((id) => `{ id: "${id}", input: { assignedToId: "${successor}" } }`)}]
          ) {
            summary { updated }
          }`,
        ].map((field) => mutate(owner, tenant, field)),
      );
      const left = await sql('select from customers where assigned_to_id = $1', [one]);
      expect(left).toEqual([]);
    }
    expect((await deadlocks()) - before).toBe(0);
  });

  test('close an organization while others write', async () => {
    const before = await deadlocks();
    for (let round = 0; round < rounds; round += 1) {
      const tenant = await newTenant();
      const { owner } = tenant;
      const member = await tenant.member('Admin');
      const employee = await tenant.employee({ userId: member.id });
      const { id: stranger } = await newPerson();
      const close = `deleteOrganization(id: "${tenant.id}") { id }`;
      await settled([
        mutate(owner, tenant, close),
        mutate(owner, tenant, close),
        mutate(owner, tenant, `addOrganizationMember(input: { userId: "${stranger}" }) { id }`),
        mutate(owner, tenant, `deactivateMembership(id: "${member.membershipId}") { id }`),
        ...[1, 2, 3].map((n) =>
          mutate(
            n === 1 ? owner : member,
            tenant,
            `createCustomer(input: { email: "${v7()}@x.example", name: "A", userId: "${member.id}",
              assignedToId: "${employee}" }) { id }`,
          ),
        ),
      ]);
      expect(await sql('select from memberships where organization_id = $1 and is_active', [tenant.id])).toEqual([]);
    }
    expect((await deadlocks()) - before).toBe(0);
  });
});
