#!/usr/bin/env node
// Hands all overdue open deals of an employee over to another one: rehearsed first, done with --yes.
//
//   CRM_USERNAME=… CRM_PASSWORD=… node tests/scripts/hand-over-overdue-deals.mjs FROM-ID TO-ID [--yes]

import { gql } from 'graphql-request';
import { send } from './api.mjs';

const Overdue = gql`
  query OverdueDeals($filter: DealFilter!, $after: String) {
    deals(filter: $filter, first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { id version code title expectedCloseDate }
    }
  }
`;

const Assign = gql`
  mutation AssignDeals($rows: [AssignmentRow!]!) {
    assignDeals(rows: $rows) {
      summary { updated failed }
      results(status: [FAILED]) { ref errors { code message } }
    }
  }
`;

const [from, to, yes] = process.argv.slice(2);
const today = new Date().toISOString().slice(0, 10);
const filter = { assignedToId: { eq: from }, status: { eq: 'OPEN' }, expectedCloseDate: { lt: today } };

const deals = [];
for (let after = null, more = true; more; ) {
  const { deals: page } = await send(Overdue, { filter, after });
  deals.push(...page.nodes);
  after = page.pageInfo.endCursor;
  more = page.pageInfo.hasNextPage;
}
for (const { code, title, expectedCloseDate } of deals) console.log(`${code}  ${expectedCloseDate}  ${title}`);

// Whoever has changed a deal since it was listed has seen it: its version is another one, and the call is refused.
const rows = deals.map(({ id, version, code }) => ({ ref: code, id, employeeId: to, expectedVersion: version }));
for (let begin = 0; begin < rows.length; begin += 1000) {
  const batch = rows.slice(begin, begin + 1000);
  await assign(batch, { 'X-Dry-Run': 'true' });
  if (yes === '--yes') await assign(batch, {});
}
console.log(
  `${deals.length} overdue deals ${yes === '--yes' ? 'handed over' : 'could be handed over; add --yes to do it'}`,
);

async function assign(batch, headers) {
  const { assignDeals: done } = await send(Assign, { rows: batch }, headers);
  for (const { ref, errors } of done.results)
    console.error(`${ref}: ${errors.map(({ message }) => message).join('; ')}`);
  if (done.summary.failed) process.exit(1);
}
