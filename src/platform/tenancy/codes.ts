import type { Pool } from 'pg';
import type { Class } from '../class.js';
import { CoalescingLoader } from '../database/coalescing-loader.js';
import { sql } from '../database/sql.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import { recordOf } from '../records/record.js';

/** Draws the next numbers in the active organization; `kind` is their prefix. */
export type DrawCodes = (kind: string, count: number) => Promise<string[]>;

interface Counter {
  organizationId: string;
  kind: string;
}

/** The prefix of a record's numbers. */
export function kindOf(type: Class): string {
  const { name, numbers } = recordOf(type);
  if (!numbers) throw new Error(`Records of the type ${name} have no numbers`);
  return numbers;
}

/**
 * Draws numbers such as `ABC-0001` outside the transactions that use them, so that no transaction waits for another.
 * Gaps are possible.
 */
export class Codes {
  private readonly loader = new CoalescingLoader((counters: readonly Counter[]) =>
    this.send(counters[0]!, counters.length),
  );

  constructor(private readonly pool: Pool) {}

  /** The next numbers of a counter. Concurrent requests for a single number share a statement. */
  async draw(counter: Counter, count: number): Promise<string[]> {
    return count > 1 ? this.send(counter, count) : [await this.loader.load(lineOf(counter), counter)];
  }

  private async send({ organizationId, kind }: Counter, count: number): Promise<string[]> {
    // This commit need not wait for the disk: the transaction that uses the numbers commits later and does wait.
    const { rows } = await this.pool.query(
      `select code
       from draw_codes(set_config('app.organization_id', $1, true)::uuid, $2, $3) as code,
         set_config('synchronous_commit', 'off', true)`,
      [organizationId, kind, count],
    );
    return rows.map(({ code }) => code);
  }
}

/** The next number of an organization that the same transaction has created, so that nobody else can wait for it. */
export async function drawInTransaction(work: UnitOfWork, organizationId: string, type: Class): Promise<string> {
  const [drawn] = await work.query<{ code: string }>(
    sql`select draw_codes(${organizationId}, ${kindOf(type)}, 1) as code`,
  );
  return drawn!.code;
}

/** Predicts the numbers for a dry run, without drawing them. */
export function previewCodes(work: () => UnitOfWork, organizationId: () => string): DrawCodes {
  const foreseen = new Map<string, { last: Promise<number>; shown: number }>();
  const lastDrawn = async (kind: string): Promise<number> => {
    const [counter] = await work().query<{ last: number }>(sql`
      select last
      from code_counters
      where organization_id = ${organizationId()}::uuid
        and kind = ${kind}`);
    return counter?.last ?? 0;
  };
  return async (kind, count) => {
    const known = foreseen.get(kind) ?? { last: lastDrawn(kind), shown: 0 };
    foreseen.set(kind, known);
    const first = known.shown + 1;
    known.shown += count;
    const last = await known.last;
    return Array.from({ length: count }, (_, n) => `${kind}-${String(last + first + n).padStart(4, '0')}`);
  };
}

const lineOf = ({ organizationId, kind }: Counter): string => `${organizationId} ${kind}`;
