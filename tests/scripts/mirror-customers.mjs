#!/usr/bin/env node
// Keeps a copy of all customers in a file: reads them once, and from then on only what changes.

import { setTimeout as sleep } from 'node:timers/promises';
import { gql } from 'graphql-request';
import { environmentHelp, withApi } from './shared/api.mjs';
import { Checkpoint } from './shared/checkpoint.mjs';
import { notice, readCount, run, Usage } from './shared/command.mjs';

const help = `Keeps a copy of all customers in a JSON file.

  node tests/scripts/mirror-customers.mjs FILE [--every SECONDS]

Brings FILE up to date and ends. It may be killed at any moment: the next run goes on where FILE says.

  --every SECONDS   goes on, and asks for changes that often

${environmentHelp}

Exit code: 0 up to date, 1 stopped (the same command goes on), 2 called wrongly.
`;

const fields = 'id version code name email status';

const All = gql`
  query AllCustomers($after: String) {
    changeCursor
    customers(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { ${fields} }
    }
  }
`;

const Changes = gql`
  query CustomerChanges($after: String!) {
    changes(filter: { recordType: { eq: CUSTOMER } }, first: 500, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { recordId record { ... on Customer { ${fields} } } }
    }
  }
`;

/** No position in the log, so that everything is read first. */
const nothing = { cursor: null, next: null, isRead: false, customers: {} };

const options = { every: { type: 'string' } };

await run({ name: 'mirror-customers', help, options, operands: ['FILE'] }, ([file], { every }) => {
  const seconds = every && readCount(every, 'every', 86_400);
  return withApi(async (api) => {
    const copy = new Checkpoint(file, [api.identity, 'customers']);
    let state = (await copy.load()) ?? nothing;
    if (state === 'other') throw new Usage(`${file} is the copy for another server, caller or organization`);
    for (;;) {
      const { reached, isMore } = await step(api, state);
      // Rows and position together: whoever is killed before this asks for the same page again.
      await copy.save(reached);
      state = reached;
      if (isMore) continue;
      if (!seconds) return console.log(`${Object.keys(state.customers).length} customers`);
      await sleep(seconds * 1000);
    }
  });
});

/** One page further. A page that was applied before changes nothing. */
async function step(api, state) {
  if (!state.isRead) return firstRead(api, state);
  try {
    const { nodes, pageInfo } = (await api.send(Changes, { after: state.cursor })).changes;
    const customers = { ...state.customers };
    for (const { recordId, record } of nodes) {
      if (record) customers[recordId] = record;
      else delete customers[recordId];
    }
    return { reached: { ...state, cursor: pageInfo.endCursor, customers }, isMore: pageInfo.hasNextPage };
  } catch (error) {
    if (!['CURSOR_EXPIRED', 'INVALID_CURSOR'].includes(error.code)) throw error;
    notice('The log does not go back that far; reads all customers again.');
    return { reached: nothing, isMore: true };
  }
}

/** The position is that of the first page: whatever changes while the others are read comes once more. */
async function firstRead(api, { cursor, next, customers }) {
  const { changeCursor, customers: page } = await api.send(All, { after: next });
  const { hasNextPage, endCursor } = page.pageInfo;
  const read = { ...customers, ...Object.fromEntries(page.nodes.map((row) => [row.id, row])) };
  return {
    reached: { cursor: cursor ?? changeCursor, next: endCursor, isRead: !hasNextPage, customers: read },
    isMore: true,
  };
}
