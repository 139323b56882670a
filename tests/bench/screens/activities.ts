import { author, firstPage, mine, named, person, type Row, type Screen, type Subjects } from './screen.js';

const relations = `left join customers c on c.organization_id = t.organization_id and c.id = t.customer_id
  left join leads l on l.organization_id = t.organization_id and l.id = t.lead_id
  left join deals d on d.organization_id = t.organization_id and d.id = t.deal_id
  left join employees a on a.organization_id = t.organization_id and a.id = t.assigned_to_id`;

const titled = (id: string | null, title: string | null) => (id === null ? null : { id, title });

const row = (r: Row) => ({
  id: r.id,
  version: r.version,
  activityType: r.activity_type,
  title: r.title,
  description: r.description,
  customerName: r.customer_name,
  status: r.status,
  isPinned: r.is_pinned,
  scheduledAt: r.scheduled_at,
  completedAt: r.completed_at,
  createdAt: r.created_at,
  customer: named(r.customer_id, r.customer),
  lead: named(r.lead_id, r.lead),
  deal: titled(r.deal_id, r.deal),
  assignedTo: person(r.assigned_to_id, r.assignee),
  createdBy: r.author,
});

export const activityScreens = ({ organization, activity }: Subjects): Screen[] => [
  {
    operation: 'Activities',
    postgraphile: `{ activities: allActivities(first: 25, offset: 0, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) {
      totalCount pageInfo { hasNextPage }
      nodes { id: rowId version activityType title description customerName status isPinned scheduledAt completedAt
        createdAt
        customer: customerByOrganizationIdAndCustomerId { id: rowId name }
        lead: leadByOrganizationIdAndLeadId { id: rowId name }
        deal: dealByOrganizationIdAndDealId { id: rowId title }
        assignedTo: employeeByOrganizationIdAndAssignedToId { id: rowId firstName lastName }
        createdBy: userByCreatedById { id: rowId firstName lastName } } } }`,
    bare: {
      text: `select t.id, t.version, t.activity_type, t.title, t.description, t.customer_name, t.status, t.is_pinned,
        t.scheduled_at, t.completed_at, t.created_at, t.customer_id, c.name as customer, t.lead_id, l.name as lead,
        t.deal_id, d.title as deal, t.assigned_to_id, a.first_name || ' ' || a.last_name as assignee,
        ${author('t.created_by_id')} as author,
        (select count(*)::integer from activities where organization_id = ${mine}) as total
        from activities t ${relations} where t.organization_id = ${mine}
        order by t.created_at desc, t.id desc limit 26`,
      shape: (rows) => ({ activities: firstPage(rows, row, { withPrevious: false }) }),
    },
  },
  {
    operation: 'ActivityDetail',
    variables: { id: activity },
    postgraphile: `{
      activity: activityByOrganizationIdAndRowId(organizationId: "${organization}", rowId: "${activity}") {
      id: rowId version activityType title description status scheduledAt completedAt durationMinutes tags phoneNumber
      callDuration emailSubject emailBody meetingLocation meetingUrl attendees taskPriority taskDueDate
      assignedTo: employeeByOrganizationIdAndAssignedToId { id: rowId firstName lastName }
      customer: customerByOrganizationIdAndCustomerId { id: rowId name email phone }
      lead: leadByOrganizationIdAndLeadId { id: rowId name }
      deal: dealByOrganizationIdAndDealId { id: rowId title
        stage: pipelineStageByOrganizationIdAndStageId { id: rowId name } } } }`,
    bare: {
      text: `select t.*, c.name as customer, c.email as customer_email, c.phone as customer_phone, l.name as lead,
        d.title as deal, d.stage_id, s.name as stage, a.first_name || ' ' || a.last_name as assignee
        from activities t ${relations}
        left join pipeline_stages s on s.organization_id = d.organization_id and s.id = d.stage_id
        where t.organization_id = ${mine} and t.id = $1`,
      values: [activity],
      shape: ([r]) => ({
        activity: {
          id: r.id,
          version: r.version,
          activityType: r.activity_type,
          title: r.title,
          description: r.description,
          status: r.status,
          scheduledAt: r.scheduled_at,
          completedAt: r.completed_at,
          durationMinutes: r.duration_minutes,
          tags: r.tags,
          phoneNumber: r.phone_number,
          callDuration: r.call_duration,
          emailSubject: r.email_subject,
          emailBody: r.email_body,
          meetingLocation: r.meeting_location,
          meetingUrl: r.meeting_url,
          attendees: r.attendees,
          taskPriority: r.task_priority,
          taskDueDate: r.task_due_date,
          assignedTo: person(r.assigned_to_id, r.assignee),
          customer:
            r.customer_id === null
              ? null
              : { id: r.customer_id, name: r.customer, email: r.customer_email, phone: r.customer_phone },
          lead: named(r.lead_id, r.lead),
          deal: r.deal_id === null ? null : { id: r.deal_id, title: r.deal, stage: named(r.stage_id, r.stage) },
        },
      }),
    },
  },
];
