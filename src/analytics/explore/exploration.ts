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
  bucketOf,
  categoryOf,
  categoryOrder,
  type Dimensions,
  dayOfProperty,
  dimensionsOf,
  fault,
  type Grouping,
  groupFieldsOf,
  namePropertyOf,
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
/** Stands for all categories beyond the limit; no enum value and no id. */
const others = '~';
const partAt = ({ category, bucket }: Place) => `${category ?? others}|${bucket}`;

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
    return { measures: new Measures(this.read, this.record, this.rows(), sql`''`), part: '' };
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
      part: partAt(place),
      previous: before && { measures: before, part: partAt(this.before(place)) },
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

  /** SQL for the part that a row belongs to. */
  get partOf(): Fragment {
    const category = categoryOf(this.dimensions, 't');
    const kept = sql`case when ${category} = any(${this.top}::text[]) then ${category} else ${others} end`;
    return sql`${this.dimensions.category ? kept : sql`''`} || '|' || ${bucketOf(this.dimensions, 't', this.zone)}`;
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

  private before({ category, bucket }: Place): Place {
    const { date } = this.dimensions;
    return { category, bucket: date && bucket ? periodStart(date.unit, bucket, -this.length) : bucket };
  }

  private measuresOver(rows: Summarized): Measures {
    return new Measures(this.read, this.record, rows, this.partOf);
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
    const g = sql`r.g`;
    const ranking = by === 'KEY' ? categoryOrder(this.dimensions, g, viewer) : this.orderMeasure();
    const listed = this.read.listed(this.record.type, this.rows());
    const measured = this.orderColumns();
    const found = await this.read.query(sql`
      with rows as (
        select ${categoryOf(this.dimensions, 't')} as g, ${bucketOf(this.dimensions, 't', this.zone)} as b${measured} ${listed}
      ), spans as (
        select count(distinct nullif(b, ''))::integer as buckets, min(nullif(b, '')) as first, max(b) as last from rows
      ), ranked as (
        select r.g, row_number() over (order by ${ranking} ${sql.raw(direction)} nulls last, r.g) as place from rows r group by r.g
      )
      select s.buckets, s.first, s.last, x.g, x.b, x.place::integer as place from spans s left join lateral (
        select case when k.place <= ${this.limit} then r.g end as g, r.b, min(k.place) as place
        from rows r join ranked k on k.g = r.g where s.buckets <= ${mostPeriods} group by 1, 2
      ) x on true order by x.b = '', x.b, x.place`);
    const { buckets } = found[0]!;
    if ((buckets as number) > mostPeriods)
      throw fault(
        `groupBy.${this.dimensions.order.indexOf('date')}.granularity`,
        'OUT_OF_RANGE',
        `gives ${buckets} periods, at most ${mostPeriods} are allowed; choose a longer one or a shorter period`,
      );
    const rows = found.filter(({ b }) => b !== null);
    const categories = new Map(rows.sort(byPlace).map((row) => [row.g as string | null, row.place as number]));
    this.top = [...categories.keys()].filter((one) => one !== null);
    const places = rows.map(
      ({ g, b }): Place => ({ category: category ? (g as string | null) : '', bucket: b as string }),
    );
    if (!date || !this.args.fillGaps) return this.sorted(places, [...categories.keys()]);
    const filled = this.buckets(found[0]!).flatMap(({ key }) =>
      [...(category ? categories.keys() : [''])].map((one): Place => ({ category: one, bucket: key })),
    );
    return this.sorted([...filled, ...places.filter(({ bucket }) => bucket === '')], [...categories.keys()]);
  }

  private get limit(): number {
    return this.args.limit ?? mostGroups;
  }

  /** By period, those without one last; within it in the order of the categories, all others together last. */
  private sorted(places: Place[], categories: (string | null)[]): Place[] {
    const rank = ({ category, bucket }: Place): [string, number] => [
      bucket || '~',
      category === null ? categories.length : categories.indexOf(category),
    ];
    return places.sort((one, other) => {
      const [[b1, c1], [b2, c2]] = [rank(one), rank(other)];
      return b1 === b2 ? c1 - c2 : b1 < b2 ? -1 : 1;
    });
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

  private orderColumns(): Fragment {
    const spec = this.orderSpec;
    if (!spec) return sql``;
    return sql`, ${column('t', columnOf(spec))} as v, ${currencyOf(this.record, 't', this.read.viewer)} as currency`;
  }

  /** Money is compared in the organization's currency. */
  private orderMeasure(): Fragment {
    const spec = this.orderSpec;
    if (!spec) return sql`count(*)`;
    const own = sql` filter (where r.currency = ${this.read.viewer.organization!.currency})`;
    return sql`${sql.raw(this.args.orderBy!.by.toLowerCase())}(r.v)${spec.measure === 'money' ? own : sql``}`;
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

const byPlace = (one: Row, other: Row) => (one.place as number) - (other.place as number);

/** `EMAIL_CAMPAIGN` reads `Email campaign`. */
const inWords = (value: string) => value.charAt(0) + value.slice(1).toLowerCase().replaceAll('_', ' ');
