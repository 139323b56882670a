import type { Viewer } from '../auth/viewer.js';
import { column, type Fragment, type Row, sql } from '../database/sql.js';
import { columnOf, type ExpressionScope, type PropertySpec, snakeCase } from '../records/property.js';
import { type RecordSpec, recordOf, targetOf } from '../records/record.js';
import type { Selection } from './selection.js';

/** A record that was read through a reference. */
export interface Referred {
  /** True for a snapshot, whose fields with their own resolvers are empty. */
  isSnapshot?: boolean;
}

/** The alias of the table that is listed. */
export const base = 't';

/** The table of a record under its usual alias. */
export const from = (record: RecordSpec): Fragment => sql`${sql.ref(record.table)} as ${sql.ref(base)}`;

type Shape = (row: Row) => Row | null;
type Cell = (row: Row) => unknown;

/** The columns and joins of a selection, if they are the same for every viewer. */
interface Plan {
  size: number;
  columns: Fragment;
  joins: Fragment[];
  shape: Shape;
}

/** Cached for each field of a document, by record and alias. */
const plans = new WeakMap<Selection, Map<string, Plan>>();

/** The columns and joins that a selection needs, and the functions that turn result rows into objects. */
export class Projection {
  readonly joins: Fragment[] = [];
  private readonly columns: Fragment[] = [];
  private size = 0;
  /** Whether something in it depends on the viewer, so that its plan must not be cached. */
  private isPersonal = false;

  /** With `everywhere`, rows may belong to other organizations than the active one. */
  constructor(
    private readonly currentViewer: Viewer,
    private readonly everywhere = false,
  ) {}

  private get viewer(): Viewer {
    this.isPersonal = true;
    return this.currentViewer;
  }

  /** Adds an expression and returns the function that reads it from a row. */
  add(expression: Fragment): Cell {
    const name = `c${this.size++}`;
    this.columns.push(sql`${expression} as ${sql.ref(name)}`);
    return (row) => row[name];
  }

  get isEmpty(): boolean {
    return this.size === 0;
  }

  get list(): Fragment {
    return sql.join(this.columns);
  }

  /**
   * Adds the selected columns of a record and joins its to-one relations. `id` is always read, for the fields below.
   */
  record(record: RecordSpec, alias: string, selection: Selection): Shape {
    if (!this.isEmpty) return this.addRecord(record, alias, selection);
    const known = plans.get(selection) ?? new Map<string, Plan>();
    plans.set(selection, known);
    const key = `${record.name} ${alias}`;
    const plan = known.get(key);
    if (plan) {
      this.size = plan.size;
      this.columns.push(plan.columns);
      this.joins.push(...plan.joins);
      return plan.shape;
    }
    const shape = this.addRecord(record, alias, selection);
    if (!this.isPersonal) known.set(key, { size: this.size, columns: this.list, joins: [...this.joins], shape });
    return shape;
  }

  private addRecord(
    record: RecordSpec,
    alias: string,
    selection: Selection,
    view?: RecordSpec['referenceView'],
  ): Shape {
    const id = this.add(column(alias, 'id'));
    const cells: [string, Cell][] = [['id', id]];
    for (const name of selection.names()) {
      const spec = record.properties.get(name);
      if (!spec || name === 'id') continue;
      const stored = view && spec.sql ? { ...spec, sql: () => column(alias, snakeCase(name)) } : spec;
      cells.push([name, this.property(stored, alias, selection)]);
    }
    if (view) cells.push(['isSnapshot', this.add(column(alias, 'is_snapshot'))]);
    return (row) => {
      if (id(row) === null) return null;
      const object: Row = {};
      for (const [name, cell] of cells) object[name] = cell(row);
      return object;
    };
  }

  private property(spec: PropertySpec, alias: string, selection: Selection): Cell {
    if (spec.reference) return this.reference(spec, alias, selection.at(spec.name));
    const cell = this.add((spec.sql ?? spec.seenAs)?.(this.scope(alias)) ?? column(alias, columnOf(spec)));
    if (spec.shaped) {
      const { viewer } = this;
      return (row) => spec.shaped!(cell(row), viewer);
    }
    return spec.kind === 'instant' ? (row) => instant(cell(row) as string | null) : cell;
  }

  private scope(alias: string): ExpressionScope {
    return new Scope(sql.ref(alias), () => this.viewer);
  }

  private reference({ reference, seenAs }: PropertySpec, alias: string, selection: Selection): Cell {
    const { record: referenced, id } = reference!;
    const key = seenAs?.(this.scope(alias)) ?? column(alias, snakeCase(id));
    const target = recordOf(referenced());
    // Aliases are numbered: PostgreSQL would cut names made from the path to 63 bytes, and they could collide.
    const joined = `j${this.joins.length}`;
    const { name, byOrganization } = targetOf(target);
    const scope = byOrganization
      ? sql`${column(joined, 'organization_id')} = ${column(alias, 'organization_id')} and `
      : sql``;
    this.joins.push(sql`
      left join ${sql.ref(name)} as ${sql.ref(joined)}
        on ${scope}${this.seen(target, joined)}${column(joined, 'id')} = ${key}`);
    return this.addRecord(target, joined, selection, target.referenceView);
  }

  /** In other organizations than the active one the viewers see nobody but themselves. */
  private seen({ referenceView }: RecordSpec, joined: string): Fragment {
    if (!this.everywhere || !referenceView?.byOrganization) return sql``;
    const { organization, userId } = this.viewer;
    return sql`
      (
        ${column(joined, 'organization_id')} = ${organization?.id ?? null}::uuid
        or ${column(joined, 'id')} = ${userId}::uuid
      ) and `;
  }
}

/** A class, since V8 keeps an object literal with an accessor until the next major garbage collection. */
class Scope implements ExpressionScope {
  constructor(
    readonly table: Fragment,
    private readonly getViewer: () => Viewer,
  ) {}

  get viewer(): Viewer {
    return this.getViewer();
  }
}

/** Turns PostgreSQL's text of a UTC timestamp into ISO 8601 with milliseconds, without the cost of a Date. */
function instant(text: string | null): string | null {
  if (text === null) return null;
  const fraction = text.slice(20, text.indexOf('+', 19));
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
}
