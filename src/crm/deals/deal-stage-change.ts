import { Index } from '@mikro-orm/decorators/legacy';
import { v7 } from 'uuid';
import { Choice, Id, Instant, Reference, Text } from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { Organization } from '../organizations/organization.js';
import { PipelineStage } from '../pipelines/pipeline-stage.js';
import { tenantPolicies } from '../policies.js';
import { User } from '../users/user.js';
import { Deal, DealStatus } from './deal.js';

/** Append-only: written with each change of stage or status, never changed afterwards. */
@Index({ name: 'deal_stage_changes_deal_index', properties: ['organizationId', 'dealId', 'changedAt', 'id'] })
@Index({ name: 'deal_stage_changes_stage_index', properties: ['organizationId', 'toStageId', 'changedAt'] })
@Index({ name: 'deal_stage_changes_from_index', properties: ['organizationId', 'fromStageId'] })
@Record({
  table: 'deal_stage_changes',
  plural: 'stage changes',
  description: "One entry of a deal's stage history; never changed afterwards.",
  resource: 'deal',
  defaultOrder: [{ field: 'CHANGED_AT', direction: 'DESC' }],
  policies: tenantPolicies,
})
export class DealStageChange {
  @Id({ description: 'Id, UUIDv7.' })
  id: string = v7();

  @Reference(() => Organization, {
    description: 'The organization.',
    onDelete: 'restrict',
    tenant: false,
    hidden: true,
  })
  organization?: unknown;
  organizationId!: string;

  @Reference(() => Deal, { description: 'The deal.', onDelete: 'cascade' })
  deal?: Deal;
  dealId!: string;

  @Reference(() => PipelineStage, {
    description: 'Stage before; null at creation or when the stage was deleted since.',
  })
  fromStage?: PipelineStage | null;
  fromStageId: string | null = null;

  @Reference(() => PipelineStage, { description: 'Stage after; null when the stage was deleted since.' })
  toStage?: PipelineStage | null;
  toStageId: string | null = null;

  @Text({ description: 'Name of the stage before, as it was then; null at creation.', max: 255, nullable: true })
  fromStageName: string | null = null;

  @Text({ description: 'Name of the stage after, as it was then.', max: 255 })
  toStageName!: string;

  @Choice(DealStatus, { description: 'Status before; null at creation.', nullable: true })
  fromStatus: DealStatus | null = null;

  @Choice(DealStatus, { description: 'Status after.' })
  toStatus!: DealStatus;

  @Reference(() => User, { description: 'Who did it; null when the account is gone.', tenant: false })
  changedBy?: User | null;
  changedById: string | null = null;

  @Instant({ description: 'When it was done.', order: true, by: 'time of the change' })
  changedAt: Date = new Date();
}
