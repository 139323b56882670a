import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { gql } from 'graphql-request';
import { sql } from './support/database.js';
import { eventually, settled } from './support/eventually.js';
import { type Fate, file, folder, network, script, start } from './support/scripts.js';
import { notice } from './support/server.js';
import { newTenant, type Person, type Tenant } from './support/tenant.js';

const count = 450;
const Create = gql`
  mutation ($rows: [CreateCustomerRow!]!) {
    createCustomers(rows: $rows) { summary { created } }
  }
`;

const create = (owner: Person, rows: object[]) => owner.request(Create, { rows: rows.map((input) => ({ input })) });

let tenant: Tenant;
beforeAll(async () => {
  tenant = await newTenant();
  const rows = Array.from({ length: count }, (_, n) => ({
    name: `Name ${n}`,
    email: `n${n}@list.example`,
    tags: ['a', 'b'],
  }));
  await create(tenant.owner, rows);
});

let outputs = 0;
const newOutput = (ending = 'csv') => join(folder, `out-${++outputs}.${ending}`);
const text = (path: string) => readFileSync(path, 'utf8');
const rowsIn = (csv: string, options = {}): Record<string, string>[] => parse(csv, { columns: true, ...options });

const cut: Fate = { status: 403, body: '<html>' };
const cutAt = (page: number) =>
  network(({ operation }, n) => (operation === 'ExportList' && n === page ? cut : 'pass'));

test('writes every list of the API, with all fields of its rows', async () => {
  const { stderr } = await script('export-list', ['nothing'], tenant.owner);
  const [, lists] = /There is no list "nothing", but (.*)\n/.exec(stderr)!;
  expect(lists!.split(', ')).toEqual(expect.arrayContaining(['customers', 'deals', 'leads', 'activities', 'vendors']));
  for (const list of lists!.split(', ')) {
    const { code, stdout, stderr } = await script('export-list', [list], tenant.owner);
    expect([list, code, stderr]).toEqual([list, 0, '']);
    const { found } = await tenant.owner.request<{ found: { totalCount: number } }>(
      `{ found: ${list} { totalCount } }`,
    );
    expect([list, rowsIn(stdout).length]).toEqual([list, found.totalCount]);
  }
});

describe('rows are written', () => {
  test('with the fields that are asked for, also of other records', async () => {
    const { owner } = await newTenant();
    await create(owner, [{ name: 'Ada "A", Inc.', email: 'a@list.example', tags: ['x', 'y'], street: '1\n2' }]);
    const fields = ['--fields', 'name,tags,street,rating,assignedTo.fullName,totalValue.amount,totalValue.currency'];
    const csv = await script('export-list', ['customers', ...fields, '--bom', '--separator', ';'], owner);
    expect(csv.stdout).toBe(
      '\ufeffname;tags;street;rating;assignedTo.fullName;totalValue.amount;totalValue.currency\n' +
        '"Ada ""A"", Inc.";x|y;"1\n2";;;0.00;USD\n',
    );
    const lines = await script('export-list', ['customers', ...fields, '--format', 'jsonl'], owner);
    expect(lines.stdout.split('\n').slice(1)).toEqual(['']);
    expect(JSON.parse(lines.stdout)).toEqual({
      name: 'Ada "A", Inc.',
      tags: ['x', 'y'],
      street: '1\n2',
      rating: null,
      assignedTo: null,
      totalValue: { amount: '0.00', currency: 'USD' },
    });
  });

  test('under a filter, a search and an order', async () => {
    const filter = file('{"name":{"startsWith":"Name 44"}}', 'filter.json');
    const order = ['--order', '[{"field":"NAME"}]', '--fields', 'name'];
    const both = await script('export-list', ['customers', '--filter', `@${filter}`, ...order], tenant.owner);
    const names = Array.from({ length: 10 }, (_, n) => `Name 44${n}`);
    expect(both.stdout.split('\n')).toEqual(['name', 'Name 44', ...names, '']);
    const search = await script('export-list', ['customers', '--search', 'n449@', ...order], tenant.owner);
    expect(search.stdout).toBe('name\nName 449\n');
  });

  test('with formulas that nobody runs, unless they are wanted', async () => {
    const { owner } = await newTenant();
    const names = ['=1+1', '+49 30 1', '-x', '@sum', '-5.5', '+4930', 'a=b'];
    await create(
      owner,
      names.map((name, n) => ({ name, email: `f${n}@list.example` })),
    );
    const order = ['customers', '--fields', 'name', '--order', '[{"field":"EMAIL"}]'];
    const namesOf = async (...options: string[]) =>
      rowsIn((await script('export-list', [...order, ...options], owner)).stdout).map(({ name }) => name);
    expect(await namesOf()).toEqual(["'=1+1", "'+49 30 1", "'-x", "'@sum", '-5.5', '+4930', 'a=b']);
    expect(await namesOf('--keep-formulas')).toEqual(names);
  });

  test('without what the user may not see, unless it is asked for', async () => {
    const clerk = await tenant.member('Marketing Rep');
    await sql(
      `delete from role_permissions where organization_id = $1 and permission_id in (
         select id from permissions where organization_id = $1 and resource = 'deal')`,
      [tenant.id],
    );
    await notice();
    const all = await script('export-list', ['customers'], clerk);
    expect(all).toMatchObject({ code: 0, stderr: 'Left out, since you may not see it: openDealCount\n' });
    expect(rowsIn(all.stdout)).toHaveLength(count);
    expect(rowsIn(all.stdout)[0]).not.toHaveProperty('openDealCount');
    const asked = await script('export-list', ['customers', '--fields', 'openDealCount'], clerk);
    expect(asked).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('deal:read') });
  });
});

