import { and, column, type Fragment, sql } from '../../platform/database/sql.js';
import { BadInput } from '../../platform/errors.js';
import type { Filter } from '../../platform/lists/filters.js';
import { checkList } from '../../platform/lists/paging.js';
import type { Row } from '../../platform/reading/projection.js';
import type { Reader, Summarized } from '../../platform/reading/reader.js';
import { Selection } from '../../platform/reading/selection.js';
import { columnOf } from '../../platform/records/property.js';
import type { RecordSpec } from '../../platform/records/record.js';
import { daysBetween, plusDays } from '../days.js';
import { mostPeriods, type Period, periodStart, periodsFrom, shifted, whole } from '../periods.js';
import type { RangeArgs } from '../range.js';
import {
  categoryOrder,
  type Dimensions,
  dayOfProperty,
  dimensionsOf,
  fault,
  type Grouping,
  groupFieldsOf,
  namePropertyOf,
  type Parts,
  partName,
  partsOf,
  partText,
} from './dimensions.js';
import { currencyOf, Measures, measuredOf } from './measures.js';

export interface ExploreArguments {
  filter?: Filter | null;
  search?: string | null;
  period?: (RangeArgs & { field: string }) | null;
  groupBy: Grouping[];
  orderBy?: { by: 'KEY' | 'COUNT' | 'SUM' | 'AVG' | 'MIN' | 'MAX'; field?: string | null; direction: 'ASC' | 'DESC' };
  limit?: number | null;
  timeZone?: string | null;
  fillGaps: boolean;
  compareTo?: 'PREVIOUS_PERIOD' | null;
}

/** A group: which category, null for all others together; and which period. */
interface Place {
  category: string | null;
  bucket: string;
}

/** What measures are about. */
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

interface GroupKey {
  field: string;
  value: string | null;
  label: string;
  startDate?: string;
  endDate?: string;
}

const mostGroups = 50;

/** One call of an ad-hoc aggregation: which rows, how they are grouped, and what is measured over each group. */
export class Exploration {
  private readonly zone: string;
  private readonly dimensions: Dimensions;
  /** Categories that are groups of their own. */
  private top: string[] = [];

  constructor(
    private readonly read: Reader,
    private readonly record: RecordSpec,
    private readonly args: ExploreArguments,
  ) {
    this.zone = args.timeZone ?? read.viewer.organization!.timeZone;
    this.dimensions = dimensionsOf(record, args.groupBy, read.viewer);
    this.check();
  }

  /** Measures over all rows. */
  get total(): Part {
    return { measures: new Measures(this.read, this.record, this.rows(), null), part: partName('', '') };
  }

  async groups(selection: Selection): Promise<Group[]> {
    const places = this.dimensions.order.length ? await this.places() : [{ category: '', bucket: '' }];
    const labels = selection.at('keys').has('label') ? await this.labels() : new Map<string, string>();
    const measures = this.measuresOver(this.rows());
    const before = this.previous && this.measuresOver(this.rows(this.previous));
    return places.map((place) => ({
      keys: this.keysOf(place, labels),
      isOther: place.category === null,
      measures,
      part: partName(place.category, place.bucket),
      previous: before && { measures: before, part: partName(place.category, this.bucketBefore(place)) },
      exploration: this,
    }));
  }

  /** Which rows, as lists and summaries want to know it. */
  rows(period: RangeArgs | null | undefined = this.args.period): Summarized {
    const { filter, search } = this.args;
    if (!period) return { filter, search };
    const day = (alias: string) => dayOfProperty(this.periodSpec!, alias, this.zone);
    const { from, to } = period;
    return {
      filter,
      search,
      narrowing: (alias) =>
        and([
          sql`${day(alias)} is not null`,
          ...(from ? [sql`${day(alias)} >= ${from}::date`] : []),
          ...(to ? [sql`${day(alias)} <= ${to}::date`] : []),
        ]),
    };
  }

