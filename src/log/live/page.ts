import type { Viewer } from '../../platform/auth/viewer.js';
import { column, sql } from '../../platform/database/sql.js';
import { Events, StreamEnded } from '../../platform/graphql/streams/events.js';
import type { Reading } from '../../platform/graphql/streams/reading.js';
import type { Reader } from '../../platform/reading/reader.js';
import { Selection } from '../../platform/reading/selection.js';
import type { Filter } from '../../platform/records/filters.js';
import { Change } from '../change.js';
import type { ChangedField } from '../field-changes.js';
import type { Position } from '../position.js';
import { loggedKinds, type RecordType, visibleTypes } from '../record-types.js';
import { visibleChanges } from '../seen.js';
import type { LiveChange, Matches } from './matching.js';
import { rightsKey } from './rights-keys.js';

/** The value of `changeAdded` for an event; without a change it tells only how far the subscriber has come. */
export interface LiveEvent {
  cursor: string;
  changeId: string | null;
}

/** Which changes a subscriber gets. */
interface Wanted {
  viewer: Viewer;
  filter: Filter | null;
  /** Decides without the database; null if the filter needs it. */
  matches: Matches | null;
  /** Reads as the viewer, when it is the viewer's turn. */
  read: Reading;
}

/** The columns that are read of each change. */
export const liveSelection = Selection.from({
  nodes: Selection.from({
    ...Object.fromEntries(
      ['id', 'at', 'recordType', 'recordId', 'action', 'customerId', 'fields'].map((name) => [name, new Selection()]),
    ),
    changeSet: Selection.from(
      Object.fromEntries(['id', 'operations', 'source', 'actor'].map((name) => [name, new Selection()])),
    ),
  }),
});

export const eventOf = (cursor: string, changeId: string | null = null) => ({
  cursor,
  value: { cursor, changeId } satisfies LiveEvent,
});

/** An event that tells only how far a subscriber has come, and that nothing is lost. */
export const heartbeat = (cursor: string): Events => new Events([eventOf(cursor)]);

/** Changes that were read together, for all subscribers of an organization. */
export class Page {
  readonly events: Events;
  /** Characters of the values in its changes. */
  readonly characters: number;
  private readonly found = new Map<string, Promise<ReadonlySet<string>>>();

  constructor(
    readonly changes: readonly LiveChange[],
    cursors: readonly string[],
    /** The position of a subscriber who has read the page. */
    readonly end: Position,
  ) {
    this.characters = changes.reduce((sum, { fields }) => sum + fields.reduce(withLength, 0), 0);
    this.events = new Events(changes.map(({ id }, place) => eventOf(cursors[place]!, id)));
  }

  /** Whether rights may have changed with it. */
  get changesAccess(): boolean {
    return this.changes.some(({ recordType }) => decidesAccess(recordType as RecordType));
  }

  /** The places of the changes that a viewer may see and that match. */
  async placesFor({ viewer, filter, matches, read }: Wanted): Promise<number[]> {
    const types = typesOf(viewer);
    const seen = [...this.changes.keys()].filter((place) => types.has(this.changes[place]!.recordType));
    if (!filter || !seen.length) return seen;
    if (matches) return seen.filter((place) => matches(this.changes[place]!, viewer));
    const key = `${JSON.stringify(filter)} ${rightsKey(viewer, true)}`;
    const ids = await this.idsFor(key, () => read((reader) => this.find(reader, filter)));
    return seen.filter((place) => ids.has(this.changes[place]!.id));
  }

  /** The ids for a caller and filter, which are asked for once. If the stream that asks ends, another one asks. */
  private async idsFor(key: string, find: () => Promise<ReadonlySet<string>>): Promise<ReadonlySet<string>> {
    for (;;) {
      const known = this.found.get(key);
      const found = known ?? find();
      this.found.set(key, found);
      try {
        return await found;
      } catch (error) {
        if (!known || !(error instanceof StreamEnded)) throw error;
        if (this.found.get(key) === found) this.found.delete(key);
      }
    }
  }

  /** Asks the database. */
  private async find(read: Reader, filter: Filter): Promise<ReadonlySet<string>> {
    const ids = this.changes.map(({ id }) => id);
    const narrowing = (alias: string) => sql`
      ${visibleChanges(read.viewer)(alias)}
      and ${column(alias, 'id')} = any(${ids}::uuid[])`;
    const rows = await read.query<{ id: string }>(
      sql`select ${column('t', 'id')} ${read.listed(Change, { filter, narrowing })}`,
    );
    return new Set(rows.map(({ id }) => id));
  }
}

const withLength = (sum: number, { before, after }: ChangedField) => sum + lengthOf(before) + lengthOf(after);

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return value && typeof value === 'object' ? JSON.stringify(value).length : 0;
}

const decidesAccess = (type: RecordType): boolean =>
  Boolean(loggedKinds[type].isAccess) || type === 'EMPLOYEE' || type === 'ORGANIZATION';

const typesOfViewers = new WeakMap<Viewer, ReadonlySet<string>>();

function typesOf(viewer: Viewer): ReadonlySet<string> {
  const types = typesOfViewers.get(viewer) ?? new Set(visibleTypes(viewer));
  typesOfViewers.set(viewer, types);
  return types;
}
