import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { newCustomer } from '../support/customers.js';
import {
  createEmployee,
  employeeOf,
  expectBad,
  organizationWithAdmin,
  readEmployee,
  type StaffedOrganization,
  updateEmployee,
} from '../support/employees.js';
import { roleNamed } from '../support/permissions.js';
import { refusal } from '../support/server.js';

let world: StaffedOrganization;
beforeAll(async () => {
  world = await organizationWithAdmin();
});

describe('updateEmployee', () => {
  test('changes what is given, clears what is null, leaves the rest', async () => {
    const { id, ...made } = await createEmployee(world.owner, { jobTitle: 'Clerk', phone: '555 123 4567' });
    const changed = await updateEmployee(world.owner, id, { jobTitle: null, department: 'Sales', salary: '1' }, 1);
    expect(changed).toEqual({
      ...made,
      id,
      version: 2,
      jobTitle: null,
      department: 'Sales',
      salary: '1.00',
      updatedAt: expect.any(String),
    });
    expect(await updateEmployee(world.owner, id, { department: 'Sales', salary: '1.0' })).toEqual(changed);
    expect(await refusal(updateEmployee(world.owner, id, { city: 'X' }, 1))).toMatchObject({
      code: 'VERSION_CONFLICT',
      currentVersion: 2,
    });
    await expectBad(updateEmployee(world.owner, id, { lastName: null }), 'input.lastName', 'REQUIRED');
    await expectBad(
      updateEmployee(world.owner, id, { status: 'TERMINATED' }),
      'input.status',
      'NOT_ALLOWED',
      'TERMINATION_ONLY',
    );
    await expectBad(updateEmployee(world.owner, id, { employmentType: 'CONTRACT' }), 'input.hireDate', 'REQUIRED');
    expect(await readEmployee(world.owner, id)).toEqual(changed);
  });

  test('a contract keeps its first day', async () => {
    const { id } = await createEmployee(world.owner, { employmentType: 'CONTRACT', hireDate: '2020-01-01' });
    await expectBad(updateEmployee(world.owner, id, { hireDate: null }), 'input.hireDate', 'REQUIRED');
    expect(await updateEmployee(world.owner, id, { hireDate: null, employmentType: 'INTERN' })).toMatchObject({
      hireDate: null,
    });
  });

  test('nobody is one’s own manager, directly or by others', async () => {
    const a = await createEmployee(world.owner);
    const b = await createEmployee(world.owner, { managerId: a.id });
    const c = await createEmployee(world.owner, { managerId: b.id });
    for (const managerId of [a.id, b.id, c.id])
      await expectBad(
        updateEmployee(world.owner, a.id, { managerId }),
        'input.managerId',
        'NOT_ALLOWED',
        'MANAGER_CYCLE',
      );
    expect(await updateEmployee(world.owner, b.id, { managerId: null })).toMatchObject({ manager: null });
    expect(await updateEmployee(world.owner, a.id, { managerId: c.id })).toMatchObject({ manager: { id: c.id } });
  });

  test('two changes at once close no circle', async () => {
    const [a, b] = [await createEmployee(world.owner), await createEmployee(world.owner)];
    const tries = await Promise.allSettled([
      updateEmployee(world.owner, a.id, { managerId: b.id }),
      updateEmployee(world.owner, b.id, { managerId: a.id }),
    ]);
    const lost = tries.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(lost).toHaveLength(1);
    expect(await refusal(Promise.reject(lost[0]!.reason))).toMatchObject({ reason: 'MANAGER_CYCLE' });
  });

  test('without employee:update one changes one’s own contact data only', async () => {
    const rep = await world.tenant.member('Sales Rep');
    const { id } = await createEmployee(world.owner, { userId: rep.id, salary: '10' });
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
    expect(await updateEmployee(rep, id, allowed)).toMatchObject({ ...allowed, salary: '10.00' });
    for (const input of [
      { jobTitle: 'Boss' },
      { firstName: 'X' },
      { email: 'new@staff.example' },
      { department: 'Sales' },
      { salary: '99' },
      { managerId: await world.tenant.employee() },
      { status: 'ON_LEAVE' },
      { userId: null },
      { phone: '555 765 4322', hireDate: '2020-01-01' },
    ])
      expect(await refusal(updateEmployee(rep, id, input))).toMatchObject({
        code: 'FORBIDDEN',
        reason: 'SELF_EDIT_LIMITED',
      });
    for (const other of [await world.tenant.employee(), v7(), await world.foreign.employee()])
      for (const input of [{ phone: '555 765 4321' }, { email: 'bad' }])
        expect(await refusal(updateEmployee(rep, other, input))).toMatchObject({
          code: 'FORBIDDEN',
          reason: 'MISSING_PERMISSION',
          permission: 'employee:update',
        });
  });

  test('with employee:update one’s own role, pay and status stay out of reach, unless one is an owner', async () => {
    const boss = await world.tenant.member('Admin');
    const { id } = await createEmployee(world.owner, { userId: boss.id, salary: '10' });
    for (const input of [
      { roleId: await roleNamed(world.tenant, 'Viewer') },
      { salary: '11' },
      { commissionRate: '1' },
      { status: 'INACTIVE' },
      { userId: null },
    ])
      expect(await refusal(updateEmployee(boss, id, input))).toMatchObject({
        code: 'FORBIDDEN',
        reason: 'SELF_EDIT_LIMITED',
      });
    expect(await updateEmployee(boss, id, { salary: '10.00', status: 'ACTIVE', jobTitle: 'Boss' })).toMatchObject({
      jobTitle: 'Boss',
    });
    expect(
      await updateEmployee(world.owner, await employeeOf(world.owner.id), { salary: '5', commissionRate: '1' }),
    ).toMatchObject({
      salary: '5.00',
    });
  });

  test('a member without employee record changes nobody', async () => {
    const nobody = await world.tenant.member();
    expect(await refusal(updateEmployee(nobody, await world.tenant.employee(), { city: 'X' }))).toMatchObject({
      permission: 'employee:update',
    });
  });
});

describe('pay', () => {
  const Pay = gql`query ($id: ID!) { employee(id: $id) { salary commissionRate } }`;

  test('is seen by owners, by employee:update and by oneself, else null without an error, at any depth', async () => {
    const [rep, viewer] = [await world.tenant.member('Sales Rep'), await world.tenant.member('Viewer')];
    const { id } = await createEmployee(world.owner, { userId: rep.id, salary: '70000', commissionRate: '5' });
    const customer = await newCustomer(world.owner, { assignedToId: id });
    const Nested = gql`query ($id: ID!) { customer(id: $id) { assignedTo { id salary commissionRate } } }`;
    for (const [person, sees] of [
      [world.owner, true],
      [world.admin, true],
      [rep, true],
      [viewer, false],
    ] as const) {
      const pay = { salary: sees ? '70000.00' : null, commissionRate: sees ? '5.00' : null };
      expect(await person.request(Pay, { id })).toEqual({ employee: pay });
      expect(await person.request(Nested, { id: customer.id })).toEqual({ customer: { assignedTo: { id, ...pay } } });
    }
    expect(await rep.request(Pay, { id: await employeeOf(world.owner.id) })).toEqual({
      employee: { salary: null, commissionRate: null },
    });
  });
});
