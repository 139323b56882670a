import type { Pool } from 'pg';
import type { QueryRunner, Row, Statement } from './sql.js';

/** Runs each statement of a request in a transaction of its own, and counts it. */
export class SideStatements implements QueryRunner {
  statements = 0;

  constructor(private readonly pool: Pool) {}

  async query<Found extends object = Row>({ text, values }: Statement): Promise<Found[]> {
    this.statements += 1;
    return (await this.pool.query<Found>(text, values)).rows;
  }
}
