import type { GraphQLResolveInfo } from 'graphql';
import type { Viewer } from '../auth/viewer.js';
import type { Class } from '../class.js';
import { and, column, compile, type Fragment, type QueryRunner, type Row, sql } from '../database/sql.js';
import type { Connection, FilterArguments, ListArguments } from '../records/lists.js';
import { columnOf, snakeCase } from '../records/property.js';
import { type RecordSpec, recordOf } from '../records/record.js';
import type { RecordRow } from '../records/record-row.js';
import { conditionOf, searchCondition } from './conditions.js';
import { Connections } from './connections.js';
import type { Cursors } from './cursor.js';
import { Loaders } from './loaders.js';
import { NestedLists } from './nested-lists.js';
import { base, from, Projection } from './projection.js';
import { Selection } from './selection.js';

/** Narrows a list beyond its filter; the alias names the listed table. */
export type Narrowing = (alias: string) => Fragment;

/** Reads selections: one statement for each list or record, and one for a nested list below all of its parents. */
export class Reader {
  private readonly connections: Connections;

  constructor(
    private readonly queries: QueryRunner,
    private readonly getViewer: () => Viewer,
    private readonly cursors: Cursors,
    private readonly loaders = Loaders.ofAnswer(),
  ) {
    this.connections = new Connections((statement) => this.query(statement), getViewer, cursors);
  }

  get viewer(): Viewer {
    return this.getViewer();
  }

  /** Reads the same rows as another viewer. */
  as(viewer: Viewer): Reader {
    return new Reader(this.queries, () => viewer, this.cursors);
  }

  /** One record by id; null if the active organization has none with this id. */
  async byId<Entity>(
    type: Class<Entity>,
    id: string,
    selection: Selection,
    narrowing?: Narrowing,
  ): Promise<RecordRow<Entity> | null> {
    const found = await this.byKeys(type, 'id', [id], selection, { narrowing });
    return found.get(id)?.[0] ?? null;
  }

  /** All rows of a short list; `everywhere` for the viewer's own rows in every organization. */
  async all<Entity>(
    type: Class<Entity>,
    selection: Selection,
    {
      narrowing,
      order,
      limit,
      everywhere = false,
    }: { narrowing: Narrowing; order: Fragment; limit?: number; everywhere?: boolean },
  ): Promise<RecordRow<Entity>[]> {
    const record = recordOf(type);
    const projection = new Projection(this.viewer, everywhere);
    const shape = projection.record(record, base, selection);
    const conditions = and([...(everywhere ? [] : this.tenant(record)), narrowing(base)]);
    const rows = await this.query(
      sql`select ${projection.list}
        from ${from(record)} ${sql.join(projection.joins, ' ')}
        where ${conditions}
        order by ${order}${limit ? sql` limit ${limit}` : sql``}`,
    );
    return rows.map((row) => shape(row) as RecordRow<Entity>);
  }

  /** A root list. */
  async connection<Entity>(
    type: Class<Entity>,
    args: ListArguments,
    info: GraphQLResolveInfo,
    narrowing?: Narrowing,
  ): Promise<Connection<RecordRow<Entity>>> {
    const record = recordOf(type);
    return this.connections.pageOf(
      this.connections.listing(record, args, info, this.conditions(record, { ...args, narrowing })),
    );
  }

  /** A nested list: one statement for the rows below all parents, and one for all totals. */
  async children<Entity>(
    type: Class<Entity>,
    by: string,
    parentId: string,
    args: ListArguments,
    info: GraphQLResolveInfo,
    narrowing?: Narrowing,
    page = Selection.of(info),
  ): Promise<Connection<RecordRow<Entity>>> {
    return this.load(info, parentId, async (parents) => {
      const record = recordOf(type);
      const conditions = this.conditions(record, { ...args, narrowing });
      const listing = { ...this.connections.listing(record, args, info, conditions), page };
      const pointer = column(base, columnOf(record.properties.get(by)!));
      return this.nestedLists().ofParents(listing, pointer, parents);
    });
  }

  /** Batches a field below records: one load for all parents. */
  load<Value>(
    info: GraphQLResolveInfo,
    key: string,
    batch: (keys: readonly string[]) => Promise<(Value | Error)[]>,
  ): Promise<Value> {
    return this.loaders.load(info, key, batch);
  }

  /** Rows of a record by a column, grouped by its value; `everywhere` includes rows of other organizations. */
  async byKeys<Entity>(
    type: Class<Entity>,
    key: string,
    keys: readonly string[],
    selection: Selection,
    { narrowing, order, source, everywhere = source !== undefined }: GroupOptions = {},
  ): Promise<Map<string, RecordRow<Entity>[]>> {
    const record = recordOf(type);
    const projection = new Projection(this.viewer, everywhere);
    const keyColumn = column(base, snakeCase(key));
    const shape = projection.record(record, base, selection);
    const keyOf = projection.add(keyColumn);
    const wanted = keys.length === 1 ? sql`${keyColumn} = ${keys[0]}::uuid` : sql`${keyColumn} = any(${keys}::uuid[])`;
    const scope = everywhere ? [] : this.tenant(record);
    const conditions = and([...scope, wanted, ...(narrowing ? [narrowing(base)] : [])]);
    const rows = await this.query(
      sql`select ${projection.list}
        from ${source ?? from(record)} ${sql.join(projection.joins, ' ')}
        where ${conditions}${order ? sql` order by ${order}` : sql``}`,
    );
    const groups = new Map<string, RecordRow<Entity>[]>();
    for (const row of rows) {
      const key = keyOf(row) as string;
      const group = groups.get(key) ?? [];
      groups.set(key, group);
      group.push(shape(row) as RecordRow<Entity>);
    }
    return groups;
  }