  /** SQL for the name of the group that a row belongs to. */
  get partOf(): Fragment {
    return partText(this.parts);
  }

  private get parts(): Parts {
    return partsOf(this.dimensions, 't', this.zone, this.top);
  }

  private get periodSpec() {
    return this.args.period ? groupFieldsOf(this.record).get(this.args.period.field) : undefined;
  }

  /** The period before, of the same length: as many whole periods earlier when grouped by one, else as many days. */
  private get previous(): RangeArgs | null {
    const { compareTo, period } = this.args;
    if (!compareTo) return null;
    const [from, to] = [period!.from!, period!.to!];
    const { date } = this.dimensions;
    if (date) return { from: shifted(date.unit, from, -this.length), to: shifted(date.unit, to, -this.length) };
    const days = daysBetween(from, to) + 1;
    return { from: plusDays(from, -days), to: plusDays(to, -days) };
  }

  /** Number of periods between the ends of the period. */
  private get length(): number {
    const { from, to } = this.args.period!;
    const { unit } = this.dimensions.date!;
    return periodsFrom(unit, from!, to!, 'period.from').length;
  }

  private bucketBefore({ bucket }: Place): string {
    const { date } = this.dimensions;
    return date && bucket ? periodStart(date.unit, bucket, -this.length) : bucket;
  }

  private measuresOver(rows: Summarized): Measures {
    return new Measures(this.read, this.record, rows, this.parts);
  }

  private check(): void {
    const { filter, search, period, orderBy, limit, compareTo, fillGaps } = this.args;
    const faults = checkList(this.record, { filter, search }, '');
    if (faults.length)
      throw new BadInput(
        faults.map((one) => one.fault),
        faults[0]!.reason,
      );
    const { category, date } = this.dimensions;
    if (period?.from && period.to && period.from > period.to)
      throw fault('period.from', 'OUT_OF_RANGE', 'must not be after `to`');
    if (!category && limit != null) throw fault('limit', 'NOT_ALLOWED', 'needs a group that is no date');
    if (!category && orderBy) throw fault('orderBy', 'NOT_ALLOWED', 'needs a group that is no date');
    if (orderBy) {
      const isMeasure = orderBy.by !== 'KEY' && orderBy.by !== 'COUNT';
      if (isMeasure && !orderBy.field) throw fault('orderBy.field', 'REQUIRED', `must be given with ${orderBy.by}`);
      if (!isMeasure && orderBy.field) throw fault('orderBy.field', 'NOT_ALLOWED', 'belongs to SUM, AVG, MIN and MAX');
    }
    if (fillGaps && !date) throw fault('fillGaps', 'NOT_ALLOWED', 'needs a group that is a date');
    if (!compareTo) return;
    if (!period?.from || !period.to) throw fault('compareTo', 'NOT_ALLOWED', 'needs a period with `from` and `to`');
    if (date && date.field !== period.field)
      throw fault('compareTo', 'NOT_ALLOWED', 'needs a period over the date that is grouped by');
    if (date && periodStart(date.unit, period.from) !== period.from)
      throw fault('period.from', 'OUT_OF_RANGE', `must be the first day of a ${date.unit} to be compared`);
  }

