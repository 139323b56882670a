import { type EntityManager, send } from './orm.js';
import { neverAnswered } from './snapshot.js';
import { type QueryRunner, type Row, type Statement, sql } from './sql.js';

/**
 * Reads inside a mutation's transaction, one after the other, each in a savepoint: a failed read affects only its own
 * field.
 */
export class NestedReads implements QueryRunner {
  private last: Promise<unknown> = Promise.resolve();
  private hasEnded = false;

  constructor(private readonly em: EntityManager) {}

  query<Found extends object = Row>(statement: Statement): Promise<Found[]> {
    if (this.hasEnded) return neverAnswered();
    const rows = this.last.then(() => this.inSavepoint<Found>(statement));
    this.last = rows.catch(() => undefined);
    return rows;
  }

  /**
   * Waits for the reads that were begun. A field whose sibling failed may still ask, although the answer is complete;
   * by then the connection may belong to another request.
   */
  async end(): Promise<void> {
    this.hasEnded = true;
    await this.last;
  }

  private async inSavepoint<Found>(statement: Statement): Promise<Found[]> {
    const { em } = this;
    try {
      const [, rows] = await Promise.all([
        send(em, sql`savepoint nested_read`),
        send<Found>(em, statement),
        send(em, sql`release savepoint nested_read`),
      ]);
      return rows;
    } catch (error) {
      await send(em, sql`rollback to savepoint nested_read`);
      await send(em, sql`release savepoint nested_read`);
      throw error;
    }
  }
}
