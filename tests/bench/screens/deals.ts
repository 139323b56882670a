import { author, firstPage, instant, mine, named, person, type Row, type Screen, type Subjects } from './screen.js';

const columns = `d.id, d.version, d.code, d.title, d.value, d.currency, d.probability, d.expected_revenue,
  d.expected_close_date, d.priority, d.status, d.customer_id, c.name as customer_name, d.stage_id,
  s.name as stage_name, s."order" as stage_order, d.assigned_to_id, a.first_name || ' ' || a.last_name as assignee`;

const relations = `left join customers c on c.organization_id = d.organization_id and c.id = d.customer_id
  left join pipeline_stages s on s.organization_id = d.organization_id and s.id = d.stage_id
  left join employees a on a.organization_id = d.organization_id and a.id = d.assigned_to_id`;

const row = (r: Row) => ({
  id: r.id,
  version: r.version,
  code: r.code,
  title: r.title,
  value: r.value,
  currency: r.currency,
  probability: r.probability,
  expectedRevenue: r.expected_revenue,
  expectedCloseDate: r.expected_close_date,
  priority: r.priority,
  status: r.status,
  customer: named(r.customer_id, r.customer_name),
  stage: r.stage_id === null ? null : { id: r.stage_id, name: r.stage_name, order: r.stage_order },
  assignedTo: person(r.assigned_to_id, r.assignee),
  createdAt: r.created_at,
});

const rowFields = `id: rowId version code title value currency probability expectedRevenue expectedCloseDate priority
  status customer: customerByOrganizationIdAndCustomerId { id: rowId name }
  stage: pipelineStageByOrganizationIdAndStageId { id: rowId name order }
  assignedTo: employeeByOrganizationIdAndAssignedToId { id: rowId firstName lastName } createdAt`;

const newestDeals = `from deals d ${relations} where d.organization_id = ${mine} order by d.created_at desc, d.id desc`;

