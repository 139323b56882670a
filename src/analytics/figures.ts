import { type Measured, moneyOf } from '../crm/deals/money.js';
import type { Viewer } from '../platform/auth/viewer.js';
import type { Class } from '../platform/class.js';
import { type Fragment, type Row, sql } from '../platform/database/sql.js';
import { Projection } from '../platform/reading/projection.js';
import type { Reader, Summarized } from '../platform/reading/reader.js';
import type { Selection } from '../platform/reading/selection.js';
import { meanOf, percent } from './decimals.js';

/**
 * A number, or an object of numbers, over the rows `t` of a list. It adds the columns it needs to the statement and
 * returns a function that reads them from the result, which has one row for each group.
 */
export type Figure<Value = unknown> = (columns: Projection, below: Selection) => (rows: Row[]) => Value;
export type Figures = Record<string, Figure>;
type Amounts = Record<string, Measured>;

const where = (condition?: Fragment) => (condition ? sql` filter (where ${condition})` : sql``);

/** Number of rows, optionally only of those that meet a condition. */
export const count =
  (condition?: Fragment): Figure<number> =>
  (columns) => {
    const cell = columns.add(sql`(count(*)${where(condition)})::integer`);
    return (rows) => rows.reduce((total, row) => total + (cell(row) as number), 0);
  };

/** Mean of a number that has 2 decimals at most, rounded half up to as many; `none` if no row has a value. */
export const mean =
  <None>(value: Fragment, none: None, condition?: Fragment): Figure<number | None> =>
  (columns) => {
    const sum = columns.add(sql`coalesce(sum(${value})${where(condition)}, 0)::float8`);
    const size = columns.add(valuesOf(value, condition));
    const over = (rows: Row[], cell: (row: Row) => unknown) =>
      rows.reduce((total, row) => total + (cell(row) as number), 0);
    return (rows) => (over(rows, size) ? meanOf(over(rows, sum), over(rows, size)) : none);
  };

/** Sum, minimum or maximum of a number with 2 decimals at most. Without rows they are 0, null and null. */
export const extent =
  (value: Fragment, measure: 'sum' | 'min' | 'max', condition?: Fragment): Figure<number | null> =>
  (columns) => {
    const cell = columns.add(sql`(${sql.raw(measure)}(${value})${where(condition)})::float8`);
    return (rows) => {
      const found = rows.map((row) => cell(row) as number | null).filter((value) => value !== null);
      // Each currency has a sum; added in binary, they are rounded back to 2 decimals.
      if (measure === 'sum') return Math.round(found.reduce((sum, value) => sum + value, 0) * 100) / 100;
      return found.length ? Math[measure](...found) : null;
    };
  };

/** Sum of an amount that is always in the same currency. */
export const total =
  (value: Fragment): Figure<string> =>
  (columns) => {
    const cell = columns.add(sql`coalesce(sum(${value}), 0)::numeric(20,2)::text`);
    return ([row]) => cell(row!) as string;
  };

export type Measure = 'sum' | 'avg' | 'min' | 'max' | 'median';

/**
 * PostgreSQL's aggregate for a measure. The median is the mean of the two middle values, which are the same one for an
 * odd number of rows. `percentile_cont` would give it in binary, so both are taken as they are: their shares of the
 * rows differ by less than one row, below 500 million.
 */
const aggregate = (measure: Measure, value: Fragment, condition?: Fragment): Fragment =>
  measure === 'median'
    ? sql`(
        select avg(middle::numeric)
        from unnest(percentile_disc(array[0.5, 0.500000001]) within group (order by ${value})${where(condition)}) middle
      )`
    : sql`${sql.raw(measure)}(${value})${where(condition)}`;

/** Median of a number, rounded to 2 decimals; null if no row has a value. The rows must not be grouped by currency. */
export const median =
  (value: Fragment, condition?: Fragment): Figure<number | null> =>
  (columns) => {
    const cell = columns.add(sql`round(${aggregate('median', value, condition)}, 2)::float8`);
    return ([row]) => (row ? (cell(row) as number | null) : null);
  };

