import DataLoader from 'dataloader';
import { moneyOf } from '../../crm/deals/money.js';
import { demandMembership, type Viewer } from '../../platform/auth/viewer.js';
import { and, column, type Fragment, type Row, sql } from '../../platform/database/sql.js';
import { conditionOf } from '../../platform/reading/conditions.js';
import { Projection } from '../../platform/reading/projection.js';
import type { Reader, Summarized } from '../../platform/reading/reader.js';
import { Selection } from '../../platform/reading/selection.js';
import type { Filter } from '../../platform/records/filters.js';
import { columnOf, constantCase, type PropertySpec } from '../../platform/records/property.js';
import type { RecordSpec } from '../../platform/records/record.js';
import { amounts, count, distinct, each, extent, type Figure, type Measure, mean, median, rate } from '../figures.js';
import { demandToRead, distinctFieldsOf } from './dimensions.js';
import { type Parts, partText } from './parts.js';

export const measuredOf = (record: RecordSpec): PropertySpec[] =>
  [...record.properties.values()].filter(({ measure }) => measure);

/** The number of this name in an order of groups. */
export const measuredAs = (record: RecordSpec, field: string | null | undefined): PropertySpec | undefined =>
  measuredOf(record).find(({ name }) => constantCase(name) === field);

/** Whether rows are won or lost. */
export const hasWinRate = (record: RecordSpec): boolean => record.properties.has('isWon');

/** The currency of a row's money: its own, or the organization's if the record has no currency. */
export const currencyOf = (record: RecordSpec, alias: string, viewer: Viewer): Fragment =>
  record.properties.has('currency') ? column(alias, 'currency') : sql`${demandMembership(viewer).currency}::text`;

const none = new Selection();

interface Asked {
  part: string;
  /** Equal for equal measures, independent of their alias. */
  id: string;
  figure: Figure;
  selection: Selection;
}

/**
 * Measures over parts of the same rows. All measures of a document are computed in one statement, and those that cannot
 * be added up over currencies in a second one.
 */
export class Measures {
  private readonly loader: DataLoader<Asked, unknown, string>;
  private readonly undividedLoader: DataLoader<Asked, unknown, string>;

  constructor(
    private readonly read: Reader,
    private readonly record: RecordSpec,
    private readonly rows: Summarized,
    private readonly parts: Parts,
  ) {
    const hasCurrency = record.properties.has('currency');
    const options = { cacheKeyFn: ({ part, id }: Asked) => `${part} ${id}` };
    this.loader = new DataLoader((asked) => this.answer(asked, hasCurrency), options);
    this.undividedLoader = hasCurrency ? new DataLoader((asked) => this.answer(asked, false), options) : this.loader;
  }

  count(part: string, filter: Filter | null | undefined): Promise<unknown> {
    const id = `count ${JSON.stringify(filter ?? null)}`;
    return this.loader.load({ part, id, figure: count(this.condition(filter)), selection: none });
  }

  /** Number of distinct values of a property; of other records only for those who may read them. */
  async countDistinct(part: string, field: string, filter: Filter | null | undefined): Promise<unknown> {
    const spec = distinctFieldsOf(this.record).get(field)!;
    demandToRead(spec, this.read.viewer);
    const id = `distinct ${field} ${JSON.stringify(filter ?? null)}`;
    const value = column('t', columnOf(spec));
    return this.undividedLoader.load({ part, id, figure: distinct(value, this.condition(filter)), selection: none });
  }

  /** Won deals as a percentage of closed ones. */
  winRate(part: string, filter: Filter | null | undefined): Promise<unknown> {
    const id = `winRate ${JSON.stringify(filter ?? null)}`;
    const only = (status: Fragment) => count(and([status, this.condition(filter) ?? sql`true`]));
    const figure = rate(only(sql`t.status = 'WON'`), only(sql`t.status <> 'OPEN'`));
    return this.loader.load({ part, id, figure, selection: none });
  }