export const dealScreens = ({ organization, deal }: Subjects): Screen[] => [
  {
    operation: 'DealsList',
    postgraphile: `{ deals: allDeals(first: 25, offset: 0, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) {
      totalCount pageInfo { hasNextPage hasPreviousPage } nodes { ${rowFields} } } }`,
    bare: {
      text: `select ${columns}, d.created_at,
        (select count(*)::integer from deals where organization_id = ${mine}) as total ${newestDeals} limit 26`,
      shape: (rows) => ({ deals: firstPage(rows, row) }),
    },
  },
  {
    operation: 'DealsScroll',
    postgraphile: `{ deals: allDeals(first: 50, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) {
      pageInfo { hasNextPage endCursor } edges { cursor node { ${rowFields} } } } }`,
    bare: {
      text: `select ${columns}, d.created_at ${newestDeals} limit 51`,
      shape: (rows) => {
        const edges = rows.slice(0, 50).map((r) => ({ cursor: `${r.created_at} ${r.id}`, node: row(r) }));
        const pageInfo = { hasNextPage: rows.length > 50, endCursor: edges.at(-1)?.cursor ?? null };
        return { deals: { pageInfo, edges } };
      },
    },
  },
  {
    operation: 'DealDetail',
    variables: { id: deal },
    postgraphile: `{ deal: dealByOrganizationIdAndRowId(organizationId: "${organization}", rowId: "${deal}") {
      id: rowId version code title value currency probability expectedRevenue status lostReason actualCloseDate
      stage: pipelineStageByOrganizationIdAndStageId { id: rowId name order }
      description expectedCloseDate priority source tags createdAt updatedAt
      customer: customerByOrganizationIdAndCustomerId { id: rowId name email phone }
      lead: leadByOrganizationIdAndLeadId { id: rowId name }
      assignedTo: employeeByOrganizationIdAndAssignedToId { id: rowId firstName lastName email }
      pipeline: pipelineByOrganizationIdAndPipelineId { id: rowId name
        stages: pipelineStagesByOrganizationIdAndPipelineId(orderBy: ORDER_ASC) {
          nodes { id: rowId name order probability isActive isClosedWon isClosedLost } } }
      stageHistory: dealStageChangesByOrganizationIdAndDealId(first: 20, orderBy: [CHANGED_AT_DESC, ROW_ID_DESC]) {
        nodes { id: rowId fromStageName toStageName fromStatus toStatus changedAt
          changedBy: userByChangedById { id: rowId firstName lastName } } }
      notes: activitiesByOrganizationIdAndDealId(
        first: 20, condition: { activityType: "NOTE" }, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]
      ) { totalCount nodes { id: rowId title description isPinned createdAt
          createdBy: userByCreatedById { id: rowId firstName lastName } } }
      activities: activitiesByOrganizationIdAndDealId(first: 20, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) {
        totalCount nodes { id: rowId activityType title status scheduledAt completedAt createdAt
          createdBy: userByCreatedById { id: rowId firstName lastName } } } } }`,
    bare: {
      text: `select ${columns}, d.lost_reason, d.actual_close_date, d.description, d.source, d.tags, d.created_at,
        d.updated_at, c.email as customer_email, c.phone as customer_phone, d.lead_id, l.name as lead_name,
        a.email as assignee_email, d.pipeline_id, p.name as pipeline_name,
        (select json_agg(json_build_object('id', x.id, 'name', x.name, 'order', x."order",
           'probability', x.probability::text, 'isActive', x.is_active, 'isClosedWon', x.is_closed_won,
           'isClosedLost', x.is_closed_lost) order by x."order", x.id)
         from pipeline_stages x
         where x.organization_id = d.organization_id and x.pipeline_id = d.pipeline_id) as stages,
        (select json_agg(json_build_object('id', x.id, 'fromStageName', x.from_stage_name,
           'toStageName', x.to_stage_name, 'fromStatus', x.from_status, 'toStatus', x.to_status,
           'changedAt', ${instant('x.changed_at')}, 'changedBy', x.changed_by))
         from (select h.*, ${author('h.changed_by_id')} as changed_by from deal_stage_changes h
           where h.organization_id = d.organization_id and h.deal_id = d.id
           order by h.changed_at desc, h.id desc limit 20) x) as history,
        (select json_agg(json_build_object('id', x.id, 'title', x.title, 'description', x.description,
           'isPinned', x.is_pinned, 'createdAt', ${instant('x.created_at')}, 'createdBy', x.created_by))
         from (select n.*, ${author('n.created_by_id')} as created_by from activities n
           where n.organization_id = d.organization_id and n.deal_id = d.id and n.activity_type = 'NOTE'
           order by n.created_at desc, n.id desc limit 20) x) as notes,
        (select count(*)::integer from activities n where n.organization_id = d.organization_id and n.deal_id = d.id
           and n.activity_type = 'NOTE') as note_count,
        (select json_agg(json_build_object('id', x.id, 'activityType', x.activity_type, 'title', x.title,
           'status', x.status, 'scheduledAt', ${instant('x.scheduled_at')}, 'completedAt', ${instant('x.completed_at')},
           'createdAt', ${instant('x.created_at')}, 'createdBy', x.created_by))
         from (select n.*, ${author('n.created_by_id')} as created_by from activities n
           where n.organization_id = d.organization_id and n.deal_id = d.id
           order by n.created_at desc, n.id desc limit 20) x) as activities,
        (select count(*)::integer from activities n where n.organization_id = d.organization_id
           and n.deal_id = d.id) as activity_count
        from deals d ${relations} left join leads l on l.organization_id = d.organization_id and l.id = d.lead_id
        left join pipelines p on p.organization_id = d.organization_id and p.id = d.pipeline_id
        where d.organization_id = ${mine} and d.id = $1`,
      values: [deal],
      shape: ([r]) => ({
        deal: {
          ...row(r),
          isWon: r.status === 'WON',
          isLost: r.status === 'LOST',
          lostReason: r.lost_reason,
          actualCloseDate: r.actual_close_date,
          description: r.description,
          source: r.source,
          tags: r.tags,
          updatedAt: r.updated_at,
          customer:
            r.customer_id === null
              ? null
              : { id: r.customer_id, name: r.customer_name, email: r.customer_email, phone: r.customer_phone },
          lead: named(r.lead_id, r.lead_name),
          assignedTo:
            r.assigned_to_id === null ? null : { id: r.assigned_to_id, fullName: r.assignee, email: r.assignee_email },
          pipeline:
            r.pipeline_id === null ? null : { id: r.pipeline_id, name: r.pipeline_name, stages: r.stages ?? [] },
          stageHistory: { nodes: r.history ?? [] },
          notes: { totalCount: r.note_count, nodes: r.notes ?? [] },
          activities: { totalCount: r.activity_count, nodes: r.activities ?? [] },
        },
      }),
    },
  },
];
