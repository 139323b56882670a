import { sql } from '../support/database.js';
import type { World } from './world.js';

/** The two organizations as they were, to be compared and restored. */
export interface State {
  /** Tables whose rows of ours, or of the other organization, are not as they were. */
  changed(): Promise<Change[]>;
  /** Puts everything back. */
  restore(changes: Change[]): Promise<void>;
  /** Takes the other organization away; its people, memberships and roles may be kept. */
  removeForeign(options: { keepPeople: boolean }): Promise<void>;
}

export interface Change {
  table: string;
  isForeign: boolean;
}

interface Table {
  name: string;
  columns: string[];
  /** SQL for what belongs to the two organizations and their people. */
  scope: string;
  /** SQL for what of it belongs to the other organization. */
  foreign: string;
  /** The part of it that must not change, if that is not all. */
  compared?: string;
}

/** A member of both knows these rows, so that they cannot be taken away. */
const aboutPeople = [
  ...['organizations', 'memberships', 'user_profiles', 'roles', 'permissions', 'role_permissions', 'user_roles'],
  ...['users', 'sessions', 'employees'],
];

export async function keepState({ own, foreign, callers, since }: World): Promise<State> {
  const schema = 'isolation';
  const theirs = `user_id in (select user_id from ${schema}.people where is_foreign)`;
  await sql(`
    drop schema if exists ${schema} cascade; create schema ${schema};
    create table ${schema}.people as
      select user_id, bool_and(organization_id = '${foreign.id}') as is_foreign
      from memberships where organization_id in ('${own.id}', '${foreign.id}') group by 1;
    insert into ${schema}.people select id, false from users
      where id = any('{${callers.flatMap(({ person }) => person?.id ?? []).join()}}') on conflict do nothing`);
  const ours = `user_id in (select user_id from ${schema}.people)`;
  const columns = await sql<{ table: string; column: string }>(
    `select table_name as "table", column_name as "column" from information_schema.columns c
     join information_schema.tables using (table_schema, table_name)
     where table_schema = 'public' and is_generated = 'NEVER' and table_type = 'BASE TABLE' order by ordinal_position`,
  );
  const both = `organization_id in ('${own.id}', '${foreign.id}')`;
  // The log of the other organization tells that it passes.
  const isOther = `not (c.record_type = 'USER_PROFILE' and c.record_id in (
    select p.id from user_profiles p join ${schema}.people m on m.user_id = p.user_id and not m.is_foreign))`;
  const otherLogged: Record<string, string> = {
    changes: ` and exists (select from (select t.record_type, t.record_id) c where ${isOther})`,
    change_sets: ` and exists (select from changes c
      where c.organization_id = t.organization_id and c.change_set_id = t.id and ${isOther})`,
  };
  const tables = [...Map.groupBy(columns, ({ table }) => table)].flatMap(([name, all]): Table[] => {
    const names = all.map(({ column }) => column);
    const table = { name, columns: names };
    const isFounded = `created_at >= '${since}'`;
    if (name === 'users')
      return [
        {
          ...table,
          scope: `(${ours.replace('user_id', 'id')} or ${isFounded})`,
          foreign: theirs.replace('user_id', 'id'),
        },
      ];
    if (name === 'organizations')
      return [
        { ...table, scope: `(id in ('${own.id}', '${foreign.id}') or ${isFounded})`, foreign: `id = '${foreign.id}'` },
      ];
    if (name === 'sign_in_attempts') return [{ ...table, scope: 'true', foreign: 'false' }];
    // A member of both has one primary profile, which passes from one organization to the other.
    const isPassing = name === 'user_profiles' ? ` and ${theirs}` : '';
    const isForeign = `(organization_id = '${foreign.id}'${isPassing})`;
    const compared = `${isForeign}${otherLogged[name] ?? ''}`;
    if (!names.includes('organization_id'))
      return names.includes('user_id') ? [{ ...table, scope: ours, foreign: theirs }] : [];
    return [
      { ...table, scope: names.includes('user_id') ? `(${both} or ${ours})` : both, foreign: isForeign, compared },
    ];
  });
  for (const { name, scope } of tables)
    await sql(`create table ${schema}.${name} as select * from ${name} where ${scope}`);
  const digests = (from: (table: Table) => string) =>
    tables
      .map((table) => {
        const rows = (condition: string) =>
          `md5(string_agg(t::text, '|' order by t::text) filter (where ${condition}))`;
        return `select '${table.name}' as "table", ${rows(`(${table.foreign}) is not true`)} as own,
          ${rows(table.compared ?? table.foreign)} as foreign from ${from(table)} t where ${table.scope}`;
      })
      .join(' union all ');
  const now = digests(({ name }) => name);
  interface Digest {
    table: string;
    own: string | null;
    foreign: string | null;
  }
  const kept = new Map(
    (await sql<Digest>(digests(({ name }) => `${schema}.${name}`))).map((digest) => [digest.table, digest]),
  );
  const asReplica = (statements: string[]) =>
    sql(`begin; set local session_replication_role = replica; ${statements.join('; ')}; commit`);

  return {
    async changed() {
      return (await sql<Digest>(now)).flatMap(({ table, own: ownNow, foreign: foreignNow }) => [
        ...(ownNow === kept.get(table)!.own ? [] : [{ table, isForeign: false }]),
        ...(foreignNow === kept.get(table)!.foreign ? [] : [{ table, isForeign: true }]),
      ]);
    },
    async restore(changes) {
      const names = new Set(changes.map(({ table }) => table));
      const statements = tables
        .filter(({ name }) => names.has(name))
        .flatMap(({ name, scope, columns: all }) => {
          const list = all.map((column) => `"${column}"`).join(', ');
          return [
            `delete from ${name} where ${scope}`,
            `insert into ${name} (${list}) select ${list} from ${schema}.${name}`,
          ];
        });
      if (statements.length) await asReplica(statements);
    },
    async removeForeign({ keepPeople }) {
      const going = tables.filter(({ name }) => !(keepPeople && aboutPeople.includes(name)));
      await asReplica(going.map(({ name, foreign: condition }) => `delete from ${name} where ${condition}`));
    },
  };
}
