/** Milliseconds that PostgreSQL may take for a statement. */
export const statementTimeouts = { plain: 5_000, analysis: 15_000 } as const;

/** Settings of every session of the serving role. */
export const sessionSettings = {
  timezone: 'UTC',
  statement_timeout: `${statementTimeouts.plain}ms`,
  lock_timeout: '2000ms',
  idle_in_transaction_session_timeout: '10000ms',
};

/** The settings as options at the start of a connection. */
export const startOptions = Object.entries(sessionSettings)
  .map(([name, value]) => `-c ${name}=${value}`)
  .join(' ');
