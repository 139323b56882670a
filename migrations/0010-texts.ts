import { Migration } from '@mikro-orm/migrations';
import { beginAttempt, foldedSearch, ofDealsCustomer, takenNames } from './folded-functions.js';
import { definerFunction } from './policies.js';

const lists = { customers: ['tags'], leads: ['tags'], deals: ['tags'], activities: ['tags', 'attendees'] };
const external = ['customers', 'leads', 'deals', 'activities', 'employees', 'vendors'];
const tables = [...external, 'users', 'organizations', 'roles', 'permissions', 'pipelines', 'pipeline_stages'];

/** What cannot be seen and is no joiner, and joiners beside Latin letters, spaces or nothing, where no script needs them. */
const unseen = '[\\u200B\\u200E\\u200F\\u202A-\\u202E\\u2060-\\u2069\\uFEFF]';
const joiners = '(^|[\\u0001-\\u02FF])[\\u200C\\u200D]+|[\\u200C\\u200D]+(?=$|[\\u0001-\\u02FF])';
const cleaned = (column: string) =>
  `trim(regexp_replace(regexp_replace(normalize(${column}, NFC), '${unseen}', '', 'g'), '${joiners}', '\\1', 'g'))`;

/** Texts that people write at length keep their invisible characters. */
const long = ['description', 'email_body', 'bio', 'lost_reason'];

/** Texts that a list is searched for, as PostgreSQL prints them. */
const optional = (column: string) => `COALESCE(${column}, ''::text)`;
const digits = (column: string) => `regexp_replace(${optional(column)}, '\\D'::text, ''::text, 'g'::text)`;
const searched = {
  customers: ['code', 'name', optional('company_name'), 'email', digits('phone')],
  leads: ['code', 'name', optional('company_name'), 'email', digits('phone')],
  deals: ['code', 'title'],
  activities: ['title', optional('description'), optional('customer_name'), digits('phone_number')],
  vendors: ['code', 'name', 'company_name', optional('contact_person'), 'email', digits('phone')],
};

/** Texts that are equal to people are equal to the database, too, and all that is written can be read. */
export class Texts extends Migration {
  override async up(): Promise<void> {
    await this.foldAlike();
    for (const table of tables) await this.execute(`alter table ${table} no force row level security`);
    await this.forbidMissingTags();
    const rebuild = await this.dropFoldedColumns();
    const counts = {
      'doubled external ids were cleared': await this.clearDoubledExternalIds(),
      'doubled e-mail addresses got a +2': await this.tellApartAddresses(),
      'texts were brought into one form': await this.cleanTexts(),
      'phone numbers and URLs were brought into the stricter form': await this.cleanFormats(),
      'roles and stages got a number behind a name that another one has': await this.tellApartNames(),
    };
    for (const statement of rebuild) await this.execute(statement);
    for (const table of tables) await this.execute(`alter table ${table} force row level security`);
    await this.replaceFunctions();
    for (const [what, count] of Object.entries(counts)) if (count) console.log(`Migration of texts: ${count} ${what}.`);
  }

  /** The one case folding: of search, sort keys, unique names and whatever a list is narrowed by. */
  private async foldAlike(): Promise<void> {
    await this.execute(`
      create function folded(p_text text) returns text language sql immutable parallel safe as $$
        select translate(
          lower(upper(lower(normalize(p_text, NFC) collate "und-x-icu") collate "und-x-icu") collate "und-x-icu"),
          'ς', 'σ')
      $$`);
    await this.execute('revoke all on function folded(text) from public');
    await this.execute('grant execute on function folded(text) to crm_app, crm_definer');
  }

  /** The tag `null` was kept as a missing one, with which no list could be answered. */
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

  /** Sort keys and searched texts go, and with them what stands on them; answers how they come again. */
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

  private async clearDoubledExternalIds(): Promise<number> {
    let count = 0;
    for (const table of external)
      count += await this.changed(`
        update ${table} t set external_id = null, version = version + 1, updated_at = now()
        where exists (
          select from ${table} o
          where o.organization_id = t.organization_id and (o.created_at, o.id) < (t.created_at, t.id)
            and ${cleaned('o.external_id')} = ${cleaned('t.external_id')})`);
    return count;
  }

