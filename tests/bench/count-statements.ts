import { subscribe } from 'node:diagnostics_channel';

/** Statements that a server has sent, by their purpose. */
export interface Statements {
  /** Whether an organization has something new. */
  news: number;
  /** The rights of all callers of streams. */
  rights: number;
  others: number;
}

// Imported into the server that is measured, which tells its sums when it is asked.

const beside = /^\s*(begin|start|commit|rollback|set|show)|lease_|purge_expired|prune_log/i;
const sums: Statements = { news: 0, rights: 0, others: 0 };

subscribe('crm.sql', (message) => {
  const { text } = message as { text: string };
  if (text.includes('log_news')) sums.news += 1;
  else if (text.includes('lateral request_viewer')) sums.rights += 1;
  else if (!beside.test(text)) sums.others += 1;
});

process.on('message', () => process.send?.(sums));
process.channel?.unref();
