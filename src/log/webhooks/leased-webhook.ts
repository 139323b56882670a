import type { Pool } from 'pg';
import type { Viewer } from '../../platform/auth/viewer.js';
import { compile, type Fragment, type QueryRunner, type Row, sql } from '../../platform/database/sql.js';
import { transaction } from '../../platform/database/transaction.js';
import type { Cursors } from '../../platform/reading/cursor.js';
import { Reader } from '../../platform/reading/reader.js';
import type { Position } from '../position.js';

/** A webhook as `lease_webhook` gives it to the server that sends. */
export interface LeasedRow {
  organization_id: string;
  webhook_id: string;
  url: string;
  record_types: string[];
  actions: string[];
  /** Sealed, the current one first. */
  secrets: string[];
  position: Position;
  failing_since: string | null;
  /** When somebody last asked for a replay. */
  replayed_at: string | null;
  currency: string;
  time_zone: string;
  today: string;
  is_suspended: boolean;
  permissions: string[];
}

/** Another server, or somebody who has changed the webhook, has ended the lease. */
export class LeaseLost extends Error {}

/** A webhook for as long as this server holds its lease, and the transactions in its organization. */
export class LeasedWebhook {
  readonly viewer: Viewer;

  constructor(
    readonly lease: string,
    readonly row: LeasedRow,
    private readonly pool: Pool,
    private readonly cursors: Cursors,
  ) {
    this.viewer = viewerOf(row);
  }

  get id(): string {
    return this.row.webhook_id;
  }

  /** Reads in one snapshot what the responsible member may see; throws LeaseLost. */
  async reading<Value>(work: (read: Reader) => Promise<Value>): Promise<Value> {
    return this.transaction('reads', async (queries) => {
      const [held] = await queries.query(compile(sql`select where ${this.isHeld}`));
      if (!held) throw new LeaseLost();
      return work(new Reader(queries, () => this.viewer, this.cursors));
    });
  }

  /** Rows of a statement in a transaction of its own. */
  async write<Found extends object = Row>(statement: Fragment): Promise<Found[]> {
    return this.transaction('writes', (queries) => queries.query<Found>(compile(statement)));
  }

  /** The same for a statement that names the lease; throws LeaseLost if it has written no row. */
  async writeHeld<Found extends object = Row>(statement: Fragment): Promise<Found[]> {
    const written = await this.write<Found>(statement);
    if (!written.length) throw new LeaseLost();
    return written;
  }

  /**
   * Ends the lease with these values of `webhook_readers`; tells whether it was still held. They are computed when the
   * row is locked: whoever makes a delivery due at the same time is seen by them, or comes after them.
   */
  async release(values: Fragment): Promise<boolean> {
    const reader = sql`webhook_readers as r`;
    const held = sql`where ${this.of('r')} and r.lease = ${this.lease}::uuid`;
    return this.transaction('writes', async (queries) => {
      const [row] = await queries.query(compile(sql`select from ${reader} ${held} for update`));
      if (row) {
        await queries.query(compile(sql`update ${reader} set lease = null, lease_ends_at = null, ${values} ${held}`));
      }
      return row !== undefined;
    });
  }

  /** Rows that belong to the webhook. */
  of(alias: string): Fragment {
    return sql`
      ${sql.ref(alias)}.organization_id = ${this.row.organization_id}::uuid
      and ${sql.ref(alias)}.webhook_id = ${this.id}::uuid`;
  }

  /** Whether this server still holds the lease. */
  get isHeld(): Fragment {
    return sql`
      exists (
        select from webhook_readers as held
        where ${this.of('held')}
          and held.lease = ${this.lease}::uuid
      )`;
  }

  private transaction<Value>(kind: 'reads' | 'writes', work: (queries: QueryRunner) => Promise<Value>): Promise<Value> {
    return transaction(this.pool, { kind, organizationId: this.row.organization_id }, work);
  }
}

/** As an API key with all permissions of the responsible member. */
const viewerOf = (row: LeasedRow): Viewer => ({
  userId: null,
  sessionId: null,
  apiKey: { id: row.webhook_id, secretHash: '' },
  isSuperuser: false,
  now: new Date(),
  organization: {
    id: row.organization_id,
    currency: row.currency,
    timeZone: row.time_zone,
    today: row.today,
    isOwner: false,
    isSuspended: row.is_suspended,
    selfId: null,
    permissions: new Set(row.permissions),
  },
});