  /** The groups there are, in order. */
  private async places(): Promise<Place[]> {
    const { viewer } = this.read;
    const { category, date } = this.dimensions;
    const { orderBy } = this.args;
    const { by, direction } = orderBy ?? { by: 'COUNT', direction: 'DESC' };
    const value = sql`coalesce(c.category::text, '')`;
    const ranking = by === 'KEY' ? categoryOrder(this.dimensions, value, viewer) : this.ranking();
    const all = partsOf(this.dimensions, 't', this.zone);
    const listed = this.read.listed(this.record.type, this.rows());
    const found = await this.read.query(sql`
      with cells as (
        select ${all.category} as category, ${all.bucket} as bucket, count(*) as size${this.orderColumns()} ${listed} group by 1, 2
      ), spans as (
        select count(distinct bucket)::integer as buckets, min(bucket)::text as first, max(bucket)::text as last from cells
      ), ranked as (
        select ${value} as value, row_number() over (order by ${ranking} ${sql.raw(direction)} nulls last, ${value}) as place
        from cells c group by c.category
      )
      select s.*, x.category, x.bucket, x.place::integer as place from spans s left join lateral (
        select case when r.place <= ${this.limit} then r.value end as category, coalesce(c.bucket::text, '') as bucket, min(r.place) as place
        from cells c join ranked r on r.value = ${value} where s.buckets <= ${mostPeriods} group by 1, 2
      ) x on true`);
    const { buckets } = found[0]!;
    if ((buckets as number) > mostPeriods)
      throw fault(
        `groupBy.${this.dimensions.order.indexOf('date')}.granularity`,
        'OUT_OF_RANGE',
        `gives ${buckets} periods, at most ${mostPeriods} are allowed; choose a longer one or a shorter period`,
      );
    const rows = found.filter(({ bucket }) => bucket !== null).sort(byPlace);
    const categories = [...new Set(rows.map((row) => row.category as string | null))];
    this.top = categories.filter((one) => one !== null);
    const places = rows as unknown as Place[];
    if (!date || !this.args.fillGaps) return sorted(places, categories);
    const filled = this.buckets(found[0]!).flatMap(({ key }) =>
      (category ? categories : ['']).map((one): Place => ({ category: one, bucket: key })),
    );
    return sorted([...filled, ...places.filter(({ bucket }) => bucket === '')], categories);
  }

  private get limit(): number {
    return this.args.limit ?? mostGroups;
  }

  /** All periods from the first to the last; those of the asked period when it is about the same date. */
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
    return name ? measuredOf(this.record).find((spec) => spec.name === name)! : undefined;
  }

  /** What the ranking needs of each cell; money is compared in the organization's currency. */
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

  private keysOf({ category, bucket }: Place, labels: Map<string, string>): GroupKey[] {
    return this.dimensions.order.map((kind) => {
      if (kind === 'date') {
        const { field, unit } = this.dimensions.date!;
        if (!bucket) return { field, value: null, label: 'None' };
        const { label, startDate, endDate } = whole(unit, bucket);
        return { field, value: bucket, label, startDate, endDate };
      }
      const { field } = this.dimensions.category!;
      if (category === null) return { field, value: null, label: 'Other' };
      return category
        ? { field, value: category, label: labels.get(category) ?? '' }
        : { field, value: null, label: 'None' };
    });
  }

  /** English names of the categories: of records their own, of enum values the value in words. */
  private async labels(): Promise<Map<string, string>> {
    const { category } = this.dimensions;
    const values = this.top.filter((value) => value !== '');
    if (!category || values.length === 0) return new Map();
    const { reference } = category.spec;
    if (!reference) return new Map(values.map((value) => [value, inWords(value)]));
    const name = namePropertyOf(category.spec);
    const found = await this.read.byKeys(reference.record(), 'id', values, Selection.from({ [name]: new Selection() }));
    return new Map(values.map((id) => [id, (found.get(id)?.[0]?.[name] as string | undefined) ?? '']));
  }
}

/** By period, those without one last; within it in the order of the categories, all others together last. */
function sorted(places: Place[], categories: (string | null)[]): Place[] {
  const ranks = new Map(categories.map((category, n) => [category, category === null ? categories.length : n]));
  return places.sort((one, other) => {
    const [first, second] = [one.bucket || '~', other.bucket || '~'];
    return first === second ? ranks.get(one.category)! - ranks.get(other.category)! : first < second ? -1 : 1;
  });
}

const byPlace = (one: Row, other: Row) => (one.place as number) - (other.place as number);

/** `EMAIL_CAMPAIGN` reads `Email campaign`. */
const inWords = (value: string) => value.charAt(0) + value.slice(1).toLowerCase().replaceAll('_', ' ');