  /** Rows of a custom statement. */
  query<Found extends object = Row>(statement: Fragment): Promise<Found[]> {
    return this.queries.query(compile(statement));
  }

  /** The condition that restricts a record to the active organization. */
  tenant(record: RecordSpec, alias = base): Fragment[] {
    if (!record.tenant) return [];
    return [sql`${column(alias, 'organization_id')} = ${this.viewer.organization?.id ?? null}::uuid`];
  }

  /** A figure over the rows below each parent; the map lacks parents without rows. */
  async figures(
    type: Class,
    by: string,
    parents: readonly string[],
    { filter, search }: FilterArguments,
    figure: Fragment,
  ): Promise<Map<string, unknown>> {
    const record = recordOf(type);
    const pointer = column(base, snakeCase(record.properties.get(by)!.reference!.id));
    const conditions = [sql`${pointer} = any(${parents}::uuid[])`, ...this.conditions(record, { filter, search })];
    const rows = await this.query(
      sql`select ${pointer} as parent, ${figure} as figure
        from ${from(record)}
        where ${and(conditions)}
        group by 1`,
    );
    return new Map(rows.map((row) => [row.parent as string, row.figure]));
  }

  /** Figures over all rows of a list, one row for each group. */
  async summary(type: Class, { by, ...rows }: Summarized, columns: Projection): Promise<Row[]> {
    return this.query(sql`
      select ${columns.list}
      ${this.listed(type, rows)}
      ${by?.length ? sql`group by ${sql.join(by)}` : sql``}`);
  }

  /** `from … where …` for all rows of a list, for use in a custom statement. */
  listed(type: Class, rows: Summarized, alias = base): Fragment {
    const record = recordOf(type);
    return sql`from ${rows.source ?? sql.ref(record.table)} as ${sql.ref(alias)} ${rows.join ?? sql``}
      where ${and(this.conditions(record, rows, alias))}`;
  }

  /** The condition that rows of a list meet, for use in a custom statement. */
  matching(type: Class, rows: Pick<Summarized, 'filter' | 'search' | 'narrowing'>, alias = base): Fragment {
    return and(this.conditions(recordOf(type), rows, alias));
  }

  /** The rows of a list for which `partOf` gives the same part, as a nested list of that part. */
  async part<Entity>(
    type: Class<Entity>,
    partOf: Fragment,
    part: string,
    rows: Summarized,
    args: ListArguments,
    info: GraphQLResolveInfo,
  ): Promise<Connection<RecordRow<Entity>>> {
    return this.load(info, part, async (parts) => {
      const record = recordOf(type);
      const { filter, search } = rows;
      const listed = { ...args, filter, search };
      const conditions = this.conditions(record, rows);
      const listing = { ...this.connections.listing(record, listed, info, conditions), join: rows.join };
      return this.nestedLists().ofParts(listing, partOf, parts);
    });
  }

  /** A subquery for the ids of all rows of a list, for a statement about related records. */
  idsOf(type: Class, { filter, search }: FilterArguments): Fragment {
    return sql`select listed.id ${this.listed(type, { filter, search }, 'listed')}`;
  }

  private nestedLists(): NestedLists {
    return new NestedLists((statement) => this.query(statement), this.connections);
  }

  /** The conditions of a list: the organization, the filter, the search, and the narrowing to its parent. */
  private conditions(record: RecordSpec, { filter, search, narrowing }: Summarized, alias = base): Fragment[] {
    const searched = search ? searchCondition(record, search, alias) : null;
    return [
      ...this.tenant(record, alias),
      ...(filter ? [conditionOf(record, filter, alias, this.viewer)] : []),
      ...(searched ? [searched] : []),
      ...(narrowing ? [narrowing(alias)] : []),
    ];
  }
}

/** The rows of a summary, and the expressions that group them. */
export interface Summarized extends FilterArguments {
  narrowing?: Narrowing;
  by?: Fragment[];
  /** Joined to each row, for the expressions that group them. */
  join?: Fragment;
  /** A subquery for some of the table's rows, with all of its columns. */
  source?: Fragment;
}

interface GroupOptions {
  narrowing?: Narrowing;
  order?: Fragment;
  /** A source other than the record's table, with the same columns and the alias `t`. */
  source?: Fragment;
  /** Reads rows of every organization that the source or the narrowing lets through. */
  everywhere?: boolean;
}
