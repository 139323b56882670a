#!/usr/bin/env node
// Loads customers from a CSV file, in batches; sent again after a crash it goes on where it was.
//
//   CRM_USERNAME=… CRM_PASSWORD=… node tests/scripts/upsert-customers.mjs customers.csv [journal]
//
// The first line names the columns: externalId, email and any other fields of UpsertCustomerInput. The journal, a file
// beside the CSV unless named, lists the keys of rows that the server has acknowledged.

import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { gql } from 'graphql-request';
import { send } from './api.mjs';

const batchSize = 200;

const Upsert = gql`
  mutation UpsertCustomers($rows: [UpsertCustomerRow!]!) {
    upsertCustomers(rows: $rows, mode: PER_ROW) {
      summary { created updated unchanged failed }
      results(status: [FAILED]) { ref errors { code path message } }
    }
  }
`;

const [file, journal = `${file}.journal`] = process.argv.slice(2);
const acknowledged = new Set(existsSync(journal) ? readFileSync(journal, 'utf8').split('\n') : []);
const records = parse(readFileSync(file), { columns: true, skip_empty_lines: true, bom: true });
const rows = records
  .filter(({ externalId }) => !acknowledged.has(externalId))
  .map(({ externalId, ...fields }) => ({
    ref: externalId,
    by: { externalId },
    // An empty cell says nothing about the field.
    input: Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '')),
  }));

const totals = { created: 0, updated: 0, unchanged: 0, failed: 0 };
for (let begin = 0; begin < rows.length; begin += batchSize) {
  const batch = rows.slice(begin, begin + batchSize);
  // The same batch has the same key, so that one whose answer was lost is not done twice.
  const key = createHash('sha256').update(JSON.stringify(batch)).digest('hex');
  const { upsertCustomers: done } = await send(Upsert, { rows: batch }, { 'Idempotency-Key': key });
  for (const name of Object.keys(totals)) totals[name] += done.summary[name];
  for (const { ref, errors } of done.results)
    for (const { code, path, message } of errors) console.error(`\n${ref}: ${code} at ${path}: ${message}`);
  const failed = new Set(done.results.map(({ ref }) => ref));
  const stored = batch.map(({ ref }) => ref).filter((ref) => !failed.has(ref));
  appendFileSync(journal, stored.map((ref) => `${ref}\n`).join(''));
  progress(begin + batch.length, rows.length);
}
console.log(JSON.stringify(totals));
process.exitCode = totals.failed ? 1 : 0;

function progress(done, all) {
  const filled = Math.round((30 * done) / all);
  process.stderr.write(`\r[${'#'.repeat(filled)}${'.'.repeat(30 - filled)}] ${done}/${all}${done === all ? '\n' : ''}`);
}
