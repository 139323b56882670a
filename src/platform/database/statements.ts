import { channel } from 'node:diagnostics_channel';
import pg from 'pg';

/** Every statement sent on a connection of ours, as `{ text }`; nothing listens unless a test or a tool asks. */
const statements = channel('crm.sql');

/**
 * A connection that tells of its statements. It never mistakes a refused commit for a commit: PostgreSQL answers COMMIT
 * of a failed transaction with the tag ROLLBACK and no error. And a broken one counts as rolled back, which it is: the
 * query builder would otherwise never give it back to its pool, which in time would have none left.
 */
export class Client extends pg.Client {
  private isBroken = false;

  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // A connection that breaks fails its query, which reports it; the event alone would end the process.
    this.on('error', () => {
      this.isBroken = true;
    });
    this.on('end', () => {
      this.isBroken = true;
    });
  }

  // biome-ignore lint/suspicious/noExplicitAny: the overloads of pg
  override query(...args: any[]): any {
    const text: string = typeof args[0] === 'string' ? args[0] : args[0].text;
    if (statements.hasSubscribers) statements.publish({ text });
    const answer = (super.query as (...args: unknown[]) => unknown).apply(this, args);
    if (/^commit$/i.test(text) && answer instanceof Promise) return answer.then(refuseRollback);
    if (/^rollback$/i.test(text) && answer instanceof Promise)
      return answer.catch((error: unknown) => {
        if (this.isBroken) return rolledBack;
        throw error;
      });
    return answer;
  }
}

const rolledBack = { command: 'ROLLBACK', rowCount: null, rows: [], fields: [], oid: 0 };

function refuseRollback(result: pg.QueryResult): pg.QueryResult {
  if (result.command === 'ROLLBACK') throw new Error('PostgreSQL rolled the transaction back instead of committing it');
  return result;
}
