/** A screen as each of the three servers is asked for it. */
export interface Screen {
  /** Name of its operation in `tests/screens/`, or of its own document. */
  operation: string;
  document?: string;
  variables?: Record<string, unknown>;
  /** The same fields by the names that PostGraphile gives them; it has no figures. */
  postgraphile?: string;
  bare: {
    text: string;
    values?: unknown[];
    shape(rows: Row[]): object;
  };
}

// biome-ignore lint/suspicious/noExplicitAny: a row of a statement written by hand
export type Row = any;

/** Records that the detail screens show, and the organization that has them. */
export interface Subjects {
  organization: string;
  customer: string;
  deal: string;
  lead: string;
  vendor: string;
  activity: string;
}

/** Figures that are worked out for a screen; the peers store none of them, so nobody is asked for them. */
export const figures = new Set([
  'totalValue',
  'openDealCount',
  'lastContactAt',
  'daysInStage',
  'isOverdue',
  'customerStats',
  'leadStats',
  'dealStats',
  'activityStats',
  'vendorStats',
  'vendorTypes',
  'departments',
]);

/** The first page of a numbered list, of whose rows one more than its size was read, each with the `total`. */
export function firstPage(rows: Row[], shape: (row: Row) => object, { withPrevious = true } = {}): object {
  const total: number = rows[0]?.total ?? 0;
  return {
    totalCount: total,
    pageInfo: {
      page: 1,
      pageSize,
      pageCount: Math.ceil(total / pageSize),
      hasNextPage: rows.length > pageSize,
      ...(withPrevious && { hasPreviousPage: false }),
    },
    nodes: rows.slice(0, pageSize).map(shape),
  };
}

const pageSize = 25;

/** An instant in JSON as our server writes it. */
export const instant = (column: string) => `to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** `organization_id` of the active organization. */
export const mine = `current_setting('app.organization_id')::uuid`;

/** A person who may be missing. */
export const person = (id: string | null, fullName: string | null) => (id === null ? null : { id, fullName });

/** The record that a relation points to, by name, if there is one. */
export const named = (id: string | null, name: string | null) => (id === null ? null : { id, name });

/** A user in JSON, as the author of something. */
export const author = (id: string) => `(select json_build_object('id', u.id,
  'fullName', coalesce(u.first_name || ' ' || u.last_name, u.username)) from users u where u.id = ${id})`;
