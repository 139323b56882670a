import type { Fields } from './customers.js';
import { sql } from './database.js';
import { sendHttp } from './http.js';
import { schema } from './schema.js';

/** Somebody with a token, such as a person or an API key. */
export interface Bearer {
  token?: string;
  secret?: string;
}

export interface Done {
  data: Record<string, unknown> | null;
  errors?: { message: string; extensions: Fields }[];
  extensions?: { changeSetId?: string };
}

/** Sends a document in an organization, and tells its change set as well. */
export async function act(
  { token, secret }: Bearer,
  organizationId: string,
  query: string,
  variables: Fields = {},
  headers: Record<string, string> = {},
): Promise<Done> {
  const answer = await sendHttp({
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token ?? secret}`,
      'x-organization-id': organizationId,
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
  });
  return answer as unknown as Done;
}

interface Made {
  id: string;
  changeSetId: string;
}

/** Runs a mutation that changes something: the id of its record, and its change set. */
export async function change(who: Bearer, organizationId: string, name: string, variables: Fields): Promise<Made> {
  const { data, errors, extensions } = await act(who, organizationId, documentOf(name, 'id'), variables);
  if (errors || !extensions?.changeSetId) throw new Error(`${name}: ${JSON.stringify(errors)}`);
  return { id: (data![name] as { id: string }).id, changeSetId: extensions.changeSetId };
}

/** A mutation with all of its arguments as variables. */
export function documentOf(name: string, selected = '__typename'): string {
  const { args } = schema.getMutationType()!.getFields()[name]!;
  const declared = args.map((argument) => `$${argument.name}: ${argument.type}`).join(', ');
  const passed = args.map((argument) => `${argument.name}: $${argument.name}`).join(', ');
  return args.length
    ? `mutation (${declared}) { ${name}(${passed}) { ${selected} } }`
    : `mutation { ${name} { ${selected} } }`;
}

/** A mutation's field under an alias, with its arguments as variables of names of its own. */
export function fieldOf(name: string, alias: string, values: Fields) {
  const { args } = schema.getMutationType()!.getFields()[name]!;
  const given = args.filter((argument) => argument.name in values);
  return {
    declared: given.map((argument) => `$${alias}_${argument.name}: ${argument.type}`),
    field: `${alias}: ${name}(${given.map((one) => `${one.name}: $${alias}_${one.name}`).join(', ')}) { __typename }`,
    variables: Object.fromEntries(given.map((one) => [`${alias}_${one.name}`, values[one.name]])),
  };
}

export interface UndoRow {
  status: string;
  recordType: string;
  id: string;
  errors: { code: string; reason: string; message: string }[];
  conflicts: { field: string; expected: unknown; found: unknown; laterChangeSet: { id: string } | null }[];
}

export interface Undone {
  summary: Record<string, number>;
  results: UndoRow[];
}

export const Undo = `
  mutation ($id: ID!, $mode: BulkMode! = ATOMIC) {
    undoChangeSet(id: $id, mode: $mode) {
      summary { total created updated unchanged deleted failed notAttempted }
      results {
        status recordType id
        errors { code reason message }
        conflicts { field expected found laterChangeSet { id } }
      }
    }
  }
`;

/** Undoes a change set; the result is null if the whole undo is refused. */
export async function undo(
  who: Bearer,
  organizationId: string,
  id: string,
  { mode = 'ATOMIC', headers = {} }: { mode?: string; headers?: Record<string, string> } = {},
) {
  const { data, errors, extensions } = await act(who, organizationId, Undo, { id, mode }, headers);
  return {
    result: (data?.undoChangeSet ?? null) as Undone | null,
    error: errors?.[0]?.extensions,
    changeSetId: extensions?.changeSetId ?? null,
  };
}

/** `{ id: [status, reason] }` of the rows. */
export const fatesOf = (undone: Undone | null): Record<string, string[]> =>
  Object.fromEntries(
    undone!.results.map(({ id, status, errors }) => [id, [status, ...errors.map(({ reason }) => reason)]]),
  );

const loggedTables = (
  await sql<{ name: string }>(`select tgrelid::regclass::text as name from pg_trigger where tgname = 'log_change'`)
)
  .map(({ name }) => name)
  .sort();

/** Everything that an organization has in the logged tables, but for versions and times of changes. */
export async function stateOf(organizationId: string): Promise<Fields[]> {
  const rows = loggedTables.map(
    (table) => `
      select '${table}' as "table", id, to_jsonb(t) - '{version,updated_at,last_used_at}'::text[] as row
      from ${table} t
      where ${table === 'organizations' ? 'id' : 'organization_id'} = $1`,
  );
  return sql(`${rows.join(' union all ')} order by 1, 2`, [organizationId]);
}
