import { expect, test } from '@jest/globals';
import type { CreateActivityInput } from '../src/crm/activities/activity.inputs.js';
import type { Activity } from '../src/crm/activities/activity.js';
import type { CreateDealInput, UpdateDealInput } from '../src/crm/deals/deal.inputs.js';
import type { Deal } from '../src/crm/deals/deal.js';
import type { StageFigures } from '../src/crm/deals/deal-figures.js';
import type { PipelineStage } from '../src/crm/pipelines/pipeline-stage.js';
import type { Changes } from '../src/platform/records/inputs.js';
import type { RecordRow } from '../src/platform/records/record-row.js';

// The compiler checks these: an expected error that does not occur is an error of its own.

test('an input has the fields that the schema offers, and no others', () => {
  const creation: CreateDealInput = { title: 'Licences', stageId: null };
  const change: UpdateDealInput = { addTags: ['renewal'] };
  // @ts-expect-error the stage determines the status
  creation.status = 'WON';
  // @ts-expect-error the server numbers deals
  creation.code = 'X-1';
  // @ts-expect-error SQL computes it
  change.daysInStage = 3;
  // @ts-expect-error only a creation may bring it along
  change.createdAt = '2026-03-01T09:30:00.000Z';
  // @ts-expect-error a title cannot be cleared
  change.title = null;
  // @ts-expect-error a new deal needs a title
  const untitled: CreateDealInput = {};
  expect(untitled).toEqual({});
});

test('days, instants and decimals arrive as text', () => {
  const completed: Pick<CreateActivityInput, 'completedAt'> = { completedAt: '2026-03-01T09:30:00.000Z' };
  // @ts-expect-error an instant is not a Date
  completed.completedAt = new Date(0);
  const deal: UpdateDealInput = { value: '12.50', expectedCloseDate: '2026-03-01' };
  // @ts-expect-error a decimal is not a number
  deal.value = 12.5;
  const changes: Changes<Activity> = { completedAt: '2026-03-01T09:30:00.000Z' };
  // @ts-expect-error the record has no such property
  changes.colour = 'red';
  const assigned: Changes<Deal> = {};
  // @ts-expect-error SQL computes it
  assigned.isWon = true;
  // @ts-expect-error a getter cannot be assigned
  assigned.standing = null;
  // @ts-expect-error a relation is assigned by its id
  assigned.stage = null;
  expect(changes.completedAt).toBe('2026-03-01T09:30:00.000Z');
});

test('queries read rows, which are not entities', () => {
  const row: RecordRow<Deal> = { id: 'x', createdAt: '2026-03-01T09:30:00.000Z', customer: { id: 'y', name: 'Ada' } };
  // @ts-expect-error an instant is read as text
  const at: Date | undefined = row.createdAt;
  // @ts-expect-error a row has no verbs
  row.moveTo?.(row.stage);
  // @ts-expect-error a property that is not selected is missing
  const title: string = row.title;
  // @ts-expect-error a row cannot be changed
  row.title = 'Licences';
  expect([at, title, row.title]).toEqual([row.createdAt, undefined, 'Licences']);
});

test('a field below a record gets its row', () => {
  const root: Parameters<StageFigures['dealCount']>[0] = { id: 'x' };
  // @ts-expect-error the stage is not loaded as an entity
  const stage: PipelineStage = root;
  expect(stage).toEqual({ id: 'x' });
});
