export const activeOrganization = `(select current_setting('app.organization_id')::uuid)`;
export const activeUser = `(select current_setting('app.user_id')::uuid)`;

/**
 * The same for functions, which are also called without these settings: null then, so that nothing equals them. An
 * error would tell whether there was a row to compare.
 */
export const activeOrganizationOrNull = `nullif(current_setting('app.organization_id', true), '')::uuid`;
export const activeUserOrNull = `nullif(current_setting('app.user_id', true), '')::uuid`;

/** The arguments of `definerFunction`. */
export type Definition = [signature: string, definition: string];

/** Limits reads and writes to the active organization; also forced on the owner. */
export const tenantPolicy = (table: string) =>
  `create policy tenant on ${table}
     using (organization_id = ${activeOrganization}) with check (organization_id = ${activeOrganization})`;

/** Database functions that read beyond the active organization run as crm_definer and limit their rows themselves. */
export const definerPolicy = (table: string) =>
  `create policy definer on ${table} to crm_definer using (true) with check (true)`;

/** A function that runs as crm_definer, with a fixed search path. Only crm_app may call it. */
export const definerFunction = (signature: string, definition: string): string[] => {
  const name = signature.replace(/ default [^,)]+/g, '');
  return [
    `create function ${signature} ${definition.replace(' as $$', () => ' security definer set search_path = pg_catalog, public, pg_temp as $$')}`,
    `revoke all on function ${name} from public`,
    `grant execute on function ${name} to crm_app`,
    `alter function ${name} owner to crm_definer`,
  ];
};

/** The same for a function that may already exist. */
export const replacedFunction = (signature: string, definition: string): string[] =>
  definerFunction(signature, definition).map((statement) =>
    statement.replace(/^create function/, 'create or replace function'),
  );

/**
 * A function of one SQL query in PL/pgSQL, which keeps its plan: PostgreSQL 15 to 17 plan SQL functions at each call.
 * Its result columns are variables there, so ambiguous names must mean the columns of tables.
 */
export const keepingItsPlan = ([signature, definition]: Definition): Definition => [
  signature,
  definition.replace('language sql', 'language plpgsql').replace(
    /\$\$(.*)\$\$/s,
    (_, query) => `$$
     #variable_conflict use_column
     begin
       return query ${query.trim()};
     end
   $$`,
  ),
];

/** A function that only functions of crm_definer, and operators as crm_definer, may call. It runs as its caller. */
export const innerFunction = (signature: string, definition: string): string[] => [
  `create function ${signature} ${definition}`,
  `revoke all on function ${signature} from public`,
  `alter function ${signature} owner to crm_definer`,
];

/**
 * A trigger fires without the right to call its function. With it, crm_app could attach the function to a temporary table
 * of its own.
 */
export const notForApp = (triggerFunction: string) => `revoke execute on function ${triggerFunction} from crm_app`;

/** Statements that create functions of crm_definer, between the necessary grants and their revocation. */
export const asDefiner = (statements: readonly string[]): string[] => [
  'grant crm_definer to current_user',
  'grant create on schema public to crm_definer',
  ...statements,
  'revoke create on schema public from crm_definer',
  'revoke crm_definer from current_user',
];

/**
 * Signature and definition of the function that finds the active organization's rows of a table that contain a text,
 * by its trigram index; `orElse` is a further condition on the row `t` and the pattern. Only migrations 0003 and 0005 use
 * it: `foldedSearch` of `folded-functions.ts` has replaced it.
 */
export const search = (table: string, orElse = ''): [signature: string, definition: string] => [
  `search_${table}(p_text text)`,
  `returns setof uuid language sql stable rows 100 as $$
     select t.id from ${table} t, (select '%'
       || regexp_replace(lower(p_text collate "und-x-icu"), '([\\\\%_])', '\\\\\\1', 'g') || '%' as text) pattern
     where t.organization_id = current_setting('app.organization_id')::uuid
       and (t.search_text like pattern.text ${orElse})
   $$`,
];

/**
 * Raises the version of a row that loses a reference by a deletion; the server's own changes raise it themselves. Every
 * table with a version and such references has this trigger, which the schema comparison ignores.
 */
export const lostReferences = (table: string, columns: readonly string[]): string =>
  `create trigger lose_reference before update of ${columns.join(', ')} on ${table}
     for each row
     when (old.version = new.version and (${columns
       .map((column) => `(old.${column} is not null and new.${column} is null)`)
       .join(' or ')}))
     execute function lose_reference()`;

/** Refuses writes to a closed organization. Tables of tenants have this trigger, except those named in the tests. */
export const refuseWhenClosed = (table: string): string =>
  `create trigger refuse_when_closed after insert or update or delete on ${table}
     for each statement execute function refuse_closed_organization()`;
