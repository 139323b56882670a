import pg from 'pg';
import { ConfigError, type DatabaseUrls } from '../config.js';
import { connect, withClient } from './connection.js';
import { isDatabaseAway } from './faults.js';
import type { DatabaseNames } from './names.js';
import { sessionSettings, startOptions } from './session-settings.js';

/** A pooler ends the connection to PostgreSQL when a caller goes; PostgreSQL looks for that only if it is told to. */
const roleSettings = { ...sessionSettings, client_connection_check_interval: '500ms' };

/** Whether a pooler gave the connection: it tells process ids of its own. */
export const isPooled = (pid: number, processId: number | null): boolean => pid !== processId;

/** PgBouncer refuses the option `options` when a connection starts. */
export const isRefusedByPooler = (message: string): boolean => message.includes('startup parameter');

/**
 * Gives the serving role the settings of its sessions, which a pooler refuses at the start of a connection. Throws a
 * ConfigError with the statements for an administrator if the owner of the database may not, and the role lacks them.
 */
export async function keepSessionSettings({ migrationDatabaseUrl }: DatabaseUrls, { serving }: DatabaseNames) {
  const statements = Object.entries(roleSettings)
    .map(([name, value]) => `alter role ${serving} set ${name} = ${pg.escapeLiteral(String(value))}`)
    .join('; ');
  await withClient(migrationDatabaseUrl, async (client) => {
    await client.query(statements).catch(async (error: Error) => {
      if (await hasSettings(client, serving)) return;
      throw new ConfigError(
        `PREPARED_STATEMENTS=off needs settings of the role ${serving}, which MIGRATION_DATABASE_URL may not change ` +
          `(${error.message}): let an administrator run \`${statements}\``,
      );
    });
  });
}

async function hasSettings(client: pg.Client, role: string): Promise<boolean> {
  const { rows } = await client.query<{ setconfig: string[] }>(
    'select setconfig from pg_db_role_setting where setdatabase = 0 and setrole = $1::regrole',
    [role],
  );
  const kept = new Set(rows.flatMap(({ setconfig }) => setconfig.map((setting) => setting.toLowerCase())));
  return Object.entries(roleSettings).every(([name, value]) => kept.has(`${name}=${value}`.toLowerCase()));
}

/** Throws a ConfigError if the connection leads to a pooler, which has numbers of its own for its connections. */
export async function refusePooler(client: pg.Client): Promise<void> {
  const { rows } = await client.query('select pg_backend_pid() as pid');
  if (isPooled(rows[0].pid, client.processID))
    throw new ConfigError(
      'MIGRATION_DATABASE_URL leads to a pooler, which would keep the lock of migrations: connect to PostgreSQL itself',
    );
}

/** Why a pooler of statements is unfit, as a clause without its subject; null if it takes transactions. */
export async function refusalOfTransactions(client: pg.ClientBase): Promise<string | null> {
  try {
    await client.query('begin');
    await client.query('rollback');
    return null;
  } catch (error) {
    const { message } = error as Error;
    // PgBouncer says so with the code of a broken connection.
    if (!message.includes('statement pooling') && isDatabaseAway(error)) throw error;
    return `takes no transactions (${message}): set pool_mode of the pooler to transaction`;
  }
}

/** Throws a ConfigError unless what is behind the URL fits `PREPARED_STATEMENTS`. */
export async function refuseUnfitPooler(servingUrl: string, preparesStatements: boolean): Promise<void> {
  const client = await connect({
    connectionString: servingUrl,
    ...(preparesStatements && { options: startOptions }),
  }).catch((error: Error) => {
    throw isRefusedByPooler(error.message) ? unprepared() : error;
  });
  try {
    const refusal = await refusalOfTransactions(client);
    if (refusal) throw new ConfigError(`DATABASE_URL ${refusal}`);
    const { rows } = await client.query(facts, [Object.keys(sessionSettings)]);
    const { pid, settings } = rows[0];
    if (preparesStatements && isPooled(pid, client.processID)) throw unprepared();
    const missing = Object.entries(sessionSettings).flatMap(([name, value]) =>
      settings[name] === value ? [] : [name],
    );
    if (missing.length)
      throw new ConfigError(
        `The pooler behind DATABASE_URL keeps connections that lack settings of their role (${missing.join(', ')}): ` +
          'let it reconnect, with `RECONNECT` on the console of PgBouncer',
      );
  } finally {
    await client.end();
  }
}

const unprepared = () =>
  new ConfigError(
    'DATABASE_URL leads to a pooler, which keeps neither prepared statements nor settings: ' +
      'set PREPARED_STATEMENTS=off, or connect to PostgreSQL itself',
  );

const facts = `
  select pg_backend_pid() as pid,
    (select jsonb_object_agg(lower(name), setting || coalesce(unit, '')) from pg_settings where lower(name) = any($1))
      as settings`;
