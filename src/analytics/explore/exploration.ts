import { column, type Fragment, type Row, sql } from '../../platform/database/sql.js';
import type { Reader, Summarized } from '../../platform/reading/reader.js';
import type { Selection } from '../../platform/reading/selection.js';
import { badInput } from '../../platform/records/check.js';
import type { InputFault } from '../../platform/records/inputs.js';
import { columnOf, constantCase } from '../../platform/records/property.js';
import type { RecordSpec } from '../../platform/records/record.js';
import { daysBetween, plusDays } from '../days.js';
import { mostPeriods, type Period, periodStart, periodsFrom, shifted } from '../periods.js';
import { during, type RangeArgs } from '../range.js';
import {
  categoryOrder,
  type Dimensions,
  dayOfProperty,
  dimensionsOf,
  groupFieldsOf,
  type Parts,
  partName,
  partsOf,
  partText,
} from './dimensions.js';
import { type ExploreArguments, explorationFaults } from './explore-arguments.js';
import { type GroupKey, keysOf, labelsOf, type Place, sorted } from './group-keys.js';
import { currencyOf, Measures, measuredOf } from './measures.js';

/** A group, or the total, with the measures that can be computed over its rows. */
export interface Part {
  measures: Measures;
  part: string;
}

export interface Group extends Part {
  isOther: boolean;
  keys: GroupKey[];
  previous: Part | null;
  exploration: Exploration;
}

const mostGroups = 50;

const intervals = { DAY: 'days', WEEK: 'weeks', MONTH: 'months', QUARTER: 'months', YEAR: 'years' } as const;

/** A call of an ad-hoc aggregation: its rows, their grouping, and the measures over each group. */
export class Exploration {
  private readonly zone: string;
  private readonly dimensions: Dimensions;
  /** Categories that have a group of their own. */
  private top: string[] = [];

  constructor(
    private readonly read: Reader,
    private readonly record: RecordSpec,
    private readonly args: ExploreArguments,
  ) {
    this.zone = args.timeZone ?? read.viewer.organization!.timeZone;
    const faults: InputFault[] = [];
    this.dimensions = dimensionsOf(record, args.groupBy, read.viewer, faults);
    faults.push(...explorationFaults(args, this.dimensions));
    if (faults.length) throw badInput(faults);
  }

  /** Measures over all rows. */
  get total(): Part {
    return {
      measures: new Measures(this.read, this.record, this.rows(), partsOf({ order: [] }, 't', this.zone)),
      part: partName('', ''),
    };
  }

  /** Measures over all rows of the previous period; null without `compareTo`. */
  get previousTotal(): Part | null {
    if (!this.args.compareTo) return null;
    const rows = this.rows(this.earlier().period);
    return {
      measures: new Measures(this.read, this.record, rows, partsOf({ order: [] }, 't', this.zone)),
      part: partName('', ''),
    };
  }

  async groups(selection: Selection): Promise<Group[]> {
    const places = this.dimensions.order.length ? await this.places() : [{ category: '', bucket: '' }];
    const labels = selection.at('keys').has('label')
      ? await labelsOf(this.read, this.dimensions, this.top)
      : new Map<string, string>();
    const measures = this.measuresOver(this.rows());
    const earlier = this.args.compareTo ? this.earlier() : null;
    const before = earlier && this.measuresOver(this.rows(earlier.period));
    return places.map((place) => ({
      keys: keysOf(this.dimensions, place, labels),
      isOther: place.category === null,
      measures,
      part: partName(place.category, place.bucket),
      previous: before && { measures: before, part: partName(place.category, earlier!.bucketOf(place)) },
      exploration: this,
    }));
  }

  /** The conditions on rows, in the form that lists and summaries take. */
  rows(period: RangeArgs | null | undefined = this.args.period): Summarized {
    const { filter, search } = this.args;
    if (!period) return { filter, search };
    const spec = groupFieldsOf(this.record).get(this.args.period!.field)!;
    return { filter, search, narrowing: (alias) => during(period, dayOfProperty(spec, alias, this.zone)) };
  }

  /** SQL for the name of a row's group. */
  get partOf(): Fragment {
    return partText(this.parts);
  }

  private get parts(): Parts {
    return partsOf(this.dimensions, 't', this.zone, this.top);
  }

  /** The previous period, of equal length: in whole periods if the call groups by date, otherwise in days. */
  private earlier(): { period: RangeArgs; steps: number; bucketOf: (place: Place) => string } {
    const { from, to } = this.args.period as { from: string; to: string };
    const { date } = this.dimensions;
    if (!date) {
      const days = daysBetween(from, to) + 1;
      const period = { from: plusDays(from, -days), to: plusDays(to, -days) };
      return { period, steps: days, bucketOf: ({ bucket }) => bucket };
    }
    const back = -periodsFrom(date.unit, from, to, 'period.from').length;
    return {
      period: { from: shifted(date.unit, from, back), to: shifted(date.unit, to, back) },
      steps: -back,
      bucketOf: ({ bucket }) => bucket && periodStart(date.unit, bucket, back),
    };
  }

  private measuresOver(rows: Summarized): Measures {
    return new Measures(this.read, this.record, rows, this.parts);
  }

