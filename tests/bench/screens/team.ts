import { firstPage, mine, named, person, type Row, type Screen } from './screen.js';

const row = (r: Row) => ({
  id: r.id,
  version: r.version,
  code: r.code,
  fullName: `${r.first_name} ${r.last_name}`,
  firstName: r.first_name,
  lastName: r.last_name,
  email: r.email,
  phone: r.phone,
  jobTitle: r.job_title,
  department: r.department,
  employmentType: r.employment_type,
  status: r.status,
  hireDate: r.hire_date,
  role: named(r.role_id, r.role),
  manager: person(r.manager_id, r.manager),
  user: r.user_id === null ? null : { id: r.user_id, lastLoginAt: r.last_login_at },
});

export const teamScreens: Screen[] = [
  {
    operation: 'Team',
    postgraphile: `{ employees: allEmployees(first: 25, offset: 0, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) {
        totalCount pageInfo { hasNextPage }
        nodes { id: rowId version code firstName lastName email phone jobTitle department employmentType status hireDate
          role: roleByOrganizationIdAndRoleId { id: rowId name }
          manager: employeeByOrganizationIdAndManagerId { id: rowId firstName lastName }
          user: userByUserId { id: rowId lastLoginAt } } }
      active: allEmployees(first: 1, condition: { status: "ACTIVE" }) { totalCount }
      roles: allRoles(first: 100, condition: { isActive: true }, orderBy: [NAME_SORT_ASC, ROW_ID_ASC]) {
        nodes { id: rowId name } } }`,
    bare: {
      text: `select e.id, e.version, e.code, e.first_name, e.last_name, e.email, e.phone, e.job_title, e.department,
        e.employment_type, e.status, e.hire_date, e.role_id, r.name as role, e.manager_id,
        m.first_name || ' ' || m.last_name as manager, e.user_id, u.last_login_at,
        (select count(*)::integer from employees where organization_id = ${mine}) as total,
        (select count(*)::integer from employees where organization_id = ${mine} and status = 'ACTIVE') as active,
        (select json_agg(json_build_object('id', x.id, 'name', x.name) order by x.name_sort, x.id)
          from roles x where x.organization_id = ${mine} and x.is_active) as roles
        from employees e left join roles r on r.organization_id = e.organization_id and r.id = e.role_id
        left join employees m on m.organization_id = e.organization_id and m.id = e.manager_id
        left join users u on u.id = e.user_id
        where e.organization_id = ${mine} order by e.created_at desc, e.id desc limit 26`,
      shape: (rows) => ({
        employees: firstPage(rows, row, { withPrevious: false }),
        active: { totalCount: rows[0].active },
        roles: { nodes: rows[0].roles },
      }),
    },
  },
];
