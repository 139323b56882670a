import { sql } from '../platform/database/sql.js';
import { Choice, Computed, Flag, Id, Instant, Int, Reference } from '../platform/records/decorators.js';
import { Record } from '../platform/records/record.js';
import { declareEnum } from '../platform/schema/enums.js';
import { ChangeSet } from './change-set.js';
import type { LoggedValues } from './field-changes.js';
import { RecordType } from './record-types.js';

export const ChangeAction = declareEnum(
  'ChangeAction',
  'The kind of a change.',
  { CREATED: 'The record was created.', UPDATED: 'Fields of the record changed.', DELETED: 'The record was deleted.' },
  'the kind of a change',
);
export type ChangeAction = keyof typeof ChangeAction;

@Record({
  table: 'changes',
  view: true,
  plural: 'changes',
  description: 'One change of one record, as the log keeps it.',
  defaultOrder: [{ field: 'ID', direction: 'DESC' }],
  defaultOrderText: 'newest first',
  policies: [],
})
export class Change {
  @Id({ description: 'Unique id of the change; that of a later change of the same record is greater.' })
  id!: string;

  @Instant({ description: 'When the transaction of the change began.', by: 'time', filter: true })
  at!: Date;

  @Choice(RecordType, { description: 'The type of the changed record.', filter: true })
  recordType!: RecordType;

  @Id({ description: 'Id of the changed record, which may be gone.', by: 'id of the changed record', filter: true })
  recordId!: string;

  @Choice(ChangeAction, { description: 'The kind of the change.', by: 'kind', filter: true })
  action!: ChangeAction;

  @Int({
    description: 'Version of the record after the change; of a deleted one, its last. Null without versions.',
    nullable: true,
  })
  version!: number | null;

  @Flag({ description: 'Whether the values were erased by `eraseRecord`; `fields` is then empty.' })
  isErased!: boolean;

  @Reference(() => ChangeSet, {
    description: 'The change set to which the change belongs.',
    nullable: false,
    filter: true,
  })
  changeSet?: ChangeSet;
  changeSetId!: string;

  @Computed(
    'json',
    { description: 'The stored values.', hidden: true },
    ({ table }) => sql`
    json_build_object('type', ${table}.record_type, 'id', ${table}.record_id,
      'before', ${table}.before, 'after', ${table}.after)`,
  )
  readonly fields!: LoggedValues;

  @Computed(
    'json',
    { description: 'The id of the record.', hidden: true },
    ({ table }) => sql`to_json(${table}.record_id)`,
  )
  readonly record!: string;
}
