import type { Client } from 'pg';

/** Makes changes readable that tools of PostgreSQL have copied from a cluster with other ids of transactions. */
export const adoptChanges = async (client: Client): Promise<void> => {
  // A database that takes no writes serves queries as it is.
  await client.query(`select case when current_setting('transaction_read_only') = 'off' then adopt_changes() end`);
};
