import DataLoader from 'dataloader';
import type { GraphQLResolveInfo } from 'graphql';
import type { Viewer } from '../auth/viewer.js';
import { and, column, compile, type Fragment, type Statement, sql } from '../database/sql.js';
import { conditionOf, searchCondition } from '../lists/conditions.js';
import type { Cursors } from '../lists/cursor.js';
import { afterCondition, keysOf, orderByClause } from '../lists/keyset.js';
import { orderOf, type Window, windowOf } from '../lists/paging.js';
import type { Connection, ListArguments, PageInfo } from '../lists/types.js';
import { type Class, snakeCase } from '../records/property.js';
import { type RecordSpec, recordOf } from '../records/record.js';
import { Projection, type Row } from './projection.js';
import { Selection } from './selection.js';

/** Where statements go: the transaction of the operation. */
export interface Rows {
  query(statement: Statement): Promise<Row[]>;
}

/** Narrows a list beyond its filter; the alias names the listed table. */
export type Narrowing = (alias: string) => Fragment;

interface Listing {
  record: RecordSpec;
  args: ListArguments;
  window: Window;
  /** What cursors of this list are bound to. */
  binding: string;
  conditions: Fragment[];
  page: Selection;
}

const base = 't';

/** Reads what a selection asks for, one statement a list or record, and one for all parents below a list. */
export class Reader {
  private readonly loaders = new Map<string, DataLoader<string, unknown>>();

  constructor(
    private readonly rows: Rows,
    private readonly whoAsks: () => Viewer,
    private readonly cursors: Cursors,
  ) {}

  get viewer(): Viewer {
    return this.whoAsks();
  }

  /** One record by id, or null when there is none in the active organization. */
  async one(type: Class, id: string, selection: Selection, narrowing?: Narrowing): Promise<Row | null> {
    const found = await this.byKeys(type, 'id', [id], selection, { narrowing });
    return found.get(id)?.[0] ?? null;
  }

  /** All rows of a short list; `everywhere` for the viewer's own rows in every organization. */
  async all(
    type: Class,
    selection: Selection,
    {
      narrowing,
      order,
      limit,
      everywhere = false,
    }: { narrowing: Narrowing; order: Fragment; limit?: number; everywhere?: boolean },
  ): Promise<Row[]> {
    const record = recordOf(type);
    const projection = new Projection(this.viewer);
    const shape = projection.record(record, base, selection);
    const conditions = and([...(everywhere ? [] : this.tenant(record)), narrowing(base)]);
    const rows = await this.query(
      sql`select ${projection.list} from ${from(record)} ${sql.join(projection.joins, sql` `)} where ${conditions} order by ${order}${limit ? sql` limit ${limit}` : sql``}`,
    );
    return rows.map((row) => shape(row)!);
  }

  /** A root list. */
  async connection(
    type: Class,
    args: ListArguments,
    info: GraphQLResolveInfo,
    narrowing?: Narrowing,
  ): Promise<Connection> {
    const record = recordOf(type);
    const listing = this.listing(record, args, info, [...this.tenant(record), ...(narrowing ? [narrowing(base)] : [])]);
    const wantsRows = needsRows(listing.page);
    const [rows, total] = await Promise.all([
      wantsRows ? this.page(listing) : null,
      needsTotal(listing.page) ? this.total(listing) : undefined,
    ]);
    const pastTheEnd = rows?.list.length === 0 && mayBePastTheEnd(listing);
    const rowsBefore = total ?? (pastTheEnd ? await this.total(listing) : undefined);
    return this.shaped(listing, rows?.list ?? [], rows?.cursors ?? [], rowsBefore);
  }

  /** A list below a record: one statement for all parents, and one for all totals. */
  async children(
    type: Class,
    by: string,
    parentId: string,
    args: ListArguments,
    info: GraphQLResolveInfo,
    narrowing?: Narrowing,
    page = Selection.of(info),
  ): Promise<Connection> {
    return this.load(info, parentId, async (parents) => {
      const record = recordOf(type);
      const conditions = [...this.tenant(record), ...(narrowing ? [narrowing(base)] : [])];
      const listing = { ...this.listing(record, args, info, conditions), page };
      const pointer = column(base, snakeCase(record.properties.get(by)!.reference!.id));
      const [pages, totals] = await Promise.all([
        needsRows(listing.page) ? this.pages(listing, pointer, parents) : new Map<string, Page>(),
        needsTotal(listing.page) || mayBePastTheEnd(listing)
          ? this.totals(listing, pointer, sql`${parents}::uuid[]`)
          : null,
      ]);
      return parents.map((id) => {
        const { list, cursors } = pages.get(id) ?? { list: [], cursors: [] };
        return this.shaped(listing, list, cursors, totals ? (totals.get(id) ?? 0) : undefined);
      });
    });
  }

