import { ApiKey, seesApiKeys } from '../crm/api-keys/api-key.js';
import { User } from '../crm/users/user.js';
import { sql } from '../platform/database/sql.js';
import { Choice, Computed, Id, Instant, Reference, Tags, Text } from '../platform/records/decorators.js';
import { Record } from '../platform/records/record.js';
import { declareEnum } from '../platform/schema/enums.js';
import { isListed } from './own-sets.js';
import { visibleTypes } from './record-types.js';

const ChangeSource = declareEnum(
  'ChangeSource',
  'The origin of a change set.',
  {
    API: 'A mutation document.',
    UNDO: 'The mutation `undoChangeSet`.',
    SEED: 'The demo data or other data that an operator loaded.',
    SYSTEM: 'The server itself, or somebody with direct access to the database.',
  },
  'an origin',
);
type ChangeSource = keyof typeof ChangeSource;

/** The author of the changes, as stored. */
export interface StoredActor {
  userId: string | null;
  apiKeyId: string | null;
}

@Record({
  table: 'change_sets',
  view: true,
  plural: 'change sets',
  description: 'The changes of one mutation document, or of one transaction outside of the API.',
  defaultOrder: [{ field: 'ID', direction: 'DESC' }],
  defaultOrderText: 'newest first',
  policies: [],
})
export class ChangeSet {
  @Id({ description: 'Unique id of the change set, a UUIDv7; `extensions.changeSetId` of the answer.', filter: true })
  id!: string;

  @Instant({ description: 'When the transaction began.', by: 'time', filter: true })
  at!: Date;

  @Text({ description: 'Name of the user or API key at that time; `System` for changes of neither.' })
  actorName!: string;

  @Tags({ description: 'Root fields of the document; empty for changes outside of the API.', filter: true })
  operations!: string[];

  @Computed(
    'text',
    {
      description:
        'Id of the request, as in the log of the server; null outside of the API, and for change sets of others ' +
        'without organization:update.',
      nullable: true,
    },
    ({ table, viewer }) => sql`case when ${isListed(viewer, table)} then ${table}.request_id end`,
  )
  readonly requestId!: string | null;

  @Choice(ChangeSource, { description: 'The origin of the changes.', by: 'origin', filter: true })
  source!: ChangeSource;

  @Reference(() => User, {
    description:
      'The user who made the changes; of a former member, as when the membership ended. Null for API keys, changes ' +
      'without an author, and deleted accounts.',
    tenant: false,
    filter: true,
  })
  user?: User | null;
  userId!: string | null;

  @Reference(() => ApiKey, {
    description: 'The API key that made the changes; null for others, and for callers who may not list API keys.',
    by: 'API key',
    filter: true,
    seenAs: ({ table, viewer }) => (seesApiKeys(viewer) ? sql`${table}.api_key_id` : sql`null::uuid`),
  })
  apiKey?: ApiKey | null;
  apiKeyId!: string | null;

  @Computed(
    'json',
    { description: 'The id of the undone change set.', hidden: true },
    ({ table }) => sql`to_json(${table}.undoes_id)`,
  )
  readonly undoes!: string | null;

  @Computed(
    'tags',
    {
      description: 'Types of the changed records.',
      by: 'types of the records of which the caller sees changes, e.g. `{ has: "CUSTOMER" }`',
      filter: true,
      hidden: true,
    },
    ({ table, viewer }) => sql`
      array(
        select distinct change.record_type
        from changes as change
        where change.organization_id = ${table}.organization_id
          and change.change_set_id = ${table}.id
          and change.record_type = any(${visibleTypes(viewer)}::text[])
      )`,
  )
  readonly recordTypes!: string[];

  @Computed(
    'json',
    { description: 'The ids of user and API key.', hidden: true },
    ({ table }) => sql`json_build_object('userId', ${table}.user_id, 'apiKeyId', ${table}.api_key_id)`,
  )
  readonly actor!: StoredActor;
}
