import pg from 'pg';
import { v7 } from 'uuid';
import type { PooledClient } from './driver/client.js';
import { sql } from './sql.js';

/** Facts that the log tells about the changes of a transaction; its trigger reads them from the settings. */
export interface ChangeSetFacts {
  /** Root fields of the document. */
  operations: readonly string[];
  requestId: string | null;
  source: 'API' | 'UNDO' | 'SEED';
  /** Null for a person. */
  apiKeyId: string | null;
  /** Id of the change set that is undone. */
  undoesId?: string;
}

/** `set local` commands that announce a change set. PostgreSQL writes it with the transaction's first change. */
export const announcing = (facts: ChangeSetFacts): string =>
  `set local app.change_set_id = '${v7()}'; set local app.change_set = ${pg.escapeLiteral(JSON.stringify(facts))}; ` +
  "set local app.change_set_open = ''";

/** SQL for the id of the change set that the transaction has written; null if it has changed nothing. */
export const openChangeSet = sql`nullif(split_part(current_setting('app.change_set_open'), ' ', 1), '')::uuid`;

/** Id of the change set that the transaction has written; null if it has changed nothing, or if it has failed. */
export async function writtenChangeSet(client: PooledClient): Promise<string | null> {
  // Costs less than a SELECT, which PostgreSQL would plan.
  const answer = await client.query<{ 'app.change_set_open': string }>('show app.change_set_open').catch(() => null);
  const [row] = answer?.rows ?? [];
  return row?.['app.change_set_open'].split(' ')[0] || null;
}
