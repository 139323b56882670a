import { column, type Fragment, sql } from '../../platform/database/sql.js';
import type { Constraints } from '../../platform/records/constraints.js';
import type { ExpressionScope } from '../../platform/records/property.js';

export const dealConstraints: Constraints = {
  keys: { code: ['code'] },
  indexes: {
    status: ['status'],
    stage: ['stageId', 'createdAt', 'id'],
    pipeline: ['pipelineId', 'status'],
    customer: ['customerId', 'createdAt', 'id'],
    lead: ['leadId', 'createdAt', 'id'],
    assigned: ['assignedToId', 'status'],
    expected_close: { over: ['expectedCloseDate', 'id'], where: "(status = 'OPEN'::text)" },
    actual_close: { over: ['actualCloseDate', 'id'], where: "(status = 'WON'::text)" },
  },
  checks: {
    open:
      "((status <> 'OPEN'::text) OR ((actual_close_date IS NULL) AND (lost_reason IS NULL) " +
      'AND (pipeline_id IS NOT NULL) AND (stage_id IS NOT NULL)))',
    won:
      "((status <> 'WON'::text) OR ((probability = (100)::numeric) AND (actual_close_date IS NOT NULL) " +
      'AND (lost_reason IS NULL)))',
    lost: `((status <> 'LOST'::text) OR ((probability = (0)::numeric) AND (actual_close_date IS NOT NULL)))`,
    expected_revenue: '(NOT (expected_revenue IS DISTINCT FROM round(((value * probability) / (100)::numeric), 2)))',
  },
};

export const stageOrder = (alias: string): Fragment => sql`
        (
          select s."order"
          from pipeline_stages s
          where s.organization_id = ${column(alias, 'organization_id')}
            and s.id = ${column(alias, 'stage_id')}
        )`;

export const daysInStage = ({ table }: ExpressionScope): Fragment => sql`
      case when ${table}.status = 'OPEN' then (
        select greatest(floor(extract(epoch from now() - max(h.changed_at)) / 86400), 0)::integer
        from deal_stage_changes h
        where h.organization_id = ${table}.organization_id
          and h.deal_id = ${table}.id
      ) end`;