  /** A field below a record, resolved for all parents at once; loaders are apart by the field's place in the answer. */
  load<Value>(
    info: GraphQLResolveInfo,
    key: string,
    batch: (keys: readonly string[]) => Promise<Value[]>,
  ): Promise<Value> {
    const place = placeOf(info);
    let loader = this.loaders.get(place);
    if (!loader) {
      loader = new DataLoader<string, unknown>(batch, { maxBatchSize: 1000 });
      this.loaders.set(place, loader);
    }
    return loader.load(key) as Promise<Value>;
  }

  /** Rows of a record by a column, grouped by its value; `everywhere` for rows that may be of other organizations. */
  async byKeys(
    type: Class,
    key: string,
    keys: readonly string[],
    selection: Selection,
    { narrowing, order, source, everywhere = source !== undefined }: GroupOptions = {},
  ): Promise<Map<string, Row[]>> {
    const record = recordOf(type);
    const projection = new Projection(this.viewer);
    const keyColumn = column(base, snakeCase(key));
    const keyOf = projection.add(keyColumn);
    const shape = projection.record(record, base, selection);
    const wanted = keys.length === 1 ? sql`${keyColumn} = ${keys[0]}::uuid` : sql`${keyColumn} = any(${keys}::uuid[])`;
    const scope = everywhere ? [] : this.tenant(record);
    const conditions = and([...scope, wanted, ...(narrowing ? [narrowing(base)] : [])]);
    const rows = await this.query(
      sql`select ${projection.list} from ${source ?? from(record)} ${sql.join(projection.joins, sql` `)} where ${conditions}${order ? sql` order by ${order}` : sql``}`,
    );
    return grouped(rows, keyOf as (row: Row) => string, (row) => shape(row)!);
  }

  /** Rows of a statement of one's own. */
  query(statement: Fragment): Promise<Row[]> {
    return this.rows.query(compile(statement));
  }

  private tenant(record: RecordSpec, alias = base): Fragment[] {
    if (!record.tenant) return [];
    return [sql`${column(alias, 'organization_id')} = ${this.viewer.organization?.id ?? null}::uuid`];
  }

  /** A figure over the rows below each parent; parents without rows are missing. */
  async figures(
    type: Class,
    by: string,
    parents: readonly string[],
    { filter, search }: ListArguments,
    figure: Fragment,
  ): Promise<Map<string, unknown>> {
    const record = recordOf(type);
    const pointer = column(base, snakeCase(record.properties.get(by)!.reference!.id));
    const conditions = [
      ...this.tenant(record),
      sql`${pointer} = any(${parents}::uuid[])`,
      ...this.matching(record, filter, search),
    ];
    const rows = await this.query(
      sql`select ${pointer} as parent, ${figure} as figure from ${from(record)} where ${and(conditions)} group by 1`,
    );
    return new Map(rows.map((row) => [row.parent as string, row.figure]));
  }

  /** Figures over all rows of a list, one row a group. */
  async summary(type: Class, { by, ...rows }: Summarized, columns: Projection): Promise<Row[]> {
    return this.query(
      sql`select ${columns.list} ${this.listed(type, rows)}${by?.length ? sql` group by ${sql.join(by)}` : sql``}`,
    );
  }

  /** `from … where …` of all rows of a list, for a statement of one's own. */
  listed(type: Class, { filter, search, narrowing }: Summarized, alias = base): Fragment {
    const record = recordOf(type);
    const conditions = [
      ...this.tenant(record, alias),
      ...this.matching(record, filter, search, alias),
      ...(narrowing ? [narrowing(alias)] : []),
    ];
    return sql`from ${sql.table(record.table)} as ${sql.ref(alias)} where ${and(conditions)}`;
  }

  /** The rows of a list that an expression sorts into the same part, as a list below each part. */
  async part(
    type: Class,
    partOf: Fragment,
    part: string,
    { narrowing, ...rows }: Summarized,
    args: ListArguments,
    info: GraphQLResolveInfo,
  ): Promise<Connection> {
    return this.load(info, part, async (parts) => {
      const record = recordOf(type);
      const scope = [...this.tenant(record), ...(narrowing ? [narrowing(base)] : [])];
      const listing = this.listing(record, { ...args, ...rows }, info, scope);
      const [pages, totals] = await Promise.all([
        needsRows(listing.page) ? this.pagesOfParts(listing, partOf, parts) : new Map<string, Page>(),
        needsTotal(listing.page) || mayBePastTheEnd(listing)
          ? this.totals(listing, partOf, sql`${parts}::text[]`)
          : null,
      ]);
      return parts.map((one) => {
        const { list, cursors } = pages.get(one) ?? { list: [], cursors: [] };
        return this.shaped(listing, list, cursors, totals ? (totals.get(one) ?? 0) : undefined);
      });
    });
  }

