import { Deal } from '../crm/deals/deal.js';
import { PipelineStage } from '../crm/pipelines/pipeline-stage.js';
import { type Row, sql } from '../platform/database/sql.js';
import { Projection } from '../platform/reading/projection.js';
import type { Reader, Summarized } from '../platform/reading/reader.js';
import type { Selection } from '../platform/reading/selection.js';
import { each, type Figures } from './figures.js';

/** All stages in order, those of the default pipeline first, each with figures over the deals on it. */
export async function stageFigures(
  read: Reader,
  figures: Figures,
  selection: Selection,
  { pipelineId, ...rows }: Summarized & { pipelineId?: string | null },
): Promise<Row[]> {
  const columns = new Projection(read.viewer);
  const stageOf = columns.add(sql`t.stage_id`);
  const answer = each(figures)(columns, selection);
  const [stages, groups] = await Promise.all([
    read.all(PipelineStage, selection.at('stage'), {
      narrowing: () => (pipelineId ? sql`t.pipeline_id = ${pipelineId}::uuid` : sql`true`),
      order: sql`
        (
          select (not p.is_default, p.name_sort, p.id)
          from pipelines p
          where p.organization_id = t.organization_id
            and p.id = t.pipeline_id
        ),
        t."order"`,
    }),
    read.summary(Deal, { ...rows, by: [sql`t.stage_id`, sql`t.currency`] }, columns),
  ]);
  const byStage = Map.groupBy(groups, stageOf);
  return stages.map((stage) => ({ stage, ...answer(byStage.get(stage.id) ?? []) }));
}
