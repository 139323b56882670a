import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import { sql } from '../database/sql.js';
import { Turns } from '../database/turns.js';
import type { UnitOfWork } from '../database/unit-of-work.js';

export type CodeKind = 'CUST' | 'LEAD' | 'DEAL' | 'EMP' | 'VEN' | 'PIPE';

/** The next numbers of a kind, in the active organization. */
export type DrawCodes = (kind: CodeKind, count: number) => Promise<string[]>;

interface Counter {
  organizationId: string;
  kind: CodeKind;
}

/** How many numbers are drawn for each of several that are asked for at once. */
const ahead = 8;

/**
 * Numbers such as `CUST-0001`, drawn beside the transactions that use them, so that nobody waits for an open one; gaps
 * are possible.
 */
export class Codes {
  private readonly turns = new Turns((counters: readonly Counter[]) => this.drawFor(counters[0]!, counters.length));
  /** Numbers nobody has asked for yet. They are soon too old: another server gives out higher ones meanwhile. */
  private readonly stocks = new LRUCache<string, string[]>({ max: 1000, ttl: 1000 });

  constructor(private readonly pool: Pool) {}

  /** The next numbers of a counter. Single ones that are asked for at once share a statement. */
  async draw(counter: Counter, count: number): Promise<string[]> {
    const line = lineOf(counter);
    if (count > 1) {
      // What comes later shall have higher numbers.
      this.stocks.delete(line);
      return this.send(counter, count);
    }
    return [this.stocks.get(line)?.shift() ?? (await this.turns.take(line, counter))];
  }

  /** Where several are asked for at once, more will be: these are drawn with them. */
  private async drawFor(counter: Counter, count: number): Promise<string[]> {
    const line = lineOf(counter);
    const codes = this.stocks.get(line)?.splice(0, count) ?? [];
    const missing = count - codes.length;
    if (!missing) return codes;
    const drawn = await this.send(counter, count > 1 ? missing * ahead : 1);
    codes.push(...drawn.splice(0, missing));
    if (drawn.length) this.stocks.set(line, drawn);
    return codes;
  }

  private async send({ organizationId, kind }: Counter, count: number): Promise<string[]> {
    // On disk before the work that uses the numbers, whose commit comes later and waits: so this one need not.
    const { rows } = await this.pool.query(
      `select code from draw_codes($1, $2, $3) as code, set_config('synchronous_commit', 'off', true)`,
      [organizationId, kind, count],
    );
    return rows.map(({ code }) => code);
  }
}

/** The next number of an organization that nobody else can see yet, drawn in the same transaction. */
export async function drawWithin(work: UnitOfWork, organizationId: string, kind: CodeKind): Promise<string> {
  const [drawn] = await work.query<{ code: string }>(sql`select draw_codes(${organizationId}, ${kind}, 1) as code`);
  return drawn!.code;
}

/** The numbers that would be drawn by a dry run, of which none is used up. */
export function foreseeing(work: () => UnitOfWork, organizationId: () => string): DrawCodes {
  const foreseen = new Map<CodeKind, { last: Promise<number>; shown: number }>();
  const lastDrawn = async (kind: CodeKind): Promise<number> => {
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