  /** Ids of all rows of a list, for a statement about what belongs to them. */
  idsOf(type: Class, { filter, search }: ListArguments): Fragment {
    return sql`select listed.id ${this.listed(type, { filter, search }, 'listed')}`;
  }

  private matching(
    record: RecordSpec,
    filter: ListArguments['filter'],
    search: ListArguments['search'],
    alias = base,
  ): Fragment[] {
    const searched = searchCondition(record, search, alias);
    return [...(filter ? [conditionOf(record, filter, alias, this.viewer)] : []), ...(searched ? [searched] : [])];
  }

  private listing(record: RecordSpec, args: ListArguments, info: GraphQLResolveInfo, scope: Fragment[]): Listing {
    const conditions = [...scope, ...this.matching(record, args.filter, args.search)];
    const binding = JSON.stringify([
      `${info.parentType.name}.${info.fieldName}`,
      this.viewer.organization?.id,
      args.filter,
      args.search?.trim() || null,
      orderOf(record, args),
    ]);
    return { record, args, window: windowOf(args), binding, conditions, page: Selection.of(info) };
  }

  private async page(listing: Listing): Promise<Page> {
    const { projection, shape, cursorOf, position } = this.rowsOf(listing);
    const rows = await this.query(this.select(listing, projection, [...listing.conditions, ...position]));
    return { list: rows.map((row) => shape(row)!), cursors: rows.map(cursorOf) };
  }

  private async pages(listing: Listing, pointer: Fragment, parents: readonly string[]): Promise<Map<string, Page>> {
    const { projection, shape, cursorOf, position } = this.rowsOf(listing);
    const conditions = [...listing.conditions, ...position, sql`${pointer} = p.parent`];
    const inner = this.select(listing, projection, conditions);
    const rows = await this.query(
      sql`select p.parent, l.* from unnest(${parents}::uuid[]) as p(parent) cross join lateral (select r.*, row_number() over () as place from (${inner}) as r) as l order by p.parent, l.place`,
    );
    return pagesIn(rows, 'parent', shape, cursorOf);
  }

  /** In one pass over all rows: no index finds the rows of a part. */
  private async pagesOfParts(listing: Listing, partOf: Fragment, parts: readonly string[]): Promise<Map<string, Page>> {
    const { projection, shape, cursorOf, position } = this.rowsOf(listing);
    const { record, args, window, conditions } = listing;
    const backward = window.mode === 'cursor' && window.backward;
    const keys = keysOf(record, orderOf(record, args), base, this.viewer, backward);
    const offset = window.mode === 'page' ? (window.page - 1) * window.size : 0;
    const wanted = and([...conditions, ...position, sql`${partOf} = any(${parts}::text[])`]);
    const rows = await this.query(
      sql`select l.* from (select ${partOf} as part, ${projection.list}, row_number() over (partition by ${partOf} order by ${orderByClause(keys)}) as place from ${from(record)} ${sql.join(projection.joins, sql` `)} where ${wanted}) as l where l.place > ${offset} and l.place <= ${offset + window.size + 1} order by l.part, l.place`,
    );
    return pagesIn(rows, 'part', shape, cursorOf);
  }

  /** The rows of one page and one more, which tells whether there is another page. */
  private select({ record, args, window }: Listing, projection: Projection, conditions: Fragment[]): Fragment {
    const backward = window.mode === 'cursor' && window.backward;
    const keys = keysOf(record, orderOf(record, args), base, this.viewer, backward);
    const offset = window.mode === 'page' ? (window.page - 1) * window.size : 0;
    return sql`select ${projection.list} from ${from(record)} ${sql.join(projection.joins, sql` `)} where ${and(conditions)} order by ${orderByClause(keys)} limit ${window.size + 1}${offset ? sql` offset ${offset}` : sql``}`;
  }

  private async total({ record, conditions }: Listing): Promise<number> {
    const [row] = await this.query(
      sql`select count(*)::integer as total from ${from(record)} where ${and(conditions)}`,
    );
    return row!.total as number;
  }

  private async totals(
    { record, conditions }: Listing,
    pointer: Fragment,
    parents: Fragment,
  ): Promise<Map<string, number>> {
    const rows = await this.query(
      sql`select ${pointer} as parent, count(*)::integer as total from ${from(record)} where ${and([...conditions, sql`${pointer} = any(${parents})`])} group by 1`,
    );
    return new Map(rows.map(({ parent, total }) => [parent as string, total as number]));
  }

