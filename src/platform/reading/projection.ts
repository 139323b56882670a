import type { Viewer } from '../auth/viewer.js';
import { column, type Fragment, type Row, sql } from '../database/sql.js';
import { columnOf, type ExpressionScope, type PropertySpec, snakeCase } from '../records/property.js';
import { type RecordSpec, recordOf, targetOf } from '../records/record.js';
import type { Selection } from './selection.js';

/** A record that was reached through a reference. */
export interface Referred {
  /** True for a snapshot, below which fields with resolvers of their own are empty. */
  isSnapshot?: boolean;
}

/** The alias of the table that is listed. */
export const base = 't';

/** The table of a record under its usual alias. */
export const from = (record: RecordSpec): Fragment => sql`${sql.ref(record.table)} as ${sql.ref(base)}`;

type Shape = (row: Row) => Row | null;
type Cell = (row: Row) => unknown;

/** What a selection of a record needs, whoever asks. */
interface Plan {
  size: number;
  columns: Fragment;
  joins: Fragment[];
  shape: Shape;
}

/** Made once for a field of a document, by record and alias. */
const plans = new WeakMap<Selection, Map<string, Plan>>();

/** The columns and joins that a selection needs, and how to make plain objects of the rows that come back. */
export class Projection {
  readonly joins: Fragment[] = [];
  private readonly columns: Fragment[] = [];
  private size = 0;
  /** Whether something in it depends on who asks. */
  private isPersonal = false;

  constructor(private readonly whoAsks: Viewer) {}

  private get viewer(): Viewer {
    this.isPersonal = true;
    return this.whoAsks;
  }

  /** Adds an expression and answers how to read it from a row. */
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

  /** Adds what is selected of a record; to-one relations are joined. `id` is always there, for the fields below. */
  record(record: RecordSpec, alias: string, selection: Selection): Shape {
    if (!this.isEmpty) return this.made(record, alias, selection);
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
    const shape = this.made(record, alias, selection);
    if (!this.isPersonal) known.set(key, { size: this.size, columns: this.list, joins: [...this.joins], shape });
    return shape;
  }

  private made(record: RecordSpec, alias: string, selection: Selection, view?: RecordSpec['referenceView']): Shape {
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

  private reference({ reference }: PropertySpec, alias: string, selection: Selection): Cell {
    const { record: other, id } = reference!;
    const target = recordOf(other());
    // Numbered: names made of the path would be cut to 63 characters and collide.
    const joined = `j${this.joins.length}`;
    const { name, byOrganization } = targetOf(target);
    const scope = byOrganization
      ? sql`${column(joined, 'organization_id')} = ${column(alias, 'organization_id')} and `
      : sql``;
    this.joins.push(sql`
      left join ${sql.ref(name)} as ${sql.ref(joined)}
        on ${scope}${column(joined, 'id')} = ${column(alias, snakeCase(id))}`);
    return this.made(target, joined, selection, target.referenceView);
  }
}

/** A class, since each object literal with an accessor would live until the next major garbage collection. */
class Scope implements ExpressionScope {
  constructor(
    readonly table: Fragment,
    private readonly asks: () => Viewer,
  ) {}

  get viewer(): Viewer {
    return this.asks();
  }
}

/** PostgreSQL's text of a UTC instant as ISO 8601 with milliseconds, without a Date in between. */
function instant(text: string | null): string | null {
  if (text === null) return null;
  const fraction = text.slice(20, text.indexOf('+', 19));
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
}
