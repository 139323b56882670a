import DataLoader from 'dataloader';
import { moneyOf } from '../../crm/deals/money.js';
import { membershipOf, type Viewer } from '../../platform/auth/viewer.js';
import { column, type Fragment, type Row, sql } from '../../platform/database/sql.js';
import { conditionOf } from '../../platform/reading/conditions.js';
import { Projection } from '../../platform/reading/projection.js';
import type { Reader, Summarized } from '../../platform/reading/reader.js';
import { Selection } from '../../platform/reading/selection.js';
import type { Filter } from '../../platform/records/filters.js';
import { columnOf, type PropertySpec } from '../../platform/records/property.js';
import type { RecordSpec } from '../../platform/records/record.js';
import { amounts, count, each, extent, type Figure, type Measure, mean } from '../figures.js';
import { type Parts, partText } from './dimensions.js';

export const measuredOf = (record: RecordSpec): PropertySpec[] =>
  [...record.properties.values()].filter(({ measure }) => measure);

/** The currency of a row's money: its own, or the organization's if the record has no currency. */
export const currencyOf = (record: RecordSpec, alias: string, viewer: Viewer): Fragment =>
  record.properties.has('currency') ? column(alias, 'currency') : sql`${membershipOf(viewer).currency}::text`;

const none = new Selection();

interface Asked {
  part: string;
  /** Equal for equal measures, independent of their alias. */
  id: string;
  figure: Figure;
  selection: Selection;
}

/** Measures over parts of the same rows. All measures of a document are computed in one statement. */
export class Measures {
  private readonly loader: DataLoader<Asked, unknown, string>;

  constructor(
    private readonly read: Reader,
    private readonly record: RecordSpec,
    private readonly rows: Summarized,
    private readonly parts: Parts,
  ) {
    this.loader = new DataLoader((asked) => this.answer(asked), {
      cacheKeyFn: ({ part, id }) => `${part} ${id}`,
    });
  }

  count(part: string, filter: Filter | null | undefined): Promise<unknown> {
    const id = `count ${JSON.stringify(filter ?? null)}`;
    return this.loader.load({ part, id, figure: count(this.condition(filter)), selection: none });
  }

  /** The given measure over the selected numbers of the record. */
  numbers(part: string, measure: Measure, filter: Filter | null | undefined, selection: Selection): Promise<unknown> {
    const names = [...selection.names()].sort();
    const id = `${measure} ${names} ${JSON.stringify(filter ?? null)}`;
    const condition = this.condition(filter);
    const figures = Object.fromEntries(
      measuredOf(this.record).map((spec) => [spec.name, this.figure(spec, measure, condition)]),
    );
    return this.loader.load({ part, id, figure: each(figures), selection });
  }

  private figure(spec: PropertySpec, measure: Measure, condition: Fragment | undefined): Figure {
    const { viewer } = this.read;
    const value = column('t', columnOf(spec));
    if (spec.measure === 'number')
      return measure === 'avg' ? mean(value, null, condition) : extent(value, measure, condition);
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

  /** One row for each group and currency, with the name of the group. */
  private grouped(columns: Projection): Promise<Row[]> {
    const { category, isOther, bucket } = this.parts;
    const currency = this.record.properties.has('currency') ? sql`, t.currency` : sql``;
    const name = partText({ category: sql`g.category`, isOther: sql`g.is_other`, bucket: sql`g.bucket` });
    return this.read.query(sql`
      select ${name} as part, g.*
      from (
        select ${category} as category, ${isOther} as is_other, ${bucket} as bucket, ${columns.list}
        ${this.read.listed(this.record.type, this.rows)}
        group by 1, 2, 3${currency}
      ) as g`);
  }

  private async answer(asked: readonly Asked[]): Promise<unknown[]> {
    const columns = new Projection(this.read.viewer);
    const cells = new Map<string, (rows: Row[]) => unknown>();
    for (const { id, figure, selection } of asked) if (!cells.has(id)) cells.set(id, figure(columns, selection));
    const groups = Map.groupBy(await this.grouped(columns), ({ part }) => part as string);
    return asked.map(({ part, id }) => cells.get(id)!(groups.get(part) ?? []));
  }
}