/** Number of distinct values. The rows must not be grouped by currency. */
export const distinct =
  (value: Fragment, condition?: Fragment): Figure<number> =>
  (columns) => {
    const cell = columns.add(sql`(count(distinct ${value})${where(condition)})::integer`);
    return ([row]) => (row ? (cell(row) as number) : 0);
  };

/** SQL for a measure of money as text with 2 decimals; null without rows. A sum also counts rows without a value. */
export const moneyText = (value: Fragment, condition?: Fragment, measure: Measure = 'sum'): Fragment => {
  const counted = measure === 'sum' ? sql`*` : value;
  return sql`
    case
      when count(${counted})${where(condition)} > 0
      then coalesce(${aggregate(measure, value, condition)}, 0)::numeric(20,2)::text
    end`;
};

/** SQL for the number of values behind a measure. */
export const valuesOf = (value: Fragment, condition?: Fragment): Fragment =>
  sql`(count(${value})${where(condition)})::integer`;

/**
 * A measure by currency, `{ "USD": { "amount": "150.00", "rowCount": 2 } }`. The rows must be grouped by currency;
 * currencies without a value are left out.
 */
export const amounts =
  (
    value: Fragment,
    condition?: Fragment,
    measure: Measure = 'sum',
    code: Fragment = sql`t.currency`,
  ): Figure<Amounts> =>
  (columns) => {
    const currency = columns.add(code);
    const amount = columns.add(moneyText(value, condition, measure));
    const size = columns.add(valuesOf(value, condition));
    return (rows) =>
      Object.fromEntries(
        rows
          .filter((row) => amount(row) !== null)
          .map((row) => [currency(row), { amount: amount(row), rowCount: size(row) } as Measured]),
      );
  };

/** A money measure, by default the sum. The rows must be grouped by their currency, unless all have the same. */
export const money =
  (viewer: Viewer, value: Fragment, condition?: Fragment, measure: Measure = 'sum', code?: Fragment): Figure =>
  (columns, below) => {
    const found = amounts(value, condition, measure, code)(columns, below);
    return (rows) => moneyOf(found(rows), viewer);
  };

/** A count as a percentage of a second count. */
export const rate =
  (part: Figure<number>, whole: Figure<number>): Figure<number> =>
  (columns, below) => {
    const [counted, of] = [part(columns, below), whole(columns, below)];
    return (rows) => percent(counted(rows), of(rows));
  };

/** Change of a count against an earlier count, in percent. If the earlier is 0: 100, or 0 if both are. */
export const growthOf =
  (now: Figure<number>, before: Figure<number>): Figure<number> =>
  (columns, below) => {
    const [newer, older] = [now(columns, below), before(columns, below)];
    return (rows) => {
      const [n, p] = [newer(rows), older(rows)];
      return p === 0 ? (n > 0 ? 100 : 0) : percent(n - p, p);
    };
  };

/** An object of figures; computes only the selected ones. */
export const each =
  (figures: Figures): Figure<Row> =>
  (columns, below) => {
    const wanted = [...below.names()].filter((name) => figures[name]);
    const cells = wanted.map((name) => [name, figures[name]!(columns, below.at(name))] as const);
    return (rows) => Object.fromEntries(cells.map(([name, cell]) => [name, cell(rows)]));
  };

/** A count for each value of an enum column, keyed by the given names. */
export const countsBy = (column: Fragment, names: Record<string, string>): Figures =>
  Object.fromEntries(Object.entries(names).map(([name, value]) => [name, count(sql`${column} = ${value}`)]));

/** A list with a count for each value of an enum column, in the order of its declaration. */
export const listBy =
  (column: Fragment, values: readonly string[], item: (value: string, count: number) => Row): Figure =>
  (columns, below) => {
    const cells = values.map((value) => [value, count(sql`${column} = ${value}`)(columns, below)] as const);
    return (rows) => cells.map(([value, cell]) => item(value, cell(rows)));
  };

/** Computes the selected figures over the rows of a list in one statement; runs none if no figure is selected. */
export async function figuresOf(
  read: Reader,
  type: Class,
  figures: Figures,
  selection: Selection,
  rows: Summarized = {},
): Promise<Row> {
  const columns = new Projection(read.viewer);
  const answer = each(figures)(columns, selection);
  return answer(columns.isEmpty ? [] : await read.summary(type, rows, columns));
}
