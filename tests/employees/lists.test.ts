import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { activityRow, customerRow, insertRows } from '../support/customers.js';
import { sql } from '../support/database.js';
import {
  createEmployee,
  organizationWithAdmin,
  type StaffedOrganization,
  terminateEmployee,
} from '../support/employees.js';
import { newTenant } from '../support/tenant.js';

let world: StaffedOrganization;
beforeAll(async () => {
  world = await organizationWithAdmin();
});

describe('lists', () => {
  test('departments are trimmed, distinct, alphabetical, and count who is not terminated', async () => {
    const own = await newTenant();
    const inDepartment = (department: string | null) => createEmployee(own.owner, { department });
    for (const department of ['sales', ' Sales ', 'Operations', 'Éclairs', 'Gone', null, ' '])
      await inDepartment(department);
    const last = await inDepartment('Sales');
    const gone = await sql<{ id: string }>(
      `select id from employees where department = 'Gone' and organization_id = $1`,
      [own.id],
    );
    for (const { id } of [last, ...gone]) await terminateEmployee(own.owner, id);
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
    const boss = await createEmployee(world.owner);
    for (const lastName of ['Able', 'Baker', 'Charlie'])
      await createEmployee(world.owner, { lastName, managerId: boss.id });
    const Reports = gql`
      query ($id: ID!) {
        employee(id: $id) {
          directReports(first: 2, orderBy: [{ field: LAST_NAME }], filter: { lastName: { ne: "Baker" } }) {
            totalCount nodes { lastName manager { id } }
          }
        }
      }
    `;
    expect(await world.admin.request(Reports, { id: boss.id })).toEqual({
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
    await createEmployee(world.owner, { firstName: `${word}a` });
    await createEmployee(world.owner, { lastName: `${word}b` });
    await createEmployee(world.owner, { email: `${word}c@staff.example` });
    await createEmployee(world.owner, { department: `${word}d` });
    await createEmployee(world.owner, { jobTitle: `${word}e` });
    await createEmployee(world.owner, { emergencyContact: word });
    const Search = gql`query ($word: String!) { employees(search: $word) { totalCount } }`;
    expect(await world.owner.request(Search, { word: word.toUpperCase() })).toEqual({ employees: { totalCount: 5 } });
  });

  test('of customers and activities follow their assignee', async () => {
    const rep = await world.tenant.member('Sales Rep');
    const { id } = await createEmployee(world.owner, { userId: rep.id });
    await insertRows('customers', [customerRow(world.tenant.id, { assigned_to_id: id })]);
    await insertRows('activities', [activityRow(world.tenant.id, { assigned_to_id: id })]);
    expect(
      await rep.request(gql`{
        customers(filter: { mine: true }) { totalCount }
        activities(filter: { mine: true }) { totalCount }
      }`),
    ).toEqual({ customers: { totalCount: 1 }, activities: { totalCount: 1 } });
  });
});