  /** Two accounts or records that differ by something invisible stay apart, by an address that reaches the same inbox. */
  private async tellApartAddresses(): Promise<number> {
    let count = 0;
    for (const table of ['users', 'customers', 'employees', 'leads']) {
      const same = table === 'users' ? '' : 'o.organization_id = t.organization_id and';
      count += await this.changed(`
        update ${table} t set version = version + 1, updated_at = now(),
          email = regexp_replace(${cleaned('t.email')}, '@', '+2@')
        where exists (
          select from ${table} o
          where ${same} (o.created_at, o.id) < (t.created_at, t.id) and o.email <> t.email
            and ${cleaned('o.email')} = ${cleaned('t.email')})`);
    }
    return count;
  }

  private async cleanTexts(): Promise<number> {
    const columns = await this.rows<{ table: string; column: string; required: boolean }>(`
      select table_name as table, column_name as column, is_nullable = 'NO' as required from information_schema.columns
      where table_schema = 'public' and data_type = 'text' and is_generated = 'NEVER'
        and table_name in (${tables.map((table) => `'${table}'`).join(', ')}) and column_name <> 'password_hash'`);
    let count = 0;
    for (const { table, column, required } of columns) {
      const wanted = long.includes(column) ? `normalize(${column}, NFC)` : cleaned(column);
      const kept = required ? `coalesce(nullif(${wanted}, ''), 'Unnamed')` : `nullif(${wanted}, '')`;
      count += await this.changed(`update ${table} set ${column} = ${kept} where ${column} <> ${wanted}`);
    }
    for (const [table, names] of Object.entries(lists))
      for (const column of names)
        count += await this.changed(`
          update ${table} set ${column} = array(
            select ${cleaned('e.text')} from unnest(${column}) with ordinality as e(text, place)
            where ${cleaned('e.text')} <> ''
            group by 1 order by min(e.place))
          where exists (select from unnest(${column}) as e(text) where e.text <> ${cleaned('e.text')})`);
    return count;
  }

  private async cleanFormats(): Promise<number> {
    let count = 0;
    const columns = await this.rows<{ table: string; column: string }>(`
      select table_name as table, column_name as column from information_schema.columns
      where table_schema = 'public' and table_name in (${tables.map((table) => `'${table}'`).join(', ')})
        and column_name in ('phone', 'phone_number', 'website', 'profile_image', 'meeting_url')`);
    for (const { table, column } of columns)
      count += column.startsWith('phone')
        ? await this.changed(`
            update ${table} set ${column} = case when ${column} like '+%' then '+' else '' end
              || regexp_replace(${column}, '\\D', '', 'g')
            where ${column} !~ '^\\+?[0-9 ()./-]+$'`)
        : await this.changed(`
            update ${table} set ${column} = regexp_replace(${column}, '^(https?://)[^/?#]*@', '\\1')
            where ${column} ~ '^https?://[^/?#]*@'`);
    return count;
  }

  /** The older one keeps its name. */
  private async tellApartNames(): Promise<number> {
    let count = 0;
    for (const [table, within] of [
      ['roles', 'o.organization_id = t.organization_id'],
      ['pipeline_stages', 'o.organization_id = t.organization_id and o.pipeline_id = t.pipeline_id'],
    ] as const)
      for (let number = 2, renamed = 1; renamed > 0; number += 1) {
        renamed = await this.changed(`
          update ${table} t set version = version + 1, updated_at = now(),
            name = regexp_replace(left(t.name, 90), ' \\(\\d+\\)$', '') || ' (${number})'
          where exists (
            select from ${table} o
            where ${within} and (o.created_at, o.id) < (t.created_at, t.id) and folded(o.name) = folded(t.name))`);
        count += number === 2 ? renamed : 0;
      }
    return count;
  }

  private async replaceFunctions(): Promise<void> {
    await this.execute('grant crm_definer to current_user');
    await this.execute('grant create on schema public to crm_definer');
    for (const definition of [
      ...Object.keys(searched).map((table) => foldedSearch(table, table === 'deals' ? ofDealsCustomer : '')),
      takenNames,
      beginAttempt,
    ])
      for (const statement of definerFunction(...definition))
        await this.execute(statement.replace(/^create function/, 'create or replace function'));
    await this.execute('revoke create on schema public from crm_definer');
    await this.execute('revoke crm_definer from current_user');
  }

  private async rows<Row>(query: string): Promise<Row[]> {
    return (await this.execute(query)) as Row[];
  }

  /** Runs a change and answers how many rows it was made to. */
  private async changed(update: string): Promise<number> {
    const [row] = await this.rows<{ count: number }>(
      `with changed as (${update} returning 1) select count(*)::integer as count from changed`,
    );
    return row!.count;
  }
}

const joined = (table: string): string =>
  searched[table as keyof typeof searched].reduce((all, text) => `((${all} || chr(31)) || ${text})`);
