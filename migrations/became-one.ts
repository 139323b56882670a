import { type Execute, emails, loosely, nameForm, names } from './stored-texts.js';

/** A column that must not hold two texts that look the same to people. */
interface Unique {
  table: string;
  column: string;
  /** SQL of the common key of such texts; several rows may share it, unless their form differs. */
  same: string;
  form?: (text: string) => string;
  /** The scope within which texts must differ. */
  scope?: string;
  where?: string;
  /** The new value of the nth duplicate; without it, the duplicate loses its value. */
  another?: (text: string, n: number) => string;
}

const numbered = (most: number) => (text: string, n: number) => {
  const suffix = ` (${n})`;
  return [...text].slice(0, most - suffix.length).join('') + suffix;
};

/** A sub-address reaches the same mailbox, so the record keeps a working address. */
function subAddress(address: string, n: number): string {
  const at = address.lastIndexOf('@');
  return `${address.slice(0, at)}+${n}${address.slice(at)}`;
}

const keys: Unique[] = Object.keys(names)
  .filter((table) => names[table]!.includes('external_id'))
  .map((table) => ({
    table,
    column: 'external_id',
    same: loosely('external_id'),
    form: nameForm,
    scope: 'organization_id',
  }));

const addresses: Unique[] = emails
  .filter((table) => !['organizations', 'vendors'].includes(table))
  .map((table) => ({
    table,
    column: 'email',
    same: loosely('email'),
    form: nameForm,
    scope: table === 'users' ? undefined : 'organization_id',
    where: table === 'leads' ? 'not is_converted' : undefined,
    another: subAddress,
  }));

const called: Unique[] = [
  { table: 'roles', column: 'name', same: 'folded(name)', scope: 'organization_id', another: numbered(100) },
  { table: 'pipeline_stages', column: 'name', same: 'folded(name)', scope: 'pipeline_id', another: numbered(255) },
];

/** Keys of other systems that only differ invisibly, before the difference is removed. Later records lose their key. */
export const settleKeys = (execute: Execute) => settleAll(execute, keys);

/** E-mail addresses, likewise. */
export const settleAddresses = (execute: Execute) => settleAll(execute, addresses);

/** Names that are equal after normalization and case folding. */
export const settleNames = (execute: Execute) => settleAll(execute, called);

async function settleAll(execute: Execute, uniques: Unique[]): Promise<number> {
  let count = 0;
  for (const unique of uniques) count += await settle(execute, unique);
  return count;
}

/** The oldest record keeps its text. */
async function settle(execute: Execute, unique: Unique): Promise<number> {
  const { table, column, same, form, scope = 'null::uuid', where = 'true', another } = unique;
  const rows = await execute<{ id: string; text: string; place: string | null; common: string }>(`
    select id, text, place, common from (
      select id, ${column} as text, ${scope} as place, ${same} as common, created_at,
        count(*) over (partition by ${scope}, ${same}) as many
      from ${table} where ${column} is not null and ${where}
    ) r where many > 1 order by created_at, id`);
  const older = new Set<string>();
  const later = rows.filter(({ text, place, common }) => {
    const key = JSON.stringify([place, form?.(text) ?? common]);
    return older.has(key) || !older.add(key);
  });
  for (const { id, text, place } of later) {
    const next = another ? await firstFree(execute, unique, text, place, another) : null;
    await execute(`update ${table} set ${column} = ?, version = version + 1, updated_at = now() where id = ?`, [
      next,
      id,
    ]);
  }
  return later.length;
}

async function firstFree(
  execute: Execute,
  { table, same, column, scope, where = 'true' }: Unique,
  text: string,
  place: string | null,
  another: NonNullable<Unique['another']>,
): Promise<string> {
  for (let n = 2; ; n += 1) {
    const candidate = another(text, n);
    const taken = await execute(
      `select from ${table} where ${same} = ${same.replaceAll(column, '?::text')} and ${where}
         and ${scope ? `${scope} = ?::uuid` : '?::uuid is null'}`,
      [candidate, place],
    );
    if (taken.length === 0) return candidate;
  }
}
