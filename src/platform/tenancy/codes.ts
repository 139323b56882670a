import type { Pool } from 'pg';
import { takingTurns } from '../database/turns.js';

export type CodeKind = 'CUST' | 'LEAD' | 'DEAL' | 'EMP' | 'VEN' | 'PIPE';

interface Wanted {
  organizationId: string;
  kind: CodeKind;
  count: number;
}

/**
 * Numbers such as `CUST-0001`, drawn beside the transactions that use them, so that nobody waits for an open one; gaps
 * are possible. Who asks while some are being drawn shares the next statement with all who do.
 */
export class Codes {
  private readonly drawn = takingTurns((wanted: readonly Wanted[]) => this.drawAll(wanted));

  constructor(private readonly pool: Pool) {}

  /** The next numbers of a kind. */
  draw(organizationId: string, kind: CodeKind, count: number): Promise<string[]> {
    return this.drawn.load({ organizationId, kind, count });
  }

  private async drawAll(wanted: readonly Wanted[]): Promise<string[][]> {
    // Counters are locked one after the other: always in the same order.
    const sorted = wanted.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
    // Written to disk with the work that uses the numbers, which comes later: that one waits, so this one need not.
    const { rows } = await this.pool.query(
      `select w.place, draw_code(w.organization_id, w.kind) as code, set_config('synchronous_commit', 'off', true)
       from unnest($1::uuid[], $2::text[], $3::integer[]) with ordinality as w(organization_id, kind, count, place),
         generate_series(1, w.count)`,
      [
        sorted.map(({ organizationId }) => organizationId),
        sorted.map(({ kind }) => kind),
        sorted.map(({ count }) => count),
      ],
    );
    const codes = Map.groupBy(rows, ({ place }) => sorted[Number(place) - 1]);
    return wanted.map((one) => codes.get(one)!.map(({ code }) => code));
  }
}

const keyOf = ({ organizationId, kind }: Wanted) => `${organizationId} ${kind}`;
