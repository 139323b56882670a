#!/usr/bin/env node
// Writes any list of the API to CSV or JSON Lines, page by page. --help tells the rest.

import { environmentHelp, withApi } from './shared/api.mjs';
import { checkFolderOf, notice, run, Usage } from './shared/command.mjs';
import { Output, OutputFile } from './shared/destination.mjs';
import { formOf, readJson } from './shared/forms.mjs';
import { List } from './shared/lists.mjs';

const help = `Writes a list to CSV or JSON Lines.

  node tests/scripts/export-list.mjs LIST [options]

LIST is any list of the query type: customers, deals, leads, activities, employees, vendors …

  --filter JSON        only these rows, e.g. '{"status":{"eq":"ACTIVE"}}'; @FILE reads it from a file
  --search TEXT        only rows that contain this
  --order JSON         e.g. '[{"field":"NAME"}]' (newest first)
  --fields A,B.C       fields, also of records that a row refers to: code,assignedTo.fullName (all of the row itself)
  --format csv|jsonl   (by the name of --out, else csv)
  --separator CHAR     of CSV: "," (the default), ";" or tab
  --bom                begins with a byte order mark, by which Excel knows UTF-8
  --keep-formulas      leaves cells that begin with = + - @ as they are; else an apostrophe keeps them from being run
  --out FILE           instead of stdout; it appears when it is complete
  --resume             goes on with an --out that was interrupted
  --after CURSOR       begins behind a cursor, without a header

${environmentHelp}

Exit code: 0 all rows are written, 1 stopped before the end, 2 called wrongly.
`;

const options = {
  filter: { type: 'string' },
  search: { type: 'string' },
  order: { type: 'string' },
  fields: { type: 'string' },
  format: { type: 'string' },
  separator: { type: 'string', default: ',' },
  bom: { type: 'boolean', default: false },
  'keep-formulas': { type: 'boolean', default: false },
  out: { type: 'string' },
  resume: { type: 'boolean', default: false },
  after: { type: 'string' },
};

const pageSize = 100;

await run({ name: 'export-list', help, options, operands: ['LIST'] }, async ([name], values) => {
  const { search, out, resume, after } = values;
  if (resume && !out) throw new Usage('--resume needs --out; --after goes on behind a cursor');
  if (resume && after) throw new Usage('--resume and --after say two places to begin');
  checkFolderOf(out, 'out');
  const form = formOf(values);
  const filter = await readJson(values.filter, 'filter');
  const orderBy = await readJson(values.order, 'order');
  const paths = values.fields?.split(',').map((path) => path.trim());
  return withApi(async (api) => {
    const list = await List.find(api, name, paths);
    const conditions = { filter, search, orderBy };
    for (const [argument, value] of Object.entries(conditions))
      if (value !== undefined && !list.args.has(argument)) throw new Usage(`${name} takes no ${argument}`);
    const work = [api.identity, name, conditions, paths ?? null, form, after ?? null];
    const output = out ? new OutputFile(out, work) : new Output();
    const known = await output.begin(resume);
    const start = { cursor: after ?? null, rows: 0, paths: list.paths };
    const begun = known ? '--resume' : after && '--after';
    await copy(api, list, conditions, form, output, known ?? start, begun);
  });
});

/**
 * Writes page after page, each of which is let go before the next one is asked for. `begun` is the option by which it
 * does not begin with the first row.
 */
async function copy(api, list, conditions, form, output, progress, begun) {
  let written = progress;
  let isComplete = false;
  list.paths = progress.paths;
  try {
    for (let [isMore, isFirst] = [true, !begun]; isMore; isFirst = false) {
      const variables = { ...conditions, first: pageSize, after: written.cursor };
      const { pageInfo, nodes } = await pageOf(api, list, variables, isFirst);
      const text = nodes.map((row) => form.line(row, list.paths)).join('');
      const reached = { cursor: pageInfo.endCursor, rows: written.rows + nodes.length, paths: list.paths };
      await output.write(isFirst ? form.header(list.paths) + text : text, reached);
      written = reached;
      isMore = pageInfo.hasNextPage;
    }
    isComplete = true;
  } catch (error) {
    if (begun && written === progress && error.code === 'INVALID_CURSOR')
      throw new Usage(
        `${begun} has no cursor of this list under this filter, search and order; ` +
          'leave it out to begin with the first row',
      );
    error.message += output.describe(written);
    throw error;
  } finally {
    await output.end(isComplete);
  }
}

/** One page. Fields that the user may not see are left out and told, unless they were asked for by name. */
async function pageOf(api, list, variables, isFirst) {
  try {
    return (await api.send(list.document(), variables)).list;
  } catch (error) {
    const hidden = new Set(
      (error.errors ?? []).map(({ path, extensions }) => extensions?.code === 'FORBIDDEN' && path?.[3]),
    );
    const paths = list.paths.filter((path) => !hidden.has(path));
    if (list.isChosen || !isFirst || paths.length === list.paths.length) throw error;
    notice(`Left out, since you may not see it: ${list.paths.filter((path) => hidden.has(path)).join(', ')}`);
    list.paths = paths;
    return pageOf(api, list, variables, isFirst);
  }
}
