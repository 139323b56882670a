import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { activityRow, customerRow, type Fields, insertRows, newCustomer, type Sender } from './support/customers.js';
import { sql } from './support/database.js';
import { refusal } from './support/server.js';
import { newPerson, newTenant, type Person, type Tenant } from './support/tenant.js';

const everyField = `id version code firstName lastName fullName email phone street city state postalCode country
  profileImage jobTitle department employmentType hireDate terminationDate emergencyContact salary commissionRate status
  user { id } manager { id } role { id name } createdAt updatedAt`;

const Create = gql`mutation ($input: CreateEmployeeInput!) { createEmployee(input: $input) { ${everyField} } }`;
const Update = gql`
  mutation ($id: ID!, $input: UpdateEmployeeInput!, $expectedVersion: Int) {
    updateEmployee(id: $id, input: $input, expectedVersion: $expectedVersion) { ${everyField} }
  }
`;
const Terminate = gql`
  mutation ($id: ID!, $terminationDate: Date, $reassignToId: ID, $expectedVersion: Int) {
    terminateEmployee(
      id: $id, terminationDate: $terminationDate, reassignToId: $reassignToId, expectedVersion: $expectedVersion
    ) { ${everyField} }
  }
`;
const Delete = gql`
  mutation ($id: ID!, $expectedVersion: Int) { deleteEmployee(id: $id, expectedVersion: $expectedVersion) { id } }
`;
const Read = gql`query ($id: ID!) { employee(id: $id) { ${everyField} } }`;
const Own = gql`{ me { employee { id } profiles { profileType status isPrimary } } }`;
const Customers = gql`{ customers { totalCount } }`;

interface Employee extends Fields {
  id: string;
  version: number;
}

const freshEmail = () => `e${v7()}@staff.example`;
const create = async (sender: Sender, input: Fields = {}) =>
  (
    await sender.request<{ createEmployee: Employee }>(Create, {
      input: { firstName: 'Eve', lastName: 'Early', email: freshEmail(), ...input },
    })
  ).createEmployee;
const update = async (sender: Sender, id: string, input: Fields, expectedVersion?: number) =>
  (await sender.request<{ updateEmployee: Employee }>(Update, { id, input, expectedVersion })).updateEmployee;
const terminate = async (sender: Sender, id: string, args: Fields = {}) =>
  (await sender.request<{ terminateEmployee: Employee }>(Terminate, { id, ...args })).terminateEmployee;
const remove = (sender: Sender, id: string, expectedVersion?: number) =>
  sender.request<{ deleteEmployee: { id: string } }>(Delete, { id, expectedVersion });
const read = async (sender: Sender, id: string) =>
  (await sender.request<{ employee: Employee | null }>(Read, { id })).employee;

const idOf = async (text: string, values: unknown[]) => (await sql<{ id: string }>(text, values))[0]!.id;
const roleId = ({ id }: Tenant, name: string) =>
  idOf('select id from roles where organization_id = $1 and name = $2', [id, name]);
const employeeOf = (userId: string) => idOf('select id from employees where user_id = $1', [userId]);
const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
const expectBad = async (request: Promise<unknown>, path: string, code: string, reason = 'VALIDATION_FAILED') =>
  expect(await refusal(request)).toMatchObject({ code: 'BAD_USER_INPUT', reason, fields: [{ path, code }] });

let tenant: Tenant;
let owner: Person;
let admin: Person;
let foreign: Tenant;

beforeAll(async () => {
  [tenant, foreign] = [await newTenant(), await newTenant()];
  owner = tenant.owner;
  admin = await tenant.member('Admin');
  await sql(
    `delete from role_permissions where role_id = $1 and permission_id in (
       select id from permissions where resource = 'vendor' and action = 'delete')`,
    [await roleId(tenant, 'Admin')],
  );
});

/** A role that holds one permission that Admins of this organization do not. */
async function strongRole(): Promise<string> {
  const permission = await idOf(
    `select id from permissions where organization_id = $1 and resource = 'vendor' and action = 'delete'`,
    [tenant.id],
  );
  const { createRole } = await owner.request<{ createRole: { id: string } }>(
    gql`mutation ($name: String!, $ids: [ID!]) { createRole(input: { name: $name, permissionIds: $ids }) { id } }`,
    { name: v7(), ids: [permission] },
  );
  return createRole.id;
}