  private rowsOf(listing: Listing) {
    const projection = new Projection(this.viewer);
    const { record, args, page, window, binding } = listing;
    const shape = projection.record(record, base, page.at('nodes').with(page.at('edges', 'node')));
    const wantsCursors =
      page.at('edges').has('cursor') || ['startCursor', 'endCursor'].some((name) => page.at('pageInfo').has(name));
    const keys = keysOf(record, orderOf(record, args), base, this.viewer, window.mode === 'cursor' && window.backward);
    const cells = wantsCursors ? keys.map(({ value }) => projection.add(sql`${value}::text`)) : [];
    const position: Fragment[] = [];
    if (window.mode === 'cursor' && window.cursor !== null) {
      const values = this.cursors.read(binding, window.cursor, window.backward ? 'before' : 'after');
      position.push(afterCondition(keys, values));
    }
    const cursorOf = (row: Row) =>
      this.cursors.make(
        binding,
        cells.map((cell) => cell(row) as string | null),
      );
    return { projection, shape, position, cursorOf: wantsCursors ? cursorOf : () => '' };
  }

  private shaped({ window, page }: Listing, found: Row[], positions: string[], total?: number): Connection {
    const more = found.length > window.size;
    const nodes = found.slice(0, window.size);
    const cursors = positions.slice(0, window.size);
    const backward = window.mode === 'cursor' && window.backward;
    if (backward) {
      nodes.reverse();
      cursors.reverse();
    }
    const before =
      window.mode === 'page' ? window.page > 1 && (nodes.length > 0 || Boolean(total)) : window.cursor !== null;
    const pageInfo: PageInfo = {
      hasNextPage: backward ? before : more,
      hasPreviousPage: backward ? more : before,
      startCursor: cursors[0] ?? null,
      endCursor: cursors.at(-1) ?? null,
      page: window.mode === 'page' ? window.page : null,
      pageSize: window.mode === 'page' ? window.size : null,
      pageCount: window.mode === 'page' && total !== undefined ? Math.ceil(total / window.size) : null,
    };
    return {
      ...(total !== undefined && { totalCount: total }),
      pageInfo,
      nodes,
      ...(page.has('edges') && { edges: nodes.map((node, n) => ({ node, cursor: cursors[n]! })) }),
    };
  }
}

/** Which rows a summary is about, and what it groups them by. */
export interface Summarized extends Pick<ListArguments, 'filter' | 'search'> {
  narrowing?: Narrowing;
  by?: Fragment[];
}

interface GroupOptions {
  narrowing?: Narrowing;
  order?: Fragment;
  /** Rows of the record's shape, as `t`, that come from elsewhere than its table. */
  source?: Fragment;
  /** Not the active organization only; the source or the narrowing says which rows. */
  everywhere?: boolean;
}

interface Page {
  list: Row[];
  cursors: string[];
}

const from = (record: RecordSpec): Fragment => sql`${sql.table(record.table)} as ${sql.ref(base)}`;

/** Only the number of rows tells whether any precede an empty page. */
const mayBePastTheEnd = ({ window, page }: Listing) =>
  window.mode === 'page' && window.page > 1 && page.at('pageInfo').has('hasPreviousPage');

const needsRows = (page: Selection) => page.has('nodes') || page.has('edges') || page.has('pageInfo');
const needsTotal = (page: Selection) => page.has('totalCount') || page.at('pageInfo').has('pageCount');

function placeOf({ path }: GraphQLResolveInfo): string {
  const names: string[] = [];
  for (let here: typeof path | undefined = path; here; here = here.prev)
    if (typeof here.key === 'string') names.unshift(here.key);
  return names.join('.');
}

/** The page of each parent or part. */
function pagesIn(
  rows: Row[],
  key: string,
  shape: (row: Row) => Row | null,
  cursorOf: (row: Row) => string,
): Map<string, Page> {
  const entries = grouped(
    rows,
    (row) => row[key] as string,
    (row) => ({ item: shape(row)!, cursor: cursorOf(row) }),
  );
  return new Map(
    [...entries].map(([id, list]) => [
      id,
      { list: list.map(({ item }) => item), cursors: list.map(({ cursor }) => cursor) },
    ]),
  );
}

function grouped<Value>(rows: Row[], keyOf: (row: Row) => string, make: (row: Row) => Value): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(make(row));
    else groups.set(keyOf(row), [make(row)]);
  }
  return groups;
}
