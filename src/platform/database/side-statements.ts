import type { Pool } from 'pg';
import { runnerOn } from './connection.js';
import type { QueryRunner, Row, Statement } from './sql.js';

/** Runs each statement of a request in a transaction of its own, and counts it. */
export class SideStatements implements QueryRunner {
  statements = 0;

  constructor(private readonly pool: Pool) {}

  query<Found extends object = Row>(statement: Statement): Promise<Found[]> {
    this.statements += 1;
    return runnerOn(this.pool).query<Found>(statement);
  }
}
