#!/usr/bin/env node
// Hands all overdue open deals of an employee over to another one: rehearsed first, done with --yes.

import { randomUUID } from 'node:crypto';
import { gql } from 'graphql-request';
import { environmentHelp, withApi } from './shared/api.mjs';
import { Failure, run, Usage } from './shared/command.mjs';

const help = `Hands the open deals of an employee whose expected close date has passed over to another one.

  node tests/scripts/hand-over-overdue-deals.mjs FROM-ID TO-ID [--yes]

Lists them and has the server rehearse it. Which day it is, the time zone of the organization says.

  --yes   does it

${environmentHelp}

Exit code: 0 done or rehearsed, 1 refused or stopped (what is left is listed again), 2 called wrongly.
`;

const Overview = gql`
  query HandOver($from: ID!, $to: ID!) {
    organization { timeZone }
    from: employee(id: $from) { fullName }
    to: employee(id: $to) { fullName }
  }
`;

const Overdue = gql`
  query OverdueDeals($filter: DealFilter!, $after: String) {
    deals(filter: $filter, orderBy: [{ field: EXPECTED_CLOSE_DATE }], first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { id version code title expectedCloseDate }
    }
  }
`;

const Assign = gql`
  mutation AssignDeals($rows: [AssignmentRow!]!) {
    assignDeals(rows: $rows) {
      summary { updated unchanged failed }
      results(status: [FAILED]) { ref errors { code message } }
    }
  }
`;

const mostRows = 1000;

const options = { yes: { type: 'boolean', default: false } };

await run({ name: 'hand-over-overdue-deals', help, options, operands: ['FROM-ID', 'TO-ID'] }, ([from, to], { yes }) => {
  if (from === to) throw new Usage('FROM-ID and TO-ID are the same');
  return withApi((api) => handOver(api, from, to, yes));
});

async function handOver(api, from, to, isMeant) {
  const { organization, from: giver, to: taker } = await api.send(Overview, { from, to });
  if (!giver || !taker) throw new Failure(`There is no employee ${giver ? to : from} in this organization`);
  const deals = await overdueDeals(api, from, todayIn(organization.timeZone));
  for (const { code, title, expectedCloseDate } of deals) console.log(`${code}  ${expectedCloseDate}  ${title}`);

  // A deal that somebody has changed since it was listed has another version, and the call is refused.
  const rows = deals.map(({ id, version, code }) => ({ ref: code, id, employeeId: to, expectedVersion: version }));
  for (const batch of batchesOf(rows)) await assign(api, batch, { 'X-Dry-Run': 'true' });
  const which = `${deals.length} overdue deals of ${giver.fullName}`;
  if (!isMeant) return console.log(`${which} could be handed over to ${taker.fullName}; add --yes to do it`);
  let done = 0;
  for (const batch of batchesOf(rows)) {
    await assign(api, batch, { 'Idempotency-Key': randomUUID() }, done);
    done += batch.length;
  }
  console.log(`${which} handed over to ${taker.fullName}`);
}

async function overdueDeals(api, employeeId, today) {
  const filter = { assignedToId: { eq: employeeId }, status: { eq: 'OPEN' }, expectedCloseDate: { lt: today } };
  const deals = [];
  for (let [after, isMore] = [null, true]; isMore; ) {
    const { deals: page } = await api.send(Overdue, { filter, after });
    deals.push(...page.nodes);
    after = page.pageInfo.endCursor;
    isMore = page.pageInfo.hasNextPage;
  }
  return deals;
}

/** The day that it is there, as YYYY-MM-DD, which Swedes write. */
function todayIn(timeZone) {
  return new Intl.DateTimeFormat('sv-SE', { timeZone }).format();
}

function batchesOf(rows) {
  return Array.from({ length: Math.ceil(rows.length / mostRows) }, (_, n) =>
    rows.slice(n * mostRows, (n + 1) * mostRows),
  );
}

async function assign(api, rows, headers, done = 0) {
  const { assignDeals } = await api.send(Assign, { rows }, headers);
  const refused = assignDeals.results.map(({ ref, errors }) => `${ref}: ${errors.map(({ message }) => message)}`);
  if (refused.length) throw new Failure(`${done ? `${done} deals are handed over, but ` : ''}${refused.join('; ')}`);
}
