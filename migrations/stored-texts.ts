// Uses the running server's normal form, so that stored texts can be sent back to it.
import { nameFrom, trimmed, unseen } from '../src/platform/records/text.js';

/** Runs a statement within the migration. */
export type Execute = <Row = unknown>(statement: string, values?: unknown[]) => Promise<Row[]>;

/** Runs a change and returns the number of changed rows. */
async function changed(execute: Execute, update: string, values?: unknown[]): Promise<number> {
  const [row] = await execute<{ count: number }>(
    `with changed as (${update} returning 1) select count(*)::integer as count from changed`,
    values,
  );
  return row!.count;
}

const address = ['street', 'city', 'state', 'postal_code', 'country'];

/** Columns of short texts, such as names, at the time of migration 0010; new columns do not belong here. */
export const names: Record<string, string[]> = {
  users: ['username', 'first_name', 'last_name', 'title', 'department', 'location'],
  organizations: ['name', 'industry', ...address],
  roles: ['name'],
  pipelines: ['name'],
  pipeline_stages: ['name'],
  employees: ['first_name', 'last_name', ...address, 'job_title', 'department', 'emergency_contact', 'external_id'],
  customers: [
    ...['name', 'first_name', 'last_name', 'company_name', 'contact_person', 'industry', 'tax_id', ...address],
    ...['payment_terms', 'source', 'external_id'],
  ],
  leads: ['name', 'company_name', 'job_title', ...address, 'campaign', 'referrer', 'external_id'],
  deals: ['title', 'source', 'external_id'],
  vendors: [
    ...['name', 'company_name', 'contact_person', 'industry', 'tax_id', ...address, 'payment_terms', 'external_id'],
  ],
  activities: ['title', 'customer_name', 'email_subject', 'meeting_location', 'external_id'],
};

const longTexts: Record<string, string[]> = {
  users: ['bio'],
  organizations: ['description'],
  roles: ['description'],
  permissions: ['description'],
  pipelines: ['description'],
  pipeline_stages: ['description'],
  customers: ['description'],
  leads: ['description'],
  deals: ['description', 'lost_reason'],
  vendors: ['description'],
  activities: ['description', 'email_body'],
};

export const lists: Record<string, string[]> = {
  customers: ['tags'],
  leads: ['tags'],
  deals: ['tags'],
  activities: ['tags', 'attendees'],
};

export const emails = ['users', 'organizations', 'employees', 'customers', 'leads', 'vendors'];
const phones = [...emails.map((table) => [table, 'phone']), ['activities', 'phone_number']];
const urls = [
  ['users', 'profile_image'],
  ['employees', 'profile_image'],
  ['organizations', 'website'],
  ['customers', 'website'],
  ['vendors', 'website'],
  ['activities', 'meeting_url'],
];

const spaces = '\\u0009-\\u000D \\u0085\\u00A0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000';
const fillers = `${spaces}\\u0300-\\u036F\\u00AD\\u034F\\u061C\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180F\\u2800\\u3164\\uFE00-\\uFE0F\\uFFA0`;

/** SQL for texts that need a closer check: they contain invisible characters, or no visible ones. */
const suspicious = (text: string) => `(${text} ~ '[${unseen}]' or ${text} ~ '^[${fillers}]*$')`;

/** SQL for a text without the characters that its normal form may drop. */
export const loosely = (text: string) => `normalize(regexp_replace(${text}, '[${spaces}${unseen}]', '', 'g'), NFC)`;

/** The normal form of a short text; empty if it shows nothing. */
export const nameForm = (text: string): string => nameFrom(text, 255);

/** Normalizes texts as they would be stored today; duplicates must be resolved before. */
export async function settleForms(execute: Execute): Promise<number> {
  let count = 0;
  const addresses = Object.fromEntries(emails.map((table) => [table, ['email']]));
  for (const [columns, form] of [
    [addresses, nameForm],
    [names, nameForm],
    [longTexts, trimmed],
  ] as const)
    for (const [table, own] of Object.entries(columns))
      for (const column of own) {
        const normal = `update ${table} set ${column} = normalize(${column}, NFC) where ${column} is not nfc normalized`;
        count += await changed(execute, normal);
        count += await rewrite(execute, table, column, form);
      }
  for (const [table, columns] of Object.entries(lists))
    for (const column of columns) count += await rewriteList(execute, table, column);
  return count + (await rewriteSettings(execute));
}

/** Converts phone numbers and URLs to the stricter format. */
export async function settleFormats(execute: Execute): Promise<number> {
  let count = 0;
  for (const [table, column] of phones)
    count += await changed(
      execute,
      `update ${table} set ${column} =
         case when ${column} ~ '^[^0-9]*[+]' then '+' else '' end || ltrim(replace(${column}, '+', ''))
       where ${column} ~ '.[+]'`,
    );
  for (const [table, column] of urls)
    count += await changed(
      execute,
      `update ${table} set ${column} = regexp_replace(${column}, '^(https?://)[^/?#]*@', '\\1', 'i')
       where ${column} ~* '^https?://[^/?#]*@'`,
    );
  return count;
}

/** Rewrites texts that must be checked one by one. A text that becomes empty is cleared or gets a substitute. */
async function rewrite(
  execute: Execute,
  table: string,
  column: string,
  form: (text: string) => string,
): Promise<number> {
  const rows = await execute<{ id: string; text: string; nullable: boolean }>(`
    select id, ${column} as text, (
      select not attnotnull from pg_attribute where attrelid = '${table}'::regclass and attname = '${column}'
    ) as nullable
    from ${table} where ${suspicious(column)}`);
  const rewritten = rows
    .map(({ id, text, nullable }) => ({ id, text: form(text) || (nullable ? null : 'Unnamed') }))
    .filter(({ text }, n) => text !== rows[n]!.text);
  if (rewritten.length === 0) return 0;
  const update = `update ${table} t set ${column} = v.text
    from jsonb_to_recordset(?::jsonb) as v (id uuid, text text) where t.id = v.id`;
  return changed(execute, update, [JSON.stringify(rewritten)]);
}

async function rewriteList(execute: Execute, table: string, column: string): Promise<number> {
  const rows = await execute<{ id: string; texts: string[] }>(`
    select id, to_jsonb(${column}) as texts from ${table} where exists (
      select from unnest(${column}) as e (text) where e.text is not nfc normalized or ${suspicious('e.text')})`);
  const rewritten = rows
    .map(({ id, texts }) => ({ id, texts: [...new Set(texts.map(nameForm))].filter(Boolean) }))
    .filter(({ texts }, n) => texts.join('\n') !== rows[n]!.texts.join('\n'));
  if (rewritten.length === 0) return 0;
  const update = `update ${table} t set ${column} = array(
      select e.text from jsonb_array_elements_text(v.texts) with ordinality as e (text, n) order by e.n)
    from jsonb_to_recordset(?::jsonb) as v (id uuid, texts jsonb) where t.id = v.id`;
  return changed(execute, update, [JSON.stringify(rewritten)]);
}

/** Texts in settings, but not their keys, since two keys could become equal. */
async function rewriteSettings(execute: Execute): Promise<number> {
  const rows = await execute<{ id: string; settings: object }>(
    'select id, settings from organizations where settings::text is not nfc normalized',
  );
  for (const { id, settings } of rows) {
    const text = JSON.stringify(settings, (_, value: unknown) =>
      typeof value === 'string' ? value.normalize('NFC') : value,
    );
    await execute('update organizations set settings = ?::jsonb where id = ?', [text, id]);
  }
  return rows.length;
}