  /** All groups in order. */
  private async places(): Promise<Place[]> {
    const { viewer } = this.read;
    const { category, date } = this.dimensions;
    const { orderBy } = this.args;
    const { by, direction } = orderBy ?? { by: 'COUNT', direction: 'DESC' };
    const value = sql`coalesce(c.category::text, '')`;
    const ranking = by === 'KEY' ? categoryOrder(this.dimensions, value, viewer) : this.ranking();
    const all = partsOf(this.dimensions, 't', this.zone);
    const listed = this.read.listed(this.record.type, this.rows());
    const earlier = this.args.compareTo ? this.cellsBefore(all) : sql``;
    const found = await this.read.query<Row & Place>(sql`
      with cells as (
        select ${all.category} as category, ${all.bucket} as bucket, count(*) as size${this.orderColumns()}
        ${listed}
        group by 1, 2${earlier}
      ), spans as (
        select count(distinct bucket)::integer as buckets, min(bucket)::text as first, max(bucket)::text as last
        from cells
      ), ranked as (
        select ${value} as value,
          row_number() over (order by ${ranking} ${sql.raw(direction)} nulls last, ${value}) as place
        from cells c
        group by c.category
      )
      select s.*, x.category, x.bucket, x.place::integer as place
      from spans s
      left join lateral (
        select case when r.place <= ${this.limit} then r.value end as category,
          coalesce(c.bucket::text, '') as bucket,
          min(r.place) as place
        from cells c
        join ranked r on r.value = ${value}
        where s.buckets <= ${mostPeriods}
        group by 1, 2
      ) x on true`);
    const { buckets } = found[0]!;
    if ((buckets as number) > mostPeriods)
      throw badInput([
        {
          path: `groupBy.${this.dimensions.order.indexOf('date')}.granularity`,
          code: 'OUT_OF_RANGE',
          message: `gives ${buckets} periods, at most ${mostPeriods} are allowed; use a longer one or a shorter period`,
        },
      ]);
    const rows = found.filter(({ bucket }) => bucket !== null).sort(byPlace);
    const categories = [...new Set(rows.map(({ category: value }) => value))];
    this.top = categories.filter((value) => value !== null);
    if (!date || !this.args.fillGaps) return sorted(rows, categories);
    const filled = this.buckets(found[0]!).flatMap(({ key }) =>
      (category ? categories : ['']).map((value): Place => ({ category: value, bucket: key })),
    );
    return sorted([...filled, ...rows.filter(({ bucket }) => bucket === '')], categories);
  }

  /** Groups that have rows in the previous period, with size 0 and moved to the matching place in this period. */
  private cellsBefore({ category, bucket }: Parts): Fragment {
    const { period, steps } = this.earlier();
    const { date } = this.dimensions;
    const length = date?.unit === 'QUARTER' ? 3 : 1;
    const here = date
      ? sql`(${bucket} + make_interval(${sql.raw(intervals[date.unit])} => ${steps * length}))::date`
      : bucket;
    const columns = this.orderSpec ? (this.args.orderBy!.by === 'AVG' ? sql`, null, null` : sql`, null`) : sql``;
    const listed = this.read.listed(this.record.type, this.rows(period));
    return sql`
        union all
        select ${category}, ${here}, 0${columns}
        ${listed}
        group by 1, 2`;
  }

  private get limit(): number {
    return this.args.limit ?? mostGroups;
  }

  /** All periods from the first to the last, or of the whole `period` if it is over the date that is grouped by. */
  private buckets({ first, last }: Row): Period[] {
    const { date } = this.dimensions;
    const { period } = this.args;
    const asked = period?.field === date!.field ? period : null;
    const [from, to] = [asked?.from ?? (first as string | null), asked?.to ?? (last as string | null)];
    if (!from || !to) return [];
    return periodsFrom(date!.unit, from, to, `groupBy.${this.dimensions.order.indexOf('date')}.granularity`);
  }

  private get orderSpec() {
    const name = this.args.orderBy?.field;
    return name ? measuredOf(this.record).find((spec) => constantCase(spec.name) === name)! : undefined;
  }

  /** Columns that the ranking needs from each cell. Money is compared in the organization's currency. */
  private orderColumns(): Fragment {
    const spec = this.orderSpec;
    if (!spec) return sql``;
    const { viewer } = this.read;
    const value = column('t', columnOf(spec));
    const own = sql` filter (where ${currencyOf(this.record, 't', viewer)} = ${viewer.organization!.currency})`;
    const only = spec.measure === 'money' ? own : sql``;
    const { by } = this.args.orderBy!;
    if (by === 'AVG') return sql`, sum(${value})${only} as measured, count(${value})${only} as measured_size`;
    return sql`, ${sql.raw(by.toLowerCase())}(${value})${only} as measured`;
  }

  private ranking(): Fragment {
    const { by } = this.args.orderBy ?? { by: 'COUNT' };
    if (by === 'COUNT') return sql`sum(c.size)`;
    if (by === 'AVG') return sql`sum(c.measured) / nullif(sum(c.measured_size), 0)`;
    return sql`${sql.raw(by.toLowerCase())}(c.measured)`;
  }
}

const byPlace = (a: Row, b: Row) => (a.place as number) - (b.place as number);
