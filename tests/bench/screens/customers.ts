import { author, firstPage, instant, mine, named, person, type Row, type Screen, type Subjects } from './screen.js';

const row = (r: Row) => ({
  id: r.id,
  version: r.version,
  code: r.code,
  fullName: r.full_name,
  companyName: r.company_name,
  email: r.email,
  phone: r.phone,
  customerType: r.customer_type,
  status: r.status,
  assignedTo: person(r.assigned_to_id, r.assignee),
  createdAt: r.created_at,
});

const assignee = 'left join employees a on a.organization_id = c.organization_id and a.id = c.assigned_to_id';
const names = `coalesce(c.first_name || ' ' || c.last_name, c.name) as full_name,
  a.first_name || ' ' || a.last_name as assignee`;

export const customerScreens = ({ organization, customer }: Subjects): Screen[] => [
  {
    operation: 'CustomersList',
    postgraphile: `{ customers: allCustomers(first: 25, offset: 0, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) {
      totalCount pageInfo { hasNextPage hasPreviousPage }
      nodes { id: rowId version code name firstName lastName companyName email phone customerType status
        assignedTo: employeeByOrganizationIdAndAssignedToId { id: rowId firstName lastName } createdAt } } }`,
    bare: {
      text: `select c.id, c.version, c.code, c.company_name, c.email, c.phone, c.customer_type, c.status,
        c.assigned_to_id, c.created_at, ${names},
        (select count(*)::integer from customers where organization_id = ${mine}) as total
        from customers c ${assignee} where c.organization_id = ${mine}
        order by c.created_at desc, c.id desc limit 26`,
      shape: (rows) => ({ customers: firstPage(rows, row) }),
    },
  },
  {
    operation: 'CustomerDetail',
    variables: { id: customer },
    postgraphile: `{
      customer: customerByOrganizationIdAndRowId(organizationId: "${organization}", rowId: "${customer}") {
      id: rowId version code name firstName lastName customerType companyName contactPerson email phone website
      industry status rating tags source paymentTerms creditLimit taxId description street city state country
      postalCode createdAt updatedAt
      assignedTo: employeeByOrganizationIdAndAssignedToId { id: rowId firstName lastName jobTitle }
      convertedFromLead: leadByOrganizationIdAndConvertedFromLeadId { id: rowId name convertedAt }
      notes: activitiesByOrganizationIdAndCustomerId(
        first: 20, condition: { activityType: "NOTE" }, orderBy: [IS_PINNED_DESC, CREATED_AT_DESC, ROW_ID_DESC]
      ) { totalCount nodes { id: rowId version title description isPinned createdAt
          createdBy: userByCreatedById { id: rowId firstName lastName } } }
      activities: activitiesByOrganizationIdAndCustomerId(first: 20, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) {
        totalCount pageInfo { hasNextPage endCursor }
        nodes { id: rowId activityType title description status scheduledAt completedAt createdAt
          createdBy: userByCreatedById { id: rowId firstName lastName }
          deal: dealByOrganizationIdAndDealId { id: rowId title } } }
      deals: dealsByOrganizationIdAndCustomerId(first: 25, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) {
        totalCount nodes { id: rowId code title value currency probability expectedRevenue expectedCloseDate status
          stage: pipelineStageByOrganizationIdAndStageId { id: rowId name }
          assignedTo: employeeByOrganizationIdAndAssignedToId { id: rowId firstName lastName } } } } }`,
    bare: {
      text: `select c.*, ${names}, a.job_title, l.name as lead_name, ${instant('l.converted_at')} as lead_converted,
        (select json_agg(json_build_object('id', x.id, 'version', x.version, 'title', x.title,
           'description', x.description, 'isPinned', x.is_pinned, 'createdAt', ${instant('x.created_at')},
           'createdBy', x.created_by))
         from (select n.*, ${author('n.created_by_id')} as created_by from activities n
           where n.organization_id = c.organization_id and n.customer_id = c.id and n.activity_type = 'NOTE'
           order by n.is_pinned desc, n.created_at desc, n.id desc limit 20) x) as notes,
        (select count(*)::integer from activities n where n.organization_id = c.organization_id
           and n.customer_id = c.id and n.activity_type = 'NOTE') as note_count,
        (select json_agg(json_build_object('id', x.id, 'activityType', x.activity_type, 'title', x.title,
           'description', x.description, 'status', x.status, 'scheduledAt', ${instant('x.scheduled_at')},
           'completedAt', ${instant('x.completed_at')}, 'createdAt', ${instant('x.created_at')},
           'createdBy', x.created_by, 'deal', x.deal))
         from (select n.*, ${author('n.created_by_id')} as created_by,
             case when d.id is not null then json_build_object('id', d.id, 'title', d.title) end as deal
           from activities n left join deals d on d.organization_id = n.organization_id and d.id = n.deal_id
           where n.organization_id = c.organization_id and n.customer_id = c.id
           order by n.created_at desc, n.id desc limit 20) x) as activities,
        (select count(*)::integer from activities n where n.organization_id = c.organization_id
           and n.customer_id = c.id) as activity_count,
        (select json_agg(json_build_object('id', x.id, 'code', x.code, 'title', x.title, 'value', x.value::text,
           'currency', x.currency, 'probability', x.probability::text, 'expectedRevenue', x.expected_revenue::text,
           'expectedCloseDate', x.expected_close_date, 'status', x.status,
           'stage', case when x.stage_id is not null then json_build_object('id', x.stage_id, 'name', x.stage) end,
           'assignedTo', case when x.assigned_to_id is not null
             then json_build_object('id', x.assigned_to_id, 'fullName', x.assignee) end))
         from (select d.*, s.name as stage, e.first_name || ' ' || e.last_name as assignee
           from deals d left join pipeline_stages s on s.organization_id = d.organization_id and s.id = d.stage_id
           left join employees e on e.organization_id = d.organization_id and e.id = d.assigned_to_id
           where d.organization_id = c.organization_id and d.customer_id = c.id
           order by d.created_at desc, d.id desc limit 25) x) as deals,
        (select count(*)::integer from deals d where d.organization_id = c.organization_id
           and d.customer_id = c.id) as deal_count
        from customers c ${assignee}
        left join leads l on l.organization_id = c.organization_id and l.id = c.converted_from_lead_id
        where c.organization_id = ${mine} and c.id = $1`,
      values: [customer],
      shape: ([r]) => ({
        customer: {
          ...row(r),
          name: r.name,
          firstName: r.first_name,
          lastName: r.last_name,
          contactPerson: r.contact_person,
          website: r.website,
          industry: r.industry,
          rating: r.rating,
          tags: r.tags,
          source: r.source,
          paymentTerms: r.payment_terms,
          creditLimit: r.credit_limit,
          taxId: r.tax_id,
          description: r.description,
          street: r.street,
          city: r.city,
          state: r.state,
          country: r.country,
          postalCode: r.postal_code,
          updatedAt: r.updated_at,
          assignedTo:
            r.assigned_to_id === null ? null : { id: r.assigned_to_id, fullName: r.assignee, jobTitle: r.job_title },
          convertedFromLead:
            r.converted_from_lead_id === null
              ? null
              : { ...named(r.converted_from_lead_id, r.lead_name), convertedAt: r.lead_converted },
          notes: { totalCount: r.note_count, nodes: r.notes ?? [] },
          activities: {
            totalCount: r.activity_count,
            pageInfo: { hasNextPage: r.activity_count > 20, endCursor: null },
            nodes: r.activities ?? [],
          },
          deals: { totalCount: r.deal_count, nodes: r.deals ?? [] },
        },
      }),
    },
  },
];