describe('createEmployee', () => {
  test('takes what it is told and defaults the rest', async () => {
    const managerId = await tenant.employee();
    const full = {
      firstName: 'Ada',
      lastName: 'Byron',
      phone: '+44 20 7946 0000',
      street: '1 Main St',
      city: 'London',
      state: 'LDN',
      postalCode: 'N1',
      country: 'UK',
      profileImage: 'https://img.example/ada.png',
      jobTitle: 'Analyst',
      department: 'Research',
      employmentType: 'CONTRACT',
      hireDate: '2024-02-29',
      emergencyContact: 'Lord B.',
      salary: '1000.5',
      commissionRate: '100',
      status: 'ON_LEAVE',
    };
    const email = freshEmail();
    const made = await create(admin, {
      ...full,
      email: ` ${email.toUpperCase()} `,
      department: ' Research ',
      managerId,
    });
    expect(made).toEqual({
      ...full,
      id: expect.any(String),
      version: 1,
      code: expect.stringMatching(/^EMP-\d{4,}$/),
      fullName: 'Ada Byron',
      email,
      salary: '1000.50',
      commissionRate: '100.00',
      terminationDate: null,
      user: null,
      manager: { id: managerId },
      role: null,
      createdAt: expect.any(String),
      updatedAt: made.createdAt,
    });
    expect(await read(owner, made.id)).toEqual(made);
    expect(await create(admin)).toMatchObject({
      employmentType: 'FULL_TIME',
      status: 'ACTIVE',
      hireDate: null,
      salary: null,
      department: null,
      manager: null,
    });
  });

  test.each<[string, Fields, string, string]>([
    ['an empty name', { firstName: ' ' }, 'firstName', 'TOO_SHORT'],
    ['a long name', { lastName: 'x'.repeat(101) }, 'lastName', 'TOO_LONG'],
    ['a malformed address', { email: 'nobody' }, 'email', 'INVALID'],
    ['a negative salary', { salary: '-1' }, 'salary', 'OUT_OF_RANGE'],
    ['a salary of 10^10', { salary: '10000000000' }, 'salary', 'OUT_OF_RANGE'],
    ['a salary of three decimals', { salary: '1.001' }, 'salary', 'INVALID'],
    ['a commission above 100', { commissionRate: '100.01' }, 'commissionRate', 'OUT_OF_RANGE'],
    ['a picture that is no URL', { profileImage: 'javascript:alert(1)' }, 'profileImage', 'INVALID'],
    ['a phone number of six digits', { phone: '123456' }, 'phone', 'INVALID'],
    ['a day before 1900', { hireDate: '1899-12-31' }, 'hireDate', 'OUT_OF_RANGE'],
    ['a contract without first day', { employmentType: 'CONTRACT' }, 'hireDate', 'REQUIRED'],
    ['status null', { status: null }, 'status', 'REQUIRED'],
  ])('refuses %s', async (_what, input, field, code) => {
    await expectBad(create(owner, input), `input.${field}`, code);
  });

  test('cannot create anybody TERMINATED', async () => {
    await expectBad(create(owner, { status: 'TERMINATED' }), 'input.status', 'NOT_ALLOWED', 'TERMINATION_ONLY');
  });

  test('an e-mail address is taken once per organization, in any case', async () => {
    const { id, email } = await create(owner);
    expect(await refusal(create(owner, { email: String(email).toUpperCase() }))).toMatchObject({
      code: 'CONFLICT',
      reason: 'DUPLICATE_EMAIL',
      existingId: id,
      fields: [{ path: 'input.email', code: 'NOT_UNIQUE' }],
    });
    await expect(create(foreign.owner, { email })).resolves.toBeDefined();
    const other = await create(owner);
    expect(await refusal(update(owner, other.id, { email }))).toMatchObject({ reason: 'DUPLICATE_EMAIL' });
  });

  test('of two with one address at once a single one is created', async () => {
    const email = freshEmail();
    const tries = await Promise.allSettled([create(owner, { email }), create(owner, { email })]);
    const lost = tries.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(lost).toHaveLength(1);
    expect(await refusal(Promise.reject(lost[0]!.reason))).toMatchObject({ reason: 'DUPLICATE_EMAIL' });
  });

  test('links an active member, who gets an EMPLOYEE profile if there is none', async () => {
    const member = await tenant.member();
    await sql('delete from user_profiles where user_id = $1', [member.id]);
    const made = await create(admin, { userId: member.id });
    expect(made.user).toEqual({ id: member.id });
    expect(await member.as(tenant.id).request(Own)).toEqual({
      me: { employee: { id: made.id }, profiles: [{ profileType: 'EMPLOYEE', status: 'ACTIVE', isPrimary: true }] },
    });
  });

  test('does not lift a suspension by linking the user', async () => {
    const member = await tenant.member();
    await sql(`update user_profiles set status = 'SUSPENDED' where user_id = $1`, [member.id]);
    const { id } = await create(admin, { userId: member.id });
    await update(admin, id, { userId: null });
    await update(admin, id, { userId: member.id });
    expect(await sql('select status from user_profiles where user_id = $1', [member.id])).toEqual([
      { status: 'SUSPENDED' },
    ]);
  });

  test('finds no user who is not an active member', async () => {
    const former = await tenant.member();
    await owner.request(gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`, { id: former.membershipId });
    for (const userId of [v7(), foreign.owner.id, former.id])
      expect(await refusal(create(owner, { userId }))).toMatchObject({
        code: 'NOT_FOUND',
        fields: [{ path: 'input.userId', code: 'NOT_FOUND' }],
      });
  });

  test('links a user to one record only', async () => {
    const existingId = await employeeOf(owner.id);
    const { id } = await create(owner);
    for (const refused of await Promise.all(
      [create(owner, { userId: owner.id }), update(owner, id, { userId: owner.id })].map(refusal),
    ))
      expect(refused).toMatchObject({ code: 'CONFLICT', reason: 'USER_ALREADY_EMPLOYEE', existingId });
  });

  test('finds no manager or role of another organization', async () => {
    const [managerId, theirRole] = [await foreign.employee(), await roleId(foreign, 'Viewer')];
    for (const [field, value] of [
      ['managerId', managerId],
      ['managerId', v7()],
      ['roleId', theirRole],
      ['roleId', v7()],
    ] as const)
      expect(await refusal(create(owner, { [field]: value }))).toMatchObject({
        code: 'NOT_FOUND',
        fields: [{ path: `input.${field}` }],
      });
  });

  test('gives a role at once, if it is active and grants nothing that the caller lacks', async () => {
    const member = await tenant.member();
    const made = await create(admin, { userId: member.id, roleId: await roleId(tenant, 'Viewer') });
    expect(made.role).toMatchObject({ name: 'Viewer' });
    await expect(member.request(Customers)).resolves.toBeDefined();
    const strong = await strongRole();
    expect(await refusal(create(admin, { roleId: strong }))).toMatchObject({
      code: 'FORBIDDEN',
      reason: 'PERMISSION_NOT_HELD',
    });
    expect(await refusal(update(admin, made.id, { roleId: strong }))).toMatchObject({ reason: 'PERMISSION_NOT_HELD' });
    await expect(create(owner, { roleId: strong })).resolves.toMatchObject({ role: { id: strong } });
    await sql('update roles set is_active = false where id = $1', [strong]);
    await expectBad(create(owner, { roleId: strong }), 'input.roleId', 'NOT_ALLOWED', 'ROLE_INACTIVE');
    await expectBad(update(owner, made.id, { roleId: strong }), 'input.roleId', 'NOT_ALLOWED', 'ROLE_INACTIVE');
  });

  test('nobody grants more than one holds by linking a user to the record of a stronger role', async () => {
    const { id } = await create(owner, { roleId: await strongRole() });
    const userId = (await tenant.member()).id;
    expect(await refusal(update(admin, id, { userId }))).toMatchObject({ reason: 'PERMISSION_NOT_HELD' });
    expect(await update(admin, id, { userId, roleId: null })).toMatchObject({ user: { id: userId }, role: null });
  });

  test('numbers employees without a gap that matters: every code is its own', async () => {
    const codes = (await Promise.all(Array.from({ length: 4 }, () => create(owner)))).map(({ code }) => code);
    expect(new Set(codes).size).toBe(4);
  });
});

describe('updateEmployee', () => {
  test('changes what is given, clears what is null, leaves the rest', async () => {
    const { id, ...made } = await create(owner, { jobTitle: 'Clerk', phone: '555 123 4567' });
    const changed = await update(owner, id, { jobTitle: null, department: 'Sales', salary: '1' }, 1);
    expect(changed).toEqual({
      ...made,
      id,
      version: 2,
      jobTitle: null,
      department: 'Sales',
      salary: '1.00',
      updatedAt: expect.any(String),
    });
    expect(await update(owner, id, { department: 'Sales', salary: '1.0' })).toEqual(changed);
    expect(await refusal(update(owner, id, { city: 'X' }, 1))).toMatchObject({
      code: 'VERSION_CONFLICT',
      currentVersion: 2,
    });
    await expectBad(update(owner, id, { lastName: null }), 'input.lastName', 'REQUIRED');
    await expectBad(update(owner, id, { status: 'TERMINATED' }), 'input.status', 'NOT_ALLOWED', 'TERMINATION_ONLY');
    await expectBad(update(owner, id, { employmentType: 'CONTRACT' }), 'input.hireDate', 'REQUIRED');
    expect(await read(owner, id)).toEqual(changed);
  });

  test('a contract keeps its first day', async () => {
    const { id } = await create(owner, { employmentType: 'CONTRACT', hireDate: '2020-01-01' });
    await expectBad(update(owner, id, { hireDate: null }), 'input.hireDate', 'REQUIRED');
    expect(await update(owner, id, { hireDate: null, employmentType: 'INTERN' })).toMatchObject({ hireDate: null });
  });

  test('nobody is one’s own manager, directly or by others', async () => {
    const a = await create(owner);
    const b = await create(owner, { managerId: a.id });
    const c = await create(owner, { managerId: b.id });
    for (const managerId of [a.id, b.id, c.id])
      await expectBad(update(owner, a.id, { managerId }), 'input.managerId', 'NOT_ALLOWED', 'MANAGER_CYCLE');
    expect(await update(owner, b.id, { managerId: null })).toMatchObject({ manager: null });
    expect(await update(owner, a.id, { managerId: c.id })).toMatchObject({ manager: { id: c.id } });
  });

  test('two changes at once close no circle', async () => {
    const [a, b] = [await create(owner), await create(owner)];
    const tries = await Promise.allSettled([
      update(owner, a.id, { managerId: b.id }),
      update(owner, b.id, { managerId: a.id }),
    ]);
    const lost = tries.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(lost).toHaveLength(1);
    expect(await refusal(Promise.reject(lost[0]!.reason))).toMatchObject({ reason: 'MANAGER_CYCLE' });
  });

  test('without employee:update one changes one’s own contact data only', async () => {
    const rep = await tenant.member('Sales Rep');
    const { id } = await create(owner, { userId: rep.id, salary: '10' });
    const allowed = {
      phone: '555 765 4321',
      street: 'S',
      city: 'C',
      state: 'ST',
      postalCode: 'P',
      country: 'L',
      emergencyContact: 'Mum',
      profileImage: 'https://img.example/me.png',
    };
    expect(await update(rep, id, allowed)).toMatchObject({ ...allowed, salary: '10.00' });
    for (const input of [
      { jobTitle: 'Boss' },
      { firstName: 'X' },
      { email: 'new@staff.example' },
      { department: 'Sales' },
      { salary: '99' },
      { managerId: await tenant.employee() },
      { status: 'ON_LEAVE' },
      { userId: null },
      { phone: '555 765 4322', hireDate: '2020-01-01' },
    ])
      expect(await refusal(update(rep, id, input))).toMatchObject({ code: 'FORBIDDEN', reason: 'SELF_EDIT_LIMITED' });
    for (const other of [await tenant.employee(), v7(), await foreign.employee()])
      for (const input of [{ phone: '555 765 4321' }, { email: 'bad' }])
        expect(await refusal(update(rep, other, input))).toMatchObject({
          code: 'FORBIDDEN',
          reason: 'MISSING_PERMISSION',
          permission: 'employee:update',
        });
  });

  test('with employee:update one’s own role, pay and status stay out of reach, unless one is an owner', async () => {
    const boss = await tenant.member('Admin');
    const { id } = await create(owner, { userId: boss.id, salary: '10' });
    for (const input of [
      { roleId: await roleId(tenant, 'Viewer') },
      { salary: '11' },
      { commissionRate: '1' },
      { status: 'INACTIVE' },
      { userId: null },
    ])
      expect(await refusal(update(boss, id, input))).toMatchObject({ code: 'FORBIDDEN', reason: 'SELF_EDIT_LIMITED' });
    expect(await update(boss, id, { salary: '10.00', status: 'ACTIVE', jobTitle: 'Boss' })).toMatchObject({
      jobTitle: 'Boss',
    });
    expect(await update(owner, await employeeOf(owner.id), { salary: '5', commissionRate: '1' })).toMatchObject({
      salary: '5.00',
    });
  });

  test('a member without employee record changes nobody', async () => {
    const nobody = await tenant.member();
    expect(await refusal(update(nobody, await tenant.employee(), { city: 'X' }))).toMatchObject({
      permission: 'employee:update',
    });
  });
});

describe('pay', () => {
  const Pay = gql`query ($id: ID!) { employee(id: $id) { salary commissionRate } }`;

  test('is seen by owners, by employee:update and by oneself, else null without an error, at any depth', async () => {
    const [rep, viewer] = [await tenant.member('Sales Rep'), await tenant.member('Viewer')];
    const { id } = await create(owner, { userId: rep.id, salary: '70000', commissionRate: '5' });
    const customer = await newCustomer(owner, { assignedToId: id });
    const Nested = gql`query ($id: ID!) { customer(id: $id) { assignedTo { id salary commissionRate } } }`;
    for (const [person, sees] of [
      [owner, true],
      [admin, true],
      [rep, true],
      [viewer, false],
    ] as const) {
      const pay = { salary: sees ? '70000.00' : null, commissionRate: sees ? '5.00' : null };
      expect(await person.request(Pay, { id })).toEqual({ employee: pay });
      expect(await person.request(Nested, { id: customer.id })).toEqual({ customer: { assignedTo: { id, ...pay } } });
    }
    expect(await rep.request(Pay, { id: await employeeOf(owner.id) })).toEqual({
      employee: { salary: null, commissionRate: null },
    });
  });
});

describe('terminateEmployee', () => {
  test('ends employment and access of live tokens, and leaves work where it was', async () => {
    const member = await tenant.member('Admin');
    const { id } = await create(owner, { userId: member.id });
    const { id: customerId } = await newCustomer(owner, { assignedToId: id });
    await expect(member.request(Customers)).resolves.toBeDefined();
    expect(await terminate(owner, id, { expectedVersion: 1 })).toMatchObject({
      status: 'TERMINATED',
      terminationDate: expect.any(String),
      version: 2,
      user: { id: member.id },
    });
    expect(await refusal(member.as(tenant.id).request(Customers))).toMatchObject({ reason: 'NOT_A_MEMBER' });
    expect(await refusal(member.request(Customers))).toMatchObject({ reason: 'NO_ORGANIZATION' });
    expect(
      await sql(
        `select m.is_active, m.left_at is not null as left, p.status, p.is_primary,
           (select bool_or(is_active) from user_roles where user_id = m.user_id) as roles
         from memberships m join user_profiles p using (user_id, organization_id) where user_id = $1`,
        [member.id],
      ),
    ).toEqual([{ is_active: false, left: true, status: 'INACTIVE', is_primary: false, roles: false }]);
    expect(await sql('select assigned_to_id as id from customers where id = $1', [customerId])).toEqual([{ id }]);
    expect(await refusal(terminate(owner, id))).toMatchObject({ code: 'CONFLICT', reason: 'ALREADY_TERMINATED' });
    expect(await refusal(newCustomer(owner, { assignedToId: id }))).toMatchObject({ reason: 'EMPLOYEE_NOT_ACTIVE' });
  });

  test('hands customers, unconverted leads and open deals to another active employee', async () => {
    const [from, to] = [await tenant.employee(), await tenant.employee()];
    const customer = await newCustomer(owner, { assignedToId: from });
    const make = async (document: string, variables: Fields) =>
      Object.values(await owner.request<Record<string, { id: string }>>(document, variables))[0]!.id;
    const NewLead = gql`
      mutation ($email: String!, $to: ID) { createLead(input: { name: "L", email: $email, assignedToId: $to }) { id } }
    `;
    const NewDeal = gql`
      mutation ($customerId: ID!, $to: ID) {
        createDeal(input: { title: "A deal", customerId: $customerId, assignedToId: $to }) { id }
      }
    `;
    const open = await make(NewLead, { email: freshEmail(), to: from });
    const converted = await make(NewLead, { email: freshEmail(), to: from });
    await owner.request(gql`mutation ($id: ID!) { convertLead(id: $id) { lead { id } } }`, { id: converted });
    const deal = await make(NewDeal, { customerId: customer.id, to: from });
    const won = await make(NewDeal, { customerId: customer.id, to: from });
    await owner.request(gql`mutation ($id: ID!) { markWon(id: $id) { id } }`, { id: won });
    expect(await terminate(owner, from, { reassignToId: to })).toMatchObject({ status: 'TERMINATED' });
    const assigned = async (table: string, id: string) =>
      (await sql<{ to: string }>(`select assigned_to_id as to from ${table} where id = $1`, [id]))[0]!.to;
    expect({
      customer: await assigned('customers', customer.id),
      open: await assigned('leads', open),
      converted: await assigned('leads', converted),
      deal: await assigned('deals', deal),
      won: await assigned('deals', won),
    }).toEqual({ customer: to, open: to, converted: from, deal: to, won: from });
  });

  test('the heir must exist, be active and be somebody else', async () => {
    const id = await tenant.employee();
    for (const reassignToId of [v7(), await foreign.employee()])
      expect(await refusal(terminate(owner, id, { reassignToId }))).toMatchObject({
        code: 'NOT_FOUND',
        fields: [{ path: 'reassignToId' }],
      });
    await expectBad(
      terminate(owner, id, { reassignToId: await tenant.employee({ status: 'ON_LEAVE' }) }),
      'reassignToId',
      'NOT_ALLOWED',
      'EMPLOYEE_NOT_ACTIVE',
    );
    await expectBad(terminate(owner, id, { reassignToId: id }), 'reassignToId', 'NOT_ALLOWED');
    expect(await read(owner, id)).toMatchObject({ status: 'ACTIVE', version: 1 });
  });

  test('the last day is neither in the future nor before the first', async () => {
    const { id } = await create(owner, { hireDate: '2024-05-05' });
    for (const terminationDate of [day(2), '2024-05-04'])
      await expectBad(terminate(owner, id, { terminationDate }), 'terminationDate', 'OUT_OF_RANGE');
    expect(await refusal(terminate(owner, id, { expectedVersion: 7 }))).toMatchObject({ code: 'VERSION_CONFLICT' });
    expect(await terminate(owner, id, { terminationDate: '2024-05-05' })).toMatchObject({
      terminationDate: '2024-05-05',
    });
    await expectBad(update(owner, id, { hireDate: '2024-05-06' }), 'input.hireDate', 'OUT_OF_RANGE');
  });

  test('oneself, an owner by another, and the last owner stay', async () => {
    const ownRecord = await employeeOf(owner.id);
    for (const refused of await Promise.all([terminate(owner, ownRecord), remove(owner, ownRecord)].map(refusal)))
      expect(refused).toMatchObject({ code: 'CONFLICT', reason: 'SELF_ACTION' });
    for (const refused of await Promise.all([terminate(admin, ownRecord), remove(admin, ownRecord)].map(refusal)))
      expect(refused).toMatchObject({ code: 'FORBIDDEN', reason: 'OWNER_ONLY' });
    const operator = await tenant.member();
    await sql('update users set is_superuser = true where id = $1', [operator.id]);
    for (const refused of await Promise.all([terminate(operator, ownRecord), remove(operator, ownRecord)].map(refusal)))
      expect(refused).toMatchObject({ code: 'CONFLICT', reason: 'LAST_OWNER' });
    await expect(owner.request(Customers)).resolves.toBeDefined();
  });

  test('an owner may end the employment of another one', async () => {
    const second = await newPerson();
    await owner.request(
      gql`mutation ($id: ID!) { addOrganizationMember(input: { userId: $id, isOwner: true }) { id } }`,
      {
        id: second.id,
      },
    );
    const { id } = await create(owner, { userId: second.id });
    expect(await terminate(owner, id)).toMatchObject({ status: 'TERMINATED' });
    expect(await refusal(second.as(tenant.id).request(Customers))).toMatchObject({ reason: 'NOT_A_MEMBER' });
  });

  test('another status takes the employee back, without last day and without access', async () => {
    const member = await tenant.member('Viewer');
    const { id } = await create(owner, { userId: member.id });
    await terminate(owner, id);
    expect(await update(owner, id, { status: 'ACTIVE' })).toMatchObject({ status: 'ACTIVE', terminationDate: null });
    expect(await refusal(member.as(tenant.id).request(Customers))).toMatchObject({ reason: 'NOT_A_MEMBER' });
  });
});

describe('deleteEmployee', () => {
  test('deletes the record, ends the membership, clears what pointed to it', async () => {
    const member = await tenant.member('Viewer');
    const { id } = await create(owner, { userId: member.id });
    const below = await create(owner, { managerId: id });
    const { id: customerId } = await newCustomer(owner, { assignedToId: id });
    expect(await refusal(remove(owner, id, 9))).toMatchObject({ code: 'VERSION_CONFLICT', currentVersion: 1 });
    expect(await remove(owner, id, 1)).toEqual({ deleteEmployee: { id } });
    expect(await read(owner, id)).toBeNull();
    expect(await read(owner, below.id)).toMatchObject({ manager: null });
    expect(await sql('select assigned_to_id as id from customers where id = $1', [customerId])).toEqual([{ id: null }]);
    expect(await refusal(member.as(tenant.id).request(Customers))).toMatchObject({ reason: 'NOT_A_MEMBER' });
    expect(await refusal(remove(owner, id))).toMatchObject({ code: 'NOT_FOUND', fields: [{ path: 'id' }] });
  });
});

describe('lists', () => {
  test('departments are trimmed, distinct, alphabetical, and count who is not terminated', async () => {
    const own = await newTenant();
    const inDepartment = (department: string | null) => create(own.owner, { department });
    for (const department of ['sales', ' Sales ', 'Operations', 'Éclairs', 'Gone', null, ' '])
      await inDepartment(department);
    const last = await inDepartment('Sales');
    const gone = await sql<{ id: string }>(
      `select id from employees where department = 'Gone' and organization_id = $1`,
      [own.id],
    );
    for (const { id } of [last, ...gone]) await terminate(own.owner, id);
    expect(await own.owner.request(gql`{ departments { name count } }`)).toEqual({
      departments: [
        { name: 'Éclairs', count: 1 },
        { name: 'Operations', count: 1 },
        { name: expect.stringMatching(/^sales$/i), count: 1 },
        { name: expect.stringMatching(/^sales$/i), count: 1 },
      ],
    });
  });

  test('direct reports are a list of their own and need employee:read', async () => {
    const boss = await create(owner);
    for (const lastName of ['Able', 'Baker', 'Charlie']) await create(owner, { lastName, managerId: boss.id });
    const Reports = gql`
      query ($id: ID!) {
        employee(id: $id) {
          directReports(first: 2, orderBy: [{ field: LAST_NAME }], filter: { lastName: { ne: "Baker" } }) {
            totalCount nodes { lastName manager { id } }
          }
        }
      }
    `;
    expect(await admin.request(Reports, { id: boss.id })).toEqual({
      employee: {
        directReports: {
          totalCount: 2,
          nodes: [
            { lastName: 'Able', manager: { id: boss.id } },
            { lastName: 'Charlie', manager: { id: boss.id } },
          ],
        },
      },
    });
  });

  test('are searched by name, address, department and job title', async () => {
    const word = `w${v7().slice(-8)}`;
    await create(owner, { firstName: `${word}a` });
    await create(owner, { lastName: `${word}b` });
    await create(owner, { email: `${word}c@staff.example` });
    await create(owner, { department: `${word}d` });
    await create(owner, { jobTitle: `${word}e` });
    await create(owner, { emergencyContact: word });
    const Search = gql`query ($word: String!) { employees(search: $word) { totalCount } }`;
    expect(await owner.request(Search, { word: word.toUpperCase() })).toEqual({ employees: { totalCount: 5 } });
  });

  test('of customers and activities follow their assignee', async () => {
    const rep = await tenant.member('Sales Rep');
    const { id } = await create(owner, { userId: rep.id });
    await insertRows('customers', [customerRow(tenant.id, { assigned_to_id: id })]);
    await insertRows('activities', [activityRow(tenant.id, { assigned_to_id: id })]);
    expect(
      await rep.request(gql`{
        customers(filter: { mine: true }) { totalCount }
        activities(filter: { mine: true }) { totalCount }
      }`),
    ).toEqual({ customers: { totalCount: 1 }, activities: { totalCount: 1 } });
  });
});
