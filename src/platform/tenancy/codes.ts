import type { Pool } from 'pg';
import { Turns } from '../database/turns.js';

export type CodeKind = 'CUST' | 'LEAD' | 'DEAL' | 'EMP' | 'VEN' | 'PIPE';

interface Counter {
  organizationId: string;
  kind: CodeKind;
}

/**
 * Numbers such as `CUST-0001`, drawn beside the transactions that use them, so that nobody waits for an open one; gaps
 * are possible.
 */
export class Codes {
  private readonly turns = new Turns((counters: readonly Counter[]) => this.send(counters[0]!, counters.length));

  constructor(private readonly pool: Pool) {}

  /** The next numbers of a counter. Single ones that are asked for at once share a statement. */
  async draw(counter: Counter, count: number): Promise<string[]> {
    // PostgreSQL takes the longer for each number the more of a counter are drawn in one statement.
    if (count > 1) return this.send(counter, count);
    return [await this.turns.take(`${counter.organizationId} ${counter.kind}`, counter)];
  }

  private async send({ organizationId, kind }: Counter, count: number): Promise<string[]> {
    // Written to disk with the work that uses the numbers, which comes later: that one waits, so this one need not.
    const { rows } = await this.pool.query(
      `select draw_code($1, $2) as code, set_config('synchronous_commit', 'off', true) from generate_series(1, $3::int)`,
      [organizationId, kind, count],
    );
    return rows.map(({ code }) => code);
  }
}
