import { Migration } from '@mikro-orm/migrations';
import { settleAddresses, settleKeys, settleNames } from './became-one.js';
import { beginAttempt, foldedSearch, searchDeals, takenNames } from './folded-functions.js';
import { asDefiner, replacedFunction } from './policies.js';
import { type Execute, lists, settleFormats, settleForms } from './stored-texts.js';

const tables = [
  ...['customers', 'leads', 'deals', 'activities', 'employees', 'vendors'],
  ...['users', 'organizations', 'roles', 'permissions', 'pipelines', 'pipeline_stages'],
];

/** Searched texts, as PostgreSQL prints their expressions. */
const optional = (column: string) => `COALESCE(${column}, ''::text)`;
const digits = (column: string) => `regexp_replace(${optional(column)}, '\\D'::text, ''::text, 'g'::text)`;
const searched = {
  customers: ['code', 'name', optional('company_name'), 'email', digits('phone')],
  leads: ['code', 'name', optional('company_name'), 'email', digits('phone')],
  deals: ['code', 'title'],
  activities: ['title', optional('description'), optional('customer_name'), digits('phone_number')],
  vendors: ['code', 'name', 'company_name', optional('contact_person'), 'email', digits('phone')],
};

/** Makes texts that look equal to people equal to the database, and all stored texts readable. */
export class Texts extends Migration {
  override async up(): Promise<void> {
    const execute: Execute = (statement, values) => this.execute(statement, values) as never;
    await this.foldAlike();
    for (const table of tables) await this.execute(`alter table ${table} no force row level security`);
    await this.forbidMissingTags();
    const rebuild = await this.dropFoldedColumns();
    const counts = {
      'doubled external ids were cleared': await settleKeys(execute),
      'doubled e-mail addresses got a number': await settleAddresses(execute),
      'texts were brought into one form': await settleForms(execute),
      'phone numbers and URLs were brought into the stricter form': await settleFormats(execute),
      'roles and stages got a number behind a name that another one has': await settleNames(execute),
    };
    for (const statement of rebuild) await this.execute(statement);
    for (const table of tables) await this.execute(`alter table ${table} force row level security`);
    await this.replaceFunctions();
    for (const [what, count] of Object.entries(counts)) if (count) console.log(`Migration of texts: ${count} ${what}.`);
  }

  /**
   * The only case folding, for search, sort keys, unique names and filters. PostgreSQL 15 has no casefold(), so this
   * runs lower, upper and lower again, for letters such as ß that change in one direction only. It replaces the final
   * sigma, which lower() chooses by position, and normalizes to NFC again, since upper() may not keep it.
   */
  private async foldAlike(): Promise<void> {
    await this.execute(`
      create function folded(p_text text) returns text language sql immutable parallel safe as $$
        select normalize(translate(
          lower(upper(lower(normalize(p_text, NFC) collate "und-x-icu") collate "und-x-icu") collate "und-x-icu"),
          'ς', 'σ'), NFC)
      $$`);
    await this.execute('revoke all on function folded(text) from public');
    await this.execute('grant execute on function folded(text) to crm_app, crm_definer');
  }

  /** The tag `null` was stored as a missing element, with which lists could not be answered. */
  private async forbidMissingTags(): Promise<void> {
    for (const [table, columns] of Object.entries(lists))
      for (const column of columns) {
        await this.execute(`
          update ${table} set ${column} = array_remove(${column}, null)
          where array_position(${column}, null) is not null`);
        await this.execute(`
          alter table ${table} add constraint ${table}_${column}_check
            check ((array_position(${column}, NULL::text) IS NULL))`);
      }
  }

  /** Drops sort keys and searched texts with their dependents. Returns the statements that create them again. */
  private async dropFoldedColumns(): Promise<string[]> {
    const columns = await this.rows<{ table: string; column: string; source: string | null }>(`
      select c.relname as table, a.attname as column,
        substring(pg_get_expr(d.adbin, d.adrelid) from '^lower\\(\\((\\w+) COLLATE "und-x-icu"\\)\\)$') as source
      from pg_attribute a
      join pg_class c on c.oid = a.attrelid and c.relnamespace = 'public'::regnamespace
      join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
      where a.attgenerated = 's' and a.atttypid = 'text'::regtype
      order by c.relname, a.attnum`);
    const standing = await this.rows<{ definition: string }>(`
      select coalesce(
          'alter table ' || c.relname || ' add constraint ' || k.conname || ' ' || pg_get_constraintdef(k.oid),
          pg_get_indexdef(i.indexrelid)) as definition
      from pg_index i
      join pg_class c on c.oid = i.indrelid and c.relnamespace = 'public'::regnamespace
      left join pg_constraint k on k.conindid = i.indexrelid and k.contype = 'u'
      where exists (
        select from pg_attribute a
        where a.attrelid = c.oid and a.attnum = any(i.indkey) and a.attgenerated = 's' and a.atttypid = 'text'::regtype)
      order by i.indexrelid`);
    const added: string[] = [];
    for (const [table, own] of Map.groupBy(columns, (one) => one.table)) {
      await this.execute(`alter table ${table} ${own.map(({ column }) => `drop column ${column}`).join(', ')}`);
      const definitions = own.map(({ column, source }) =>
        column !== 'search_text'
          ? `add column ${column} text collate "und-x-icu" generated always as (folded(${source})) stored`
          : `add column ${column} text generated always as (folded(${joined(table)})) stored`,
      );
      added.push(`alter table ${table} ${definitions.join(', ')}`);
    }
    return [...added, ...standing.map(({ definition }) => definition)];
  }

  private async replaceFunctions(): Promise<void> {
    const functions = [
      ...Object.keys(searched).map((table) => (table === 'deals' ? searchDeals : foldedSearch(table))),
      takenNames,
      beginAttempt,
    ];
    for (const statement of asDefiner(functions.flatMap((one) => replacedFunction(...one))))
      await this.execute(statement);
  }

  private async rows<Row>(query: string): Promise<Row[]> {
    return (await this.execute(query)) as Row[];
  }
}

const joined = (table: string): string =>
  searched[table as keyof typeof searched].reduce((all, text) =>
    text.startsWith('regexp_replace') ? `((${all} || chr(30)) || ${text})` : `((${all} || chr(31)) || ${text})`,
  );
