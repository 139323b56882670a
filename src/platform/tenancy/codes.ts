import type { Pool } from 'pg';
import type { Class } from '../class.js';
import { sql } from '../database/sql.js';
import { Turns } from '../database/turns.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import { recordOf } from '../records/record.js';

/** The next numbers of a kind, which they begin with, in the active organization. */
export type DrawCodes = (kind: string, count: number) => Promise<string[]>;

interface Counter {
  organizationId: string;
  kind: string;
}

/** What the numbers of a record begin with. */
export function kindOf(type: Class): string {
  const { name, numbers } = recordOf(type);
  if (!numbers) throw new Error(`Records of the type ${name} have no numbers`);
  return numbers;
}

/**
 * Numbers such as `ABC-0001`, drawn beside the transactions that use them, so that nobody waits for an open one; gaps
 * are possible.
 */
export class Codes {
  private readonly turns = new Turns((counters: readonly Counter[]) => this.send(counters[0]!, counters.length));

  constructor(private readonly pool: Pool) {}

  /** The next numbers of a counter. Single ones that are asked for at once share a statement. */
  async draw(counter: Counter, count: number): Promise<string[]> {
    return count > 1 ? this.send(counter, count) : [await this.turns.take(lineOf(counter), counter)];
  }

  private async send({ organizationId, kind }: Counter, count: number): Promise<string[]> {
    // This commit need not wait for the disk: the work that uses the numbers commits later, and waits.
    const { rows } = await this.pool.query(
      `select code from draw_codes($1, $2, $3) as code, set_config('synchronous_commit', 'off', true)`,
      [organizationId, kind, count],
    );
    return rows.map(({ code }) => code);
  }
}

/** The next number of an organization that nobody else can see yet, drawn in the same transaction. */
export async function drawWithin(work: UnitOfWork, organizationId: string, type: Class): Promise<string> {
  const [drawn] = await work.query<{ code: string }>(
    sql`select draw_codes(${organizationId}, ${kindOf(type)}, 1) as code`,
  );
  return drawn!.code;
}

/** The numbers that would be drawn by a dry run, of which none is used up. */
export function foreseeing(work: () => UnitOfWork, organizationId: () => string): DrawCodes {
  const foreseen = new Map<string, { last: Promise<number>; shown: number }>();
  const lastDrawn = async (kind: string): Promise<number> => {
    const [counter] = await work().query<{ last: number }>(
      sql`select last from code_counters where organization_id = ${organizationId()}::uuid and kind = ${kind}`,
    );
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
