import { and, type Fragment, type Row, sql } from '../database/sql.js';
import type { Connection } from '../records/lists.js';
import {
  type Connections,
  emptyPage,
  type Listing,
  mayBePastTheEnd,
  needsRows,
  needsTotal,
  offsetOf,
  type Page,
  positionOf,
} from './connections.js';
import { orderByClause } from './keyset.js';
import { from } from './projection.js';

type Answers<Found> = Promise<(Connection<Found> | Error)[]>;

/** Pages of the lists below several records: one statement for the rows of all of them, and one for all totals. */
export class NestedLists {
  constructor(
    private readonly query: (statement: Fragment) => Promise<Row[]>,
    private readonly connections: Connections,
  ) {}

  /** The list below each parent, by a column that points to it. */
  ofParents<Found>(listing: Listing, pointer: Fragment, parents: readonly string[]): Answers<Found> {
    if (parents.length > 1 && !hasCursor(listing))
      return this.all(listing, parents, pointer, 'uuid[]', () =>
        // A search finds all of its rows before a page is cut, so a subquery for each parent would repeat it.
        listing.args.search
          ? this.pagesInOnePass(listing, pointer, parents, 'uuid[]')
          : this.pagesOfParents(listing, pointer, parents),
      );
    return eachAlone(listing, parents, (parent) => {
      const conditions = [...listing.conditions, sql`${pointer} = ${parent}::uuid`];
      return this.connections.pageOf({ ...listing, conditions }, parent);
    });
  }

  /** The list of each part, by an SQL expression for the part that a row belongs to. */
  ofParts<Found>(listing: Listing, partOf: Fragment, parts: readonly string[]): Answers<Found> {
    // No index finds the rows of a part.
    const readTogether = (together: readonly string[]): Promise<Connection<Found>[]> =>
      this.all(listing, together, partOf, 'text[]', () => this.pagesInOnePass(listing, partOf, together, 'text[]'));
    if (parts.length > 1 && !hasCursor(listing)) return readTogether(parts);
    return eachAlone(listing, parts, async (part) => (await readTogether([part]))[0]!);
  }

  private async all<Found>(
    listing: Listing,
    owners: readonly string[],
    ownerOf: Fragment,
    type: string,
    readPages: () => Promise<Map<string, Page>>,
  ): Promise<Connection<Found>[]> {
    const [pages, totals] = await Promise.all([
      needsRows(listing.page) ? readPages() : new Map<string, Page>(),
      needsTotal(listing.page) || mayBePastTheEnd(listing)
        ? this.totals(listing, ownerOf, sql`${owners}::${sql.raw(type)}`)
        : null,
    ]);
    return owners.map((owner) =>
      this.connections.shaped(listing, pages.get(owner) ?? emptyPage, totals ? (totals.get(owner) ?? 0) : undefined),
    );
  }

  private async pagesOfParents(
    listing: Listing,
    pointer: Fragment,
    parents: readonly string[],
  ): Promise<Map<string, Page>> {
    const rowsOf = this.connections.rowsOf(listing, null);
    const ofParent = this.connections.select(listing, rowsOf, [sql`${pointer} = p.parent`]);
    const rows = await this.query(
      sql`select p.parent as owner, l.*
        from unnest(${parents}::uuid[]) as p(parent)
        cross join lateral (select r.*, row_number() over () as place from (${ofParent}) as r) as l
        order by p.parent, l.place`,
    );
    return pagesIn(rows, rowsOf);
  }

  /** Ranks the rows of all owners in one statement, instead of a subquery for each owner. */
  private async pagesInOnePass(
    listing: Listing,
    ownerOf: Fragment,
    owners: readonly string[],
    type: string,
  ): Promise<Map<string, Page>> {
    const after = owners.length === 1 ? positionOf(listing, owners[0]!) : null;
    const rowsOf = this.connections.rowsOf(listing, after);
    const { projection, position, keys } = rowsOf;
    const { record, window, conditions, join = sql`` } = listing;
    const offset = offsetOf(window);
    const rows = await this.query(
      sql`select l.*
        from (
          select ${ownerOf} as owner,
            ${projection.list},
            row_number() over (partition by ${ownerOf} order by ${orderByClause(keys)}) as place
          from ${from(record)} ${join} ${sql.join(projection.joins, ' ')}
          where ${and([...conditions, ...position, sql`${ownerOf} = any(${owners}::${sql.raw(type)})`])}
        ) as l
        where l.place > ${offset}
          and l.place <= ${offset + window.size + 1}
        order by l.owner, l.place`,
    );
    return pagesIn(rows, rowsOf);
  }

  private async totals(
    { record, conditions, join = sql`` }: Listing,
    ownerOf: Fragment,
    owners: Fragment,
  ): Promise<Map<string, number>> {
    const rows = await this.query(
      sql`select ${ownerOf} as owner, count(*)::integer as total
        from ${from(record)} ${join}
        where ${and([...conditions, sql`${ownerOf} = any(${owners})`])}
        group by 1`,
    );
    return new Map(rows.map(({ owner, total }) => [owner as string, total as number]));
  }
}

const hasCursor = ({ window }: Listing): boolean => window.mode === 'cursor' && window.cursor !== null;

/** Reads each list by itself: a cursor belongs to one owner, so the lists of the others report INVALID_CURSOR. */
async function eachAlone<Found>(
  listing: Listing,
  owners: readonly string[],
  read: (owner: string) => Promise<Connection<Found>>,
): Answers<Found> {
  const settled = await Promise.allSettled(
    owners.map(async (owner) => {
      positionOf(listing, owner);
      return read(owner);
    }),
  );
  return settled.map((result) => (result.status === 'fulfilled' ? result.value : (result.reason as Error)));
}

/** Groups the rows into the page of each owner, whose id or name is their column `owner`. */
function pagesIn(
  rows: Row[],
  { shape, cursorOf }: Pick<ReturnType<Connections['rowsOf']>, 'shape' | 'cursorOf'>,
): Map<string, Page> {
  const groups = Map.groupBy(rows, (row) => row.owner as string);
  return new Map(
    [...groups].map(([owner, group]) => [
      owner,
      { list: group.map((row) => shape(row)!), cursorAt: (n: number) => cursorOf(group[n]!, owner) },
    ]),
  );
}
