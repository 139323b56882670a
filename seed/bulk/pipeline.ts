import { standardStages } from '../../src/crm/pipelines/standard-pipeline.js';
import { addRows, type BulkTenant, founding } from './tenant.js';

/** Adds the default pipeline with the standard stages, as founding an organization does. */
export async function addPipeline(tenant: BulkTenant): Promise<void> {
  const { client, organizationId } = tenant;
  const pipeline = { ...founding(tenant, 'pipeline'), organization_id: organizationId };
  const flags = { is_active: true, is_default: true };
  await addRows(client, 'pipelines', [{ ...pipeline, code: 'PIPE-0001', name: 'Sales', ...flags }]);
  const stages = standardStages.map(({ name, probability = '0', isClosedWon = false, isClosedLost = false }, n) => ({
    ...founding(tenant, `stage ${n + 1}`),
    organization_id: organizationId,
    pipeline_id: pipeline.id,
    name,
    order: n + 1,
    probability: isClosedWon ? '100' : probability,
    is_active: true,
    is_closed_won: isClosedWon,
    is_closed_lost: isClosedLost,
  }));
  await addRows(client, 'pipeline_stages', stages);
  await addRows(client, 'code_counters', [{ organization_id: organizationId, kind: 'PIPE', last: 1 }]);
}
