import { Name, Reference, Text } from '../../platform/records/decorators.js';
import { ExternalRecord } from '../../platform/records/tenant-record.js';
import { Customer } from '../customers/customer.js';
import { Lead } from '../leads/lead.js';
import { Pipeline } from '../pipelines/pipeline.js';
import { PipelineStage } from '../pipelines/pipeline-stage.js';
import { Code } from '../properties.js';

/** The title of a deal, those who buy, and its place in a pipeline. */
export abstract class DealPlace extends ExternalRecord {
  @Code('DEAL-0001')
  code!: string;

  @Name({
    description: 'Title of the deal, 3–200 characters.',
    min: 3,
    max: 200,
    required: true,
    input: true,
    filter: true,
    order: true,
    search: true,
  })
  title!: string;

  @Text({ description: 'Free text about the deal, at most 10,000 characters.', nullable: true, input: true })
  description: string | null = null;

  @Reference(() => Customer, {
    description: 'The customer who buys; null while only a lead is known.',
    create: 'Id of the customer who buys; default: the customer that the lead became.',
    update: 'Id of the customer who buys; a won deal must have one. Null is refused if the deal has no lead then.',
    upsert:
      'Id of the customer who buys; when creating, default: the customer that the lead became. Null is refused if an ' +
      'existing deal has no lead then.',
    filter: true,
  })
  customer?: Customer | null;
  customerId: string | null = null;

  @Reference(() => Lead, {
    description: 'The lead that the deal came from.',
    create: 'Id of the lead that the deal came from.',
    update: 'Id of the lead that the deal came from. Null is refused if the deal has no customer then.',
    upsert: 'Id of the lead that the deal came from. Null is refused if an existing deal has no customer then.',
    filter: true,
  })
  lead?: Lead | null;
  leadId: string | null = null;

  @Reference(() => Pipeline, {
    description: 'Pipeline that the deal moves through; null only if it was deleted after the deal was closed.',
    create: "Id of the pipeline; default: that of `stageId`, else the organization's default pipeline.",
    update:
      'Id of the pipeline to move to; without `stageId` the deal enters the matching stage there. Null is refused ' +
      'while the deal has a pipeline.',
    upsert:
      'Id of the pipeline; without `stageId` an existing deal enters the matching stage there. Null is refused while ' +
      'an existing deal has a pipeline.',
    filter: true,
  })
  pipeline?: Pipeline | null;
  pipelineId: string | null = null;

  @Reference(() => PipelineStage, {
    description: 'Stage of the pipeline; null only if it was deleted after the deal was closed.',
    create: 'Id of the stage; default: the first open stage. A won or lost stage creates a closed deal.',
    update:
      'Id of the stage to move to, with the same effects as `moveDealStage`. Null is refused while the deal has a ' +
      'stage.',
    upsert:
      'Id of the stage; moving an existing deal has the same effects as `moveDealStage`. Null is refused while an ' +
      'existing deal has a stage.',
    filter: true,
  })
  stage?: PipelineStage | null;
  stageId: string | null = null;
}
