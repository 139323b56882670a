import type { Client } from 'pg';

/** Makes changes readable that tools of PostgreSQL have copied from a cluster with other ids of transactions. */
export const adoptChanges = async (client: Client): Promise<void> => {
  await client.query('select adopt_changes()');
};
