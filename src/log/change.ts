import type { Viewer } from '../platform/auth/viewer.js';
import { type Fragment, sql } from '../platform/database/sql.js';
import { Choice, Computed, Flag, Id, Instant, Int, Reference } from '../platform/records/decorators.js';
import { Record } from '../platform/records/record.js';
import { ChangeAction } from './change-action.js';
import { ChangeSet } from './change-set.js';
import { FieldChange } from './field-change.js';
import { type ChangedField, changedFields, type LoggedValues, namesByType } from './field-changes.js';
import { RecordType } from './record-type.js';

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
    description: 'Version of the record after the change; for a deletion, the last version. Null without versions.',
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
    {
      description:
        'The fields that changed, for creations and deletions all that have a value. Fields that the caller may not ' +
        'see, such as a salary, are left out.',
      type: () => [FieldChange],
      shaped: (values, viewer) => changedFields(values as LoggedValues, viewer),
    },
    ({ table }) => sql`
    json_build_object('type', ${table}.record_type, 'id', ${table}.record_id,
      'before', ${shown(table, 'before')}, 'after', ${shown(table, 'after')})`,
  )
  readonly fields!: ChangedField[];

  @Computed(
    'json',
    { description: 'The id of the record.', hidden: true },
    ({ table }) => sql`to_json(${table}.record_id)`,
  )
  readonly record!: string;

  @Computed(
    'tags',
    {
      description: 'The names of the fields that changed.',
      by: 'names of the changed fields, as `fields` tells them',
      filter: true,
      hidden: true,
    },
    ({ table, viewer }) => sql`
      array_remove(array(
        select ${namesFor(viewer, table)} -> ${table}.record_type ->> stored.key
        from jsonb_each(coalesce(${shown(table, 'after')}, ${shown(table, 'before')})) as stored
        where stored.value <> 'null'::jsonb
          or coalesce(${shown(table, 'before')} -> stored.key, 'null'::jsonb) <> 'null'::jsonb
      ), null)`,
  )
  readonly changedFields!: string[];

  @Computed(
    'id',
    {
      description: 'The customer that the change is about.',
      by:
        'customer: changes of the customer itself, and of deals and activities that belong to it, belonged to it ' +
        'when they were deleted, or leave it with the change',
      filter: true,
      hidden: true,
      alternative: ({ table }) => sql`
        case when ${table}.record_type in ('DEAL', 'ACTIVITY') and ${table}.action = 'UPDATED'
          then (${table}.before ->> 'customer_id')::uuid
        end`,
    },
    ({ table }) => sql`
      case ${table}.record_type
        when 'CUSTOMER' then ${table}.record_id
        when 'DEAL' then ${customerOf(table, 'deals')}
        when 'ACTIVITY' then ${customerOf(table, 'activities')}
      end`,
  )
  readonly customerId!: string | null;
}

/** The names of the fields that the viewer sees. Of the own record, these may be more. */
function namesFor(viewer: Viewer, table: Fragment): Fragment {
  const own = viewer.organization?.selfId;
  const [names, ownNames] = [namesByType(viewer), own && namesByType(viewer, own)];
  if (!own || names === ownNames) return sql`${names}::jsonb`;
  // The cast of a bare parameter is done once; around the case it would be done for each field of each change.
  return sql`(case ${table}.record_id when ${own}::uuid then ${ownNames}::jsonb else ${names}::jsonb end)`;
}

/** The values of a change; of an erased record, the log may still have the id of its customer. */
const shown = (table: Fragment, column: 'before' | 'after'): Fragment =>
  sql`case when not ${table}.is_erased then ${table}.${sql.ref(column)} end`;

/** The customer to which a record refers; else the one that it lost last, by a deletion or an update. */
const customerOf = (table: Fragment, of: string): Fragment => sql`
  coalesce(
    (
      select present.customer_id
      from ${sql.ref(of)} as present
      where present.organization_id = ${table}.organization_id
        and present.id = ${table}.record_id
    ),
    (
      select (removal.before ->> 'customer_id')::uuid
      from changes as removal
      where removal.organization_id = ${table}.organization_id
        and removal.record_id = ${table}.record_id
        and removal.before ->> 'customer_id' is not null
        and removal.after ->> 'customer_id' is null
      order by removal.id desc
      limit 1
    )
  )`;
