import { column, type Fragment, type Row, sql } from '../../platform/database/sql.js';
import type { Reader, Summarized } from '../../platform/reading/reader.js';
import { badInput } from '../../platform/records/check.js';
import { columnOf } from '../../platform/records/property.js';
import type { RecordSpec } from '../../platform/records/record.js';
import { mostPeriods, type Period, periodsFrom } from '../periods.js';
import type { Dimensions } from './dimensions.js';
import type { ExploreArguments } from './explore-arguments.js';
import { sorted } from './group-keys.js';
import { currencyOf, measuredAs } from './measures.js';
import { categoryOrder, type Parts, type Place } from './parts.js';
import { limitOf } from './sizes.js';

/** Rows with the SQL for their groups. */
interface PartedRows {
  rows: Summarized;
  parts: Parts;
}

interface Grouped {
  read: Reader;
  record: RecordSpec;
  args: ExploreArguments;
  dimensions: Dimensions;
}

/** Finds the groups of a call. */
export class Places {
  constructor(private readonly grouped: Grouped) {}

  /** All groups in order, and the values of each category that have groups of their own. */
  async of(here: PartedRows, before: PartedRows | null): Promise<{ places: Place[]; kept: string[][] }> {
    const { dimensions, args, read } = this.grouped;
    const found = await read.query(this.statement(here, before));
    const { buckets } = found[0]!;
    if ((buckets as number) > mostPeriods)
      throw badInput([
        {
          path: this.granularity,
          code: 'OUT_OF_RANGE',
          message: `gives ${buckets} periods, at most ${mostPeriods} are allowed; use a longer one or a shorter period`,
        },
      ]);
    const rows = found.filter(({ bucket }) => bucket !== null);
    const categories = dimensions.categories.map((_, n) => inOrder(rows, n));
    const places = rows.map(
      (row): Place => ({
        categories: dimensions.categories.map((_, n) => row[`category${n}`] as string | null),
        bucket: row.bucket as string,
      }),
    );
    const kept = categories.map((values) => values.filter((value) => value !== null));
    if (!dimensions.date || !args.fillGaps) return { places: sorted(places, categories), kept };
    const [values] = categories;
    const filled = this.buckets(found[0]!).flatMap(({ key }) =>
      values ? values.map((value): Place => ({ categories: [value], bucket: key })) : [{ categories: [], bucket: key }],
    );
    return { places: sorted([...filled, ...places.filter(({ bucket }) => bucket === '')], categories), kept };
  }

  private statement(here: PartedRows, before: PartedRows | null): Fragment {
    const { dimensions, args, read, record } = this.grouped;
    const limit = limitOf(record.type, args);
    const { direction } = args.orderBy ?? { direction: 'DESC' };
    const ranks = dimensions.categories.map(({ spec }, n) => {
      const value = sql`coalesce(c.${name(n)}::text, '')`;
      const ranking = args.orderBy?.by === 'KEY' ? categoryOrder(spec, value, read.viewer) : this.ranking();
      const rank = sql.raw(`r${n}`);
      return {
        rank: sql`${rank} as (
          select ${value} as value,
            row_number() over (order by ${ranking} ${sql.raw(direction)} nulls last, ${value}) as place
          from cells c
          group by c.${name(n)}
        )`,
        join: sql`join ${rank} on ${rank}.value = ${value}`,
        kept: sql`case when ${rank}.place <= ${limit} then ${rank}.value end as ${name(n)}`,
        place: sql`min(${rank}.place)::integer as ${sql.raw(`place${n}`)}`,
      };
    });
    const keys = [...ranks.map(({ kept }) => kept), sql`coalesce(c.bucket::text, '') as bucket`];
    return sql`
      with cells as (
        ${this.cells(here, sql`count(*)`, this.orderColumns())}
        ${before ? sql`union all ${this.cells(before, sql`0`, this.noColumns())}` : sql``}
      ), spans as (
        select count(distinct bucket)::integer as buckets, min(bucket)::text as first, max(bucket)::text as last
        from cells
      )${sql.join(
        ranks.map(({ rank }) => sql`, ${rank}`),
        '',
      )}
      select s.*, x.*
      from spans s
      left join lateral (
        select ${sql.join([...keys, ...ranks.map(({ place }) => place)])}
        from cells c
        ${sql.join(
          ranks.map(({ join }) => join),
          ' ',
        )}
        where s.buckets <= ${mostPeriods}
        group by ${positions(keys.length)}
      ) x on true`;
  }

  /** One row for each group of stored values. Groups of the earlier period have the size 0. */
  private cells({ rows, parts }: PartedRows, size: Fragment, columns: Fragment): Fragment {
    const categories = parts.categories.map(({ value }, n) => sql`${value} as ${name(n)},`);
    return sql`
        select ${sql.join(categories, ' ')} ${parts.bucket} as bucket, ${size} as size${columns}
        ${this.grouped.read.listed(this.grouped.record.type, { ...rows, join: parts.join })}
        group by ${positions(parts.categories.length + 1)}`;
  }

  /** All periods from the first to the last, or of the whole `period` if it is over the date that is grouped by. */
  private buckets({ first, last }: Row): Period[] {
    const {
      dimensions: { date },
      args: { period },
    } = this.grouped;
    const asked = period?.field === date!.field ? period : null;
    const [from, to] = [asked?.from ?? (first as string | null), asked?.to ?? (last as string | null)];
    return from && to ? periodsFrom(date!.unit, from, to, this.granularity) : [];
  }

  private get granularity(): string {
    return `groupBy.${this.grouped.dimensions.order.indexOf('date')}.granularity`;
  }

  private get orderSpec() {
    return measuredAs(this.grouped.record, this.grouped.args.orderBy?.field);
  }

  /** Columns that the ranking needs from each cell. Money is compared in the organization's currency. */
  private orderColumns(): Fragment {
    const spec = this.orderSpec;
    if (!spec) return sql``;
    const { read, record, args } = this.grouped;
    const { viewer } = read;
    const value = column('t', columnOf(spec));
    const own = sql` filter (where ${currencyOf(record, 't', viewer)} = ${viewer.organization!.currency})`;
    const only = spec.measure === 'money' ? own : sql``;
    const { by } = args.orderBy!;
    if (by === 'AVG') return sql`, sum(${value})${only} as measured, count(${value})${only} as measured_size`;
    return sql`, ${sql.raw(by.toLowerCase())}(${value})${only} as measured`;
  }

  private noColumns(): Fragment {
    if (!this.orderSpec) return sql``;
    return this.grouped.args.orderBy!.by === 'AVG' ? sql`, null, null` : sql`, null`;
  }

  private ranking(): Fragment {
    const { by } = this.grouped.args.orderBy ?? { by: 'COUNT' };
    if (by === 'COUNT') return sql`sum(c.size)`;
    if (by === 'AVG') return sql`sum(c.measured) / nullif(sum(c.measured_size), 0)`;
    return sql`${sql.raw(by.toLowerCase())}(c.measured)`;
  }
}

/** `1, 2, 3` for `group by`: PostgreSQL does not see that expressions with parameters are equal. */
const positions = (count: number) => sql.raw(Array.from({ length: count }, (_, n) => n + 1).join(', '));

const name = (n: number) => sql.raw(`category${n}`);

/** The values of a category in the order of their ranks. */
function inOrder(rows: Row[], n: number): (string | null)[] {
  const place = `place${n}`;
  const ranked = rows.toSorted((a, b) => (a[place] as number) - (b[place] as number));
  return [...new Set(ranked.map((row) => row[`category${n}`] as string | null))];
}
