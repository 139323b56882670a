import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import type { Fields } from '../support/customers.js';
import { CountCustomers } from '../support/customers.js';
import { sql } from '../support/database.js';
import {
  createEmployee,
  employeeOf,
  expectBad,
  freshEmail,
  organizationWithAdmin,
  readEmployee,
  type StaffedOrganization,
  updateEmployee,
} from '../support/employees.js';
import { roleNamed, roleWith } from '../support/permissions.js';
import { refusal } from '../support/server.js';

let world: StaffedOrganization;
beforeAll(async () => {
  world = await organizationWithAdmin();
});

const Own = gql`{ me { employee { id } profiles { profileType status isPrimary } } }`;

/** A role that holds one permission that Admins of this organization do not. */
const strongRole = async () => roleWith(world.tenant, ['vendor:delete']);

describe('createEmployee', () => {
  test('takes what it is told and defaults the rest', async () => {
    const managerId = await world.tenant.employee();
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
    const made = await createEmployee(world.admin, {
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
    expect(await readEmployee(world.owner, made.id)).toEqual(made);
    expect(await createEmployee(world.admin)).toMatchObject({
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
    ['a picture that is not a URL', { profileImage: 'javascript:alert(1)' }, 'profileImage', 'INVALID'],
    ['a phone number of six digits', { phone: '123456' }, 'phone', 'INVALID'],
    ['a day before 1900', { hireDate: '1899-12-31' }, 'hireDate', 'OUT_OF_RANGE'],
    ['a contract without first day', { employmentType: 'CONTRACT' }, 'hireDate', 'REQUIRED'],
    ['status null', { status: null }, 'status', 'REQUIRED'],
  ])('refuses %s', async (_what, input, field, code) => {
    await expectBad(createEmployee(world.owner, input), `input.${field}`, code);
  });

  test('cannot create anybody TERMINATED', async () => {
    await expectBad(
      createEmployee(world.owner, { status: 'TERMINATED' }),
      'input.status',
      'NOT_ALLOWED',
      'TERMINATION_ONLY',
    );
  });

  test('an e-mail address is taken once per organization, in any case', async () => {
    const { id, email } = await createEmployee(world.owner);
    expect(await refusal(createEmployee(world.owner, { email: String(email).toUpperCase() }))).toMatchObject({
      code: 'CONFLICT',
      reason: 'DUPLICATE_EMAIL',
      existingId: id,
      fields: [{ path: 'input.email', code: 'NOT_UNIQUE' }],
    });
    await expect(createEmployee(world.foreign.owner, { email })).resolves.toBeDefined();
    const other = await createEmployee(world.owner);
    expect(await refusal(updateEmployee(world.owner, other.id, { email }))).toMatchObject({
      reason: 'DUPLICATE_EMAIL',
    });
  });

  test('of two with one address at once a single one is created', async () => {
    const email = freshEmail();
    const tries = await Promise.allSettled([
      createEmployee(world.owner, { email }),
      createEmployee(world.owner, { email }),
    ]);
    const lost = tries.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(lost).toHaveLength(1);
    expect(await refusal(Promise.reject(lost[0]!.reason))).toMatchObject({ reason: 'DUPLICATE_EMAIL' });
  });

  test('links an active member, who gets an EMPLOYEE profile if there is none', async () => {
    const member = await world.tenant.member();
    await sql('delete from user_profiles where user_id = $1', [member.id]);
    const made = await createEmployee(world.admin, { userId: member.id });
    expect(made.user).toEqual({ id: member.id });
    expect(await member.as(world.tenant.id).request(Own)).toEqual({
      me: { employee: { id: made.id }, profiles: [{ profileType: 'EMPLOYEE', status: 'ACTIVE', isPrimary: true }] },
    });
  });

  test('does not lift a suspension by linking the user', async () => {
    const member = await world.tenant.member();
    await sql(`update user_profiles set status = 'SUSPENDED' where user_id = $1`, [member.id]);
    const { id } = await createEmployee(world.admin, { userId: member.id });
    await updateEmployee(world.admin, id, { userId: null });
    await updateEmployee(world.admin, id, { userId: member.id });
    expect(await sql('select status from user_profiles where user_id = $1', [member.id])).toEqual([
      { status: 'SUSPENDED' },
    ]);
  });

  test('finds no user who is not an active member', async () => {
    const former = await world.tenant.member();
    await world.owner.request(gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`, {
      id: former.membershipId,
    });
    for (const userId of [v7(), world.foreign.owner.id, former.id])
      expect(await refusal(createEmployee(world.owner, { userId }))).toMatchObject({
        code: 'NOT_FOUND',
        fields: [{ path: 'input.userId', code: 'NOT_FOUND' }],
      });
  });

  test('links a user to one record only', async () => {
    const existingId = await employeeOf(world.owner.id);
    const { id } = await createEmployee(world.owner);
    for (const refused of await Promise.all(
      [
        createEmployee(world.owner, { userId: world.owner.id }),
        updateEmployee(world.owner, id, { userId: world.owner.id }),
      ].map(refusal),
    ))
      expect(refused).toMatchObject({ code: 'CONFLICT', reason: 'USER_ALREADY_EMPLOYEE', existingId });
  });

  test('finds no manager or role of another organization', async () => {
    const [managerId, theirRole] = [await world.foreign.employee(), await roleNamed(world.foreign, 'Viewer')];
    for (const [field, value] of [
      ['managerId', managerId],
      ['managerId', v7()],
      ['roleId', theirRole],
      ['roleId', v7()],
    ] as const)
      expect(await refusal(createEmployee(world.owner, { [field]: value }))).toMatchObject({
        code: 'NOT_FOUND',
        fields: [{ path: `input.${field}` }],
      });
  });

  test('gives a role at once, if it is active and grants nothing that the caller lacks', async () => {
    const member = await world.tenant.member();
    const made = await createEmployee(world.admin, {
      userId: member.id,
      roleId: await roleNamed(world.tenant, 'Viewer'),
    });
    expect(made.role).toMatchObject({ name: 'Viewer' });
    await expect(member.request(CountCustomers)).resolves.toBeDefined();
    const strong = await strongRole();
    expect(await refusal(createEmployee(world.admin, { roleId: strong }))).toMatchObject({
      code: 'FORBIDDEN',
      reason: 'PERMISSION_NOT_HELD',
    });
    expect(await refusal(updateEmployee(world.admin, made.id, { roleId: strong }))).toMatchObject({
      reason: 'PERMISSION_NOT_HELD',
    });
    await expect(createEmployee(world.owner, { roleId: strong })).resolves.toMatchObject({ role: { id: strong } });
    await sql('update roles set is_active = false where id = $1', [strong]);
    await expectBad(createEmployee(world.owner, { roleId: strong }), 'input.roleId', 'NOT_ALLOWED', 'ROLE_INACTIVE');
    await expectBad(
      updateEmployee(world.owner, made.id, { roleId: strong }),
      'input.roleId',
      'NOT_ALLOWED',
      'ROLE_INACTIVE',
    );
  });

  test('nobody grants more than one holds by linking a user to the record of a stronger role', async () => {
    const { id } = await createEmployee(world.owner, { roleId: await strongRole() });
    const userId = (await world.tenant.member()).id;
    expect(await refusal(updateEmployee(world.admin, id, { userId }))).toMatchObject({ reason: 'PERMISSION_NOT_HELD' });
    expect(await updateEmployee(world.admin, id, { userId, roleId: null })).toMatchObject({
      user: { id: userId },
      role: null,
    });
  });

  test('numbers employees without a gap that matters: every code is its own', async () => {
    const codes = (await Promise.all(Array.from({ length: 4 }, () => createEmployee(world.owner)))).map(
      ({ code }) => code,
    );
    expect(new Set(codes).size).toBe(4);
  });
});
