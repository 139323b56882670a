#!/usr/bin/env node
// Loads customers from a CSV file; taken up after a crash where it was. --help tells the rest.

import { environmentHelp, withApi } from './shared/api.mjs';
import { columnsOf, fieldsOf, plain } from './shared/columns.mjs';
import { checkFolderOf, readCount, run } from './shared/command.mjs';
import { CsvFile } from './shared/csv-in.mjs';
import { Load } from './shared/load.mjs';

const help = `Creates the customers of a CSV file, or changes those that are there.

  node tests/scripts/upsert-customers.mjs FILE [options]

The first line names the columns, which are fields of UpsertCustomerInput in any spelling: externalId, First Name,
e-mail. An empty cell says nothing about its field; several tags are written with | between them. Cells are separated by
commas, semicolons or tabs. A quote that is out of place stops the script before a row is sent, and its line is told:
no row of such a file is sure.

  --by FIELD         column that customers are known by: externalId (the default), email, code or id
  --decimal-comma    numbers are written like 1.234,50
  --encoding NAME    encoding of a file that is neither UTF-8 nor begins with a byte order mark
  --ignore-unknown   leaves out columns that are no fields
  --refused FILE     where refused rows go, a new file (FILE.refused.csv)
  --journal FILE     where the progress is kept while it runs (FILE.journal)
  --batch ROWS       rows a call, at most 1000 (500)
  --dry-run          has everything checked and nothing written

${environmentHelp}

Exit code: 0 all rows are stored, 1 stopped before the end (send the same again), 2 called wrongly, 3 rows were refused.
`;

const options = {
  by: { type: 'string', default: 'externalId' },
  'decimal-comma': { type: 'boolean', default: false },
  encoding: { type: 'string' },
  'ignore-unknown': { type: 'boolean', default: false },
  refused: { type: 'string' },
  journal: { type: 'string' },
  batch: { type: 'string', default: '500' },
  'dry-run': { type: 'boolean', default: false },
};

await run({ name: 'upsert-customers', help, options, operands: ['FILE'] }, async ([path], values) => {
  const batchSize = readCount(values.batch, 'batch', 1000);
  for (const option of ['refused', 'journal']) checkFolderOf(values[option], option);
  await CsvFile.check(path);
  return withApi(async (api) => {
    const { keys, fields } = await fieldsOf(api, 'CustomerKey', 'UpsertCustomerInput');
    const names = new Set([...keys, ...fields.keys()].map(plain));
    const csv = await CsvFile.open(path, values.encoding, (title) => names.has(plain(title)));
    const columns = columnsOf(csv, { by: values.by, keys, fields, ignoreUnknown: values['ignore-unknown'] });
    return new Load({ api, csv, columns, fields, values, batchSize }).run();
  });
});