test.each([
  [['customers', '--fields', 'nmae'], /Customer has no field "nmae", but .*, name, /],
  [['customers', '--fields', 'assignedTo'], /name a field of it, such as assignedTo.id/],
  [['customers', '--fields', 'name.first'], /"name" has no fields of its own/],
  [['customers', '--fields', 'activities.nodes.title'], /ActivityConnection has no field "nodes"/],
  [['customers', '--filter', '{name}'], /--filter is not JSON/],
  [['customers', '--filter', '@nowhere.json'], /nowhere.json does not exist/],
  [['customers', '--format', 'xml'], /"xml" is no format/],
  [['customers', '--separator', '|'], /--separator must be/],
  [['customers', '--resume'], /--resume needs --out/],
  [['customers', '--out', 'tests'], /tests is no file/],
])('%j is called wrongly', async (args, words) => {
  const { code, stdout, stderr } = await script('export-list', args, tenant.owner);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(words);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

describe('an export that was interrupted', () => {
  test.each(['csv', 'jsonl'])('is resumed, and is what it would have been in one go, as %s', async (ending) => {
    const [whole, parts] = [newOutput(ending), newOutput(ending)];
    expect(await script('export-list', ['customers', '--out', whole], tenant.owner)).toMatchObject({ code: 0 });
    const { url } = await cutAt(3);
    const run = (...options: string[]) =>
      script('export-list', ['customers', '--out', parts, ...options], tenant.owner, { CRM_URL: url });
    const first = await run();
    expect(first.code).toBe(1);
    expect(first.stderr).toContain(`; 200 rows are in ${parts}.partial, and the same command with --resume goes on`);
    expect(existsSync(parts)).toBe(false);
    // As a disk may look after it was killed while it wrote.
    writeFileSync(`${parts}.partial`, `${text(`${parts}.partial`)}half a ro`);
    expect(await run('--fields', 'name', '--resume')).toMatchObject({ code: 2 });
    expect(await run('--resume')).toMatchObject({ code: 0, stderr: '' });
    expect(text(parts)).toBe(text(whole));
    expect(text(parts).trimEnd().split('\n')).toHaveLength(ending === 'csv' ? count + 1 : count);
    expect([`${parts}.partial`, `${parts}.progress`].filter(existsSync)).toEqual([]);
  });

  test('by being killed is resumed in the same way, and starts over without `--resume`', async () => {
    const [whole, parts] = [newOutput(), newOutput()];
    await script('export-list', ['customers', '--out', whole], tenant.owner);
    let kill: () => void;
    const { url, seen } = await network(({ operation }, n) => {
      if (operation === 'ExportList' && [2, 4, 7].includes(n)) kill();
      return 'pass';
    });
    const run = async (...options: string[]) => {
      const { child, ended } = start('export-list', ['customers', '--out', parts, ...options], tenant.owner, {
        CRM_URL: url,
      });
      kill = () => child.kill('SIGKILL');
      return ended;
    };
    expect((await run()).code).toBeNull();
    expect((await run('--resume')).code).toBeNull();
    expect((await run()).code).toBeNull();
    expect((await run('--resume')).code).toBe(0);
    expect(text(parts)).toBe(text(whole));
    expect(seen.filter(({ operation }) => operation === 'ExportList')).toHaveLength(10);
  });

  test('tells the cursor from which to print the rest', async () => {
    const whole = await script('export-list', ['customers'], tenant.owner);
    const { url } = await cutAt(4);
    const first = await script('export-list', ['customers'], tenant.owner, { CRM_URL: url });
    const [, cursor] = /300 rows are printed, and --after (\S+) goes on behind them/.exec(first.stderr)!;
    const second = await script('export-list', ['customers', '--after', cursor!], tenant.owner, { CRM_URL: url });
    expect(second.code).toBe(0);
    expect(first.stdout + second.stdout).toBe(whole.stdout);
  });

  test('is told in one sentence that a cursor is none of the list', async () => {
    const ended = await script('export-list', ['customers', '--after', 'junk'], tenant.owner);
    expect(ended).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'export-list: --after has no cursor of this list under this filter, search and order; ' +
        'leave it out to begin with the first row\n',
    });
  });
});

describe('an export of any length', () => {
  const nodes = Array.from({ length: 100 }, (_, n) => ({ name: `${n} ${'x'.repeat(2000)}` }));
  /** Pages without end, or up to the last one. */
  const pages = (last = Number.POSITIVE_INFINITY) =>
    network(({ operation }, n) =>
      operation === 'ExportList'
        ? { body: { data: { list: { nodes, pageInfo: { hasNextPage: n < last, endCursor: `c${n}` } } } } }
        : 'pass',
    );

  test('takes no more memory than one page', async () => {
    const { url } = await pages(300);
    const output = newOutput();
    const env = { CRM_URL: url, NODE_OPTIONS: '--max-old-space-size=32' };
    const ended = await script('export-list', ['customers', '--fields', 'name', '--out', output], tenant.owner, env);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(output).length).toBeGreaterThan(60_000_000);
  });

  test('waits for its reader, and ends when that has had enough', async () => {
    const { url, seen } = await pages();
    const { child, ended } = start('export-list', ['customers', '--fields', 'name'], tenant.owner, { CRM_URL: url });
    child.stdout!.pause();
    const asked = () => seen.filter(({ operation }) => operation === 'ExportList').length;
    await eventually(() => asked() > 0);
    await settled(asked, { quiet: 1000 });
    expect(asked()).toBeLessThan(5);
    child.stdout!.destroy();
    expect(await ended).toMatchObject({ code: 1, stderr: '' });
  });
});
