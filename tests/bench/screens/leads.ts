import { author, firstPage, instant, mine, person, type Row, type Screen, type Subjects } from './screen.js';

const row = (r: Row) => ({
  id: r.id,
  version: r.version,
  code: r.code,
  name: r.name,
  email: r.email,
  phone: r.phone,
  companyName: r.company_name,
  jobTitle: r.job_title,
  source: r.source,
  status: r.status,
  qualificationStatus: r.qualification_status,
  leadScore: r.lead_score,
  estimatedValue: r.estimated_value,
  isConverted: r.is_converted,
  assignedTo: person(r.assigned_to_id, r.assignee),
  createdAt: r.created_at,
});

const assignee = 'left join employees a on a.organization_id = l.organization_id and a.id = l.assigned_to_id';

export const leadScreens = ({ organization, lead }: Subjects): Screen[] => [
  {
    operation: 'LeadsList',
    postgraphile: `{ leads: allLeads(first: 25, offset: 0, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) {
      totalCount pageInfo { hasNextPage hasPreviousPage }
      nodes { id: rowId version code name email phone companyName jobTitle source status qualificationStatus leadScore
        estimatedValue isConverted
        assignedTo: employeeByOrganizationIdAndAssignedToId { id: rowId firstName lastName } createdAt } } }`,
    bare: {
      text: `select l.id, l.version, l.code, l.name, l.email, l.phone, l.company_name, l.job_title, l.source, l.status,
        l.qualification_status, l.lead_score, l.estimated_value, l.is_converted, l.assigned_to_id,
        a.first_name || ' ' || a.last_name as assignee, l.created_at,
        (select count(*)::integer from leads where organization_id = ${mine}) as total
        from leads l ${assignee} where l.organization_id = ${mine} order by l.created_at desc, l.id desc limit 26`,
      shape: (rows) => ({ leads: firstPage(rows, row) }),
    },
  },
  {
    operation: 'LeadDetail',
    variables: { id: lead },
    postgraphile: `{ lead: leadByOrganizationIdAndRowId(organizationId: "${organization}", rowId: "${lead}") {
        id: rowId version code name status qualificationStatus leadScore estimatedValue isConverted convertedAt
        assignedTo: employeeByOrganizationIdAndAssignedToId { id: rowId firstName lastName email }
        companyName jobTitle email phone street city state country postalCode source campaign referrer description tags
        convertedBy: employeeByOrganizationIdAndConvertedById { id: rowId firstName lastName }
        convertedCustomer: customerByOrganizationIdAndConvertedCustomerId { id: rowId code name }
        deals: dealsByOrganizationIdAndLeadId(first: 25, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) {
          nodes { id: rowId code title value currency status
            stage: pipelineStageByOrganizationIdAndStageId { id: rowId name } } }
        activities: activitiesByOrganizationIdAndLeadId(first: 25, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) {
          totalCount pageInfo { hasNextPage endCursor }
          nodes { id: rowId activityType title description status scheduledAt completedAt createdAt
            createdBy: userByCreatedById { id: rowId firstName lastName } } }
        createdAt updatedAt }
      employees: allEmployees(first: 100, condition: { status: "ACTIVE" }, orderBy: [LAST_NAME_SORT_ASC, ROW_ID_ASC]) {
        nodes { id: rowId firstName lastName } } }`,
    bare: {
      text: `select l.*, a.first_name || ' ' || a.last_name as assignee, a.email as assignee_email,
        k.first_name || ' ' || k.last_name as converter, c.code as customer_code, c.name as customer_name,
        (select json_agg(json_build_object('id', x.id, 'code', x.code, 'title', x.title, 'value', x.value::text,
           'currency', x.currency, 'status', x.status,
           'stage', case when x.stage_id is not null then json_build_object('id', x.stage_id, 'name', x.stage) end))
         from (select d.*, s.name as stage
           from deals d left join pipeline_stages s on s.organization_id = d.organization_id and s.id = d.stage_id
           where d.organization_id = l.organization_id and d.lead_id = l.id
           order by d.created_at desc, d.id desc limit 25) x) as deals,
        (select json_agg(json_build_object('id', x.id, 'activityType', x.activity_type, 'title', x.title,
           'description', x.description, 'status', x.status, 'scheduledAt', ${instant('x.scheduled_at')},
           'completedAt', ${instant('x.completed_at')}, 'createdAt', ${instant('x.created_at')},
           'createdBy', x.created_by))
         from (select n.*, ${author('n.created_by_id')} as created_by from activities n
           where n.organization_id = l.organization_id and n.lead_id = l.id
           order by n.created_at desc, n.id desc limit 25) x) as activities,
        (select count(*)::integer from activities n where n.organization_id = l.organization_id
           and n.lead_id = l.id) as activity_count,
        (select json_agg(json_build_object('id', e.id, 'fullName', e.first_name || ' ' || e.last_name)
           order by e.last_name_sort, e.id)
         from employees e where e.organization_id = l.organization_id and e.status = 'ACTIVE') as employees
        from leads l ${assignee}
        left join customers c on c.organization_id = l.organization_id and c.id = l.converted_customer_id
        left join employees k on k.organization_id = l.organization_id and k.id = l.converted_by_id
        where l.organization_id = ${mine} and l.id = $1`,
      values: [lead],
      shape: ([r]) => ({
        lead: {
          ...row(r),
          convertedAt: r.converted_at,
          assignedTo:
            r.assigned_to_id === null ? null : { id: r.assigned_to_id, fullName: r.assignee, email: r.assignee_email },
          street: r.street,
          city: r.city,
          state: r.state,
          country: r.country,
          postalCode: r.postal_code,
          campaign: r.campaign,
          referrer: r.referrer,
          description: r.description,
          tags: r.tags,
          convertedBy: person(r.converted_by_id, r.converter),
          convertedCustomer:
            r.converted_customer_id === null
              ? null
              : { id: r.converted_customer_id, code: r.customer_code, name: r.customer_name },
          deals: { nodes: r.deals ?? [] },
          activities: {
            totalCount: r.activity_count,
            pageInfo: { hasNextPage: r.activity_count > 25, endCursor: null },
            nodes: r.activities ?? [],
          },
          updatedAt: r.updated_at,
        },
        employees: { nodes: r.employees ?? [] },
      }),
    },
  },
];
