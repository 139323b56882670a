import type { Stage } from './stage.js';

/** The outcome of a request, as its caller knows it. */
export type Fate = 'kept' | 'refused' | 'unknown';

interface Entry {
  /** The title of the records that it creates, which no other request uses. */
  title: string;
  count: number;
  fate: Fate;
}

/** Codes after which nothing was changed. */
const harmless = ['UNAVAILABLE', 'OVERLOADED', 'TIMEOUT', 'RATE_LIMITED', 'IDEMPOTENCY_IN_PROGRESS'];

/** Milliseconds within which every request must end: its deadline, and some time for a busy machine. */
const patience = 13_000;

export interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions: { code: string } }[];
}

/** No row of the load is refused by itself, so a fault of the database must fail the whole call. */
const rowsFailed = ({ data }: Answer): boolean =>
  Object.values(data ?? {}).some(
    (field) => ((field as { summary?: { failed: number } } | null)?.summary?.failed ?? 0) > 0,
  );

/** The answers that callers were told, kept outside of the servers, to be compared with what is stored. */
export class Journal {
  readonly entries: Entry[] = [];
  /** How often each code, or `ok`, was answered. */
  readonly answers = new Map<string, number>();
  readonly faults: string[] = [];
  /** When the last write was acknowledged. */
  lastKept = 0;

  /** Notes an answer, or a lost one as null, and returns the fate of the request. */
  note(answer: Answer | null, took: number): Fate {
    const code = answer ? (answer.errors?.[0]?.extensions.code ?? (rowsFailed(answer) ? 'ROWS_FAILED' : 'ok')) : 'lost';
    this.answers.set(code, (this.answers.get(code) ?? 0) + 1);
    if (took > patience) this.faults.push(`a request took ${Math.round(took)} ms (${code})`);
    if (code === 'ok') return 'kept';
    if (harmless.includes(code)) return 'refused';
    if (!['lost', 'OUTCOME_UNKNOWN'].includes(code))
      this.faults.push(`${code}: ${answer?.errors?.[0]?.message ?? JSON.stringify(answer?.data)}`);
    return 'unknown';
  }

  write(entry: Entry): void {
    this.entries.push(entry);
    if (entry.fate === 'kept') this.lastKept = performance.now();
  }

  /** Writes that are stored, but should not be, and writes that are missing. */
  async compare(stage: Stage): Promise<string[]> {
    const rows = await stage.sql<{ title: string; count: number }>(
      `select title, count(*)::int as count
       from deals
       where title = any($1)
       group by title`,
      [this.entries.map(({ title }) => title)],
    );
    const stored = new Map(rows.map(({ title, count }) => [title, count]));
    return this.entries.flatMap(({ title, count, fate }) => {
      const found = stored.get(title) ?? 0;
      if (found !== 0 && found !== count) return [`${title}: ${found} of ${count} stored (${fate})`];
      if (fate === 'kept' && found === 0) return [`${title}: acknowledged, but lost`];
      if (fate === 'refused' && found !== 0) return [`${title}: refused, but stored`];
      return [];
    });
  }
}