  /** The given measure over the selected numbers of the record. */
  async numbers(
    part: string,
    measure: Measure,
    filter: Filter | null | undefined,
    selection: Selection,
  ): Promise<object> {
    const names = [...selection.names()].sort();
    const condition = this.condition(filter);
    const load = (loader: DataLoader<Asked, unknown, string>, specs: PropertySpec[], kind: string) => {
      const id = `${measure} ${kind} ${names} ${JSON.stringify(filter ?? null)}`;
      const figures = Object.fromEntries(specs.map((spec) => [spec.name, this.figure(spec, measure, condition)]));
      return loader.load({ part, id, figure: each(figures), selection }) as Promise<object>;
    };
    const wanted = measuredOf(this.record).filter(({ name }) => selection.has(name));
    if (measure !== 'median') return load(this.loader, wanted, 'all');
    const [money, others] = await Promise.all([
      load(
        this.loader,
        wanted.filter((spec) => spec.measure === 'money'),
        'money',
      ),
      load(
        this.undividedLoader,
        wanted.filter((spec) => spec.measure !== 'money'),
        'others',
      ),
    ]);
    return { ...money, ...others };
  }

  private figure(spec: PropertySpec, measure: Measure, condition: Fragment | undefined): Figure {
    const { viewer } = this.read;
    const value = column('t', columnOf(spec));
    if (spec.measure !== 'money') {
      if (measure === 'sum' && spec.measure === 'percentage') return () => () => null;
      if (measure === 'median') return median(value, condition);
      return measure === 'avg' ? mean(value, null, condition) : extent(value, measure, condition);
    }
    const byCurrency = amounts(value, condition, measure, currencyOf(this.record, 't', viewer));
    return (columns, below) => {
      const found = byCurrency(columns, below);
      return (rows) => {
        const money = found(rows);
        return measure === 'sum' || Object.keys(money).length ? moneyOf(money, viewer) : null;
      };
    };
  }

  private condition(filter: Filter | null | undefined): Fragment | undefined {
    return filter ? conditionOf(this.record, filter, 't', this.read.viewer) : undefined;
  }

  /** One row for each group, and currency if asked, with the name of the group. */
  private grouped(columns: Projection, byCurrency: boolean): Promise<Row[]> {
    const { categories, bucket, join } = this.parts;
    const cells = categories.map(({ value, isOther }, n) => ({
      value: sql.raw(`category${n}`),
      isOther: sql.raw(`is_other${n}`),
      selected: sql`${value} as ${sql.raw(`category${n}`)}, ${isOther} as ${sql.raw(`is_other${n}`)},`,
    }));
    const name = partText({
      categories: cells.map(({ value, isOther }) => ({ value: sql`g.${value}`, isOther: sql`g.${isOther}` })),
      bucket: sql`g.bucket`,
    });
    const positions = Array.from({ length: 2 * cells.length + 1 }, (_, n) => sql.raw(String(n + 1)));
    return this.read.query(sql`
      select ${name} as part, g.*
      from (
        select ${sql.join(
          cells.map(({ selected }) => selected),
          ' ',
        )} ${bucket} as bucket, ${columns.list}
        ${this.read.listed(this.record.type, { ...this.rows, join })}
        group by ${sql.join(positions)}${byCurrency ? sql`, t.currency` : sql``}
      ) as g`);
  }

  private async answer(asked: readonly Asked[], byCurrency: boolean): Promise<unknown[]> {
    const columns = new Projection(this.read.viewer);
    const cells = new Map<string, (rows: Row[]) => unknown>();
    for (const { id, figure, selection } of asked) if (!cells.has(id)) cells.set(id, figure(columns, selection));
    const rows = columns.isEmpty ? [] : await this.grouped(columns, byCurrency);
    const groups = Map.groupBy(rows, ({ part }) => part as string);
    return asked.map(({ part, id }) => cells.get(id)!(groups.get(part) ?? []));
  }
}
