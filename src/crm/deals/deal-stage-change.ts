import { v7 } from 'uuid';
import { Choice, Id, Instant, Reference, Text } from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { Organization } from '../organizations/organization.js';
import { PipelineStage } from '../pipelines/pipeline-stage.js';
import { tenantPolicies } from '../policies.js';
import { User } from '../users/user.js';
import { DealStatus } from './deal.enums.js';
import { Deal } from './deal.js';

/** Append-only: written with each change of stage or status, never changed afterwards. */
@Record({
  table: 'deal_stage_changes',
  plural: 'stage changes',
  description: "An entry of a deal's stage history; entries never change.",
  resource: 'deal',
  defaultOrderText: 'newest first',
  defaultOrder: [{ field: 'CHANGED_AT', direction: 'DESC' }],
  indexes: { deal: ['dealId', 'changedAt', 'id'], stage: ['toStageId', 'changedAt'], from: ['fromStageId'] },
  policies: tenantPolicies,
})
export class DealStageChange {
  @Id({ description: 'Unique id of the entry, a UUIDv7.' })
  id: string = v7();

  @Reference(() => Organization, {
    description: 'The organization.',
    onDelete: 'restrict',
    tenant: false,
    hidden: true,
  })
  organization?: unknown;
  organizationId!: string;

  @Reference(() => Deal, { description: 'The deal that changed.', onDelete: 'cascade' })
  deal?: Deal;
  dealId!: string;

  @Reference(() => PipelineStage, {
    description: 'Stage before the change; null at creation, or if the stage was deleted.',
    by: 'stage before the change',
    filter: true,
  })
  fromStage?: PipelineStage | null;
  fromStageId: string | null = null;

  @Reference(() => PipelineStage, {
    description: 'Stage after the change; null if the stage was deleted.',
    by: 'stage after the change',
    filter: true,
  })
  toStage?: PipelineStage | null;
  toStageId: string | null = null;

  @Text({
    description: 'Name of the stage before the change, at that time; null at creation.',
    max: 255,
    nullable: true,
  })
  fromStageName: string | null = null;

  @Text({ description: 'Name of the stage after the change, at that time.', max: 255 })
  toStageName!: string;

  @Choice(DealStatus, {
    description: 'Status before the change; null at creation.',
    nullable: true,
    by: 'status before the change',
    filter: true,
  })
  fromStatus: DealStatus | null = null;

  @Choice(DealStatus, { description: 'Status after the change.', by: 'status after the change', filter: true })
  toStatus!: DealStatus;

  @Reference(() => User, {
    description: 'The user who made the change; null if the account was deleted.',
    tenant: false,
    by: 'author of the change',
    filter: true,
  })
  changedBy?: User | null;
  changedById: string | null = null;

  @Instant({ description: 'When the change was made.', by: 'time of the change', filter: true, order: true })
  changedAt: Date = new Date();
}
