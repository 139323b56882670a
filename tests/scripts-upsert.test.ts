import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { sql } from './support/database.js';
import { type Ended, file, network, script } from './support/scripts.js';
import { newTenant, type Person } from './support/tenant.js';

interface Customer {
  external_id: string;
  name: string;
  version: number;
  rating: string | null;
  credit_limit: string | null;
  street: string | null;
  tags: string[];
}

const stored = (organizationId: string) =>
  sql<Customer>('select * from customers where organization_id = $1 order by external_id', [organizationId]);

function csv(count: number): string {
  const lines = Array.from({ length: count }, (_, n) => `X-${n},"Name ${n}, Inc.",x${n}@csv.example\n`);
  return `externalId,name,email\n${lines.join('')}`;
}

async function upsert(path: string, owner: Person, ...options: string[]) {
  const ended = await script('upsert-customers', [path, ...options], owner);
  return { ...ended, totals: ended.stdout ? JSON.parse(ended.stdout) : null };
}

const all = (created: number) => ({ created, updated: 0, unchanged: 0, refused: 0 });

/** The rows of a file of refused rows, without its header. */
const refusedIn = (path: string, delimiter = ','): string[][] =>
  parse(readFileSync(path), { bom: true, delimiter, relax_column_count: true }).slice(1);

const refusedOf = (path: string, count = '') => path.replace('.csv', `.refused${count}.csv`);

test('loads a file, and once more without changing anything', async () => {
  const { id, owner } = await newTenant();
  const path = file(csv(1100));
  expect(await upsert(path, owner)).toMatchObject({ code: 0, stderr: '', totals: all(1100) });
  const before = await stored(id);
  expect(before).toHaveLength(1100);
  expect(before[0]!.name).toBe('Name 0, Inc.');
  expect(await upsert(path, owner)).toMatchObject({ code: 0, totals: { ...all(0), unchanged: 1100 } });
  expect(await stored(id)).toEqual(before);
  expect([`${path}.journal`, refusedOf(path)].filter(existsSync)).toEqual([]);
});

describe('a file is read as it was meant, when', () => {
  const text = 'External ID,First Name,last_name,E-MAIL,NAME\nG1,Jürgen,Groß,jg@csv.example,"Müller\r\n& Söhne"\n';
  const utf16be = Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
  const windows1252 = Buffer.from(text.replace('Groß', 'Gro\x80'), 'latin1');
  test.each([
    ['commas', text, []],
    ['semicolons', text.replaceAll(',', ';'), []],
    ['tabs', text.replaceAll(',', '\t'), []],
    ["Excel's line about the separator", `sep=;\r\n${text.replaceAll(',', ';')}`, []],
    ['CRLF', text.replaceAll(/\r?\n/g, '\r\n'), []],
    ['a byte order mark', `\ufeff${text}`, []],
    ['no line break at the end', text.trimEnd(), []],
    ['blank lines', text.replace('\n', '\n\n,,,,\n\r\n'), []],
    ['columns without a name', text.replace('\n', ',,\n'), [], 'has 5 cells, and the header has 7'],
    ['UTF-16', Buffer.from(`\ufeff${text}`, 'utf16le'), []],
    ['UTF-16 with the other byte first', utf16be, []],
    ['UTF-16 without a mark', utf16be.subarray(2), ['--encoding', 'utf-16be']],
    ['Latin-1', Buffer.from(text, 'latin1'), ['--encoding', 'latin1']],
    ['Windows-1252', windows1252, ['--encoding', 'windows-1252'], 'Gro€'],
  ])('it has %s', async (what, content, options, other = '') => {
    const { id, owner } = await newTenant();
    const path = file(content);
    const ended = await upsert(path, owner, ...options);
    if (other.startsWith('has')) {
      expect(String(refusedIn(refusedOf(path)))).toContain(other);
      return;
    }
    expect(ended).toMatchObject({ code: 0, totals: all(1) });
    const bom = /^UTF-16( |$)(?!without)/.test(what);
    expect(ended.stderr).toMatch(bom ? /^.+ is read as UTF-16[BL]E\.\n$/ : /^$/);
    const [customer] = await sql('select * from customers where organization_id = $1', [id]);
    expect(customer).toMatchObject({ external_id: 'G1', first_name: 'Jürgen', last_name: other || 'Groß' });
  });

  test.each([
    ['Latin-1', Buffer.from(text, 'latin1'), [], /is not UTF-8, as line 2 shows; .* --encoding windows-1252/],
    ['UTF-16 without a mark', Buffer.from(text, 'utf16le'), [], /is not UTF-8, as line \d shows/],
    ['UTF-16 cut short', Buffer.from(`\ufeff${text}`, 'utf16le').subarray(0, -1), [], /is not UTF-16LE/],
    ['an unknown encoding', text, ['--encoding', 'ebcdic'], '"ebcdic" is no encoding'],
    ['nothing', '', [], 'is empty'],
    ['no header', text.split('\n')[1]!, [], /The first line of .* names no field/],
    ['an unknown column', text.replace('NAME', 'Nmae'), [], 'has columns that are no fields: Nmae; '],
    ['a column twice', text.replace('NAME', 'email'), [], 'more than one column for email: E-MAIL, email'],
    [
      'no place for refused rows',
      text,
      ['--refused', '/none/such.csv'],
      '--refused names a file in /none, which is no',
    ],
    ['no place for its progress', text, ['--journal', '/none/such'], '--journal names a file in /none, which is no'],
    ['a folder for its progress', text, ['--journal', '/'], '/ is a folder'],
    ['no key', text.replace('External ID', 'Phone'), [], 'has no column externalId; --by names another key'],
    ['a quote never closed', `${text}G2,"Ann,x,a@csv.example,Ann\n`, [], /line 4 on: a quote is opened and never/],
    ['a quote inside a cell', `${text}G2,5" pipe,x,a@csv.example,Ann\n`, [], /line 4 on: a quote stands inside a cell/],
  ])('it is refused before anything is sent if it has %s', async (_, content, options, words) => {
    const { id, owner } = await newTenant();
    const { code, stdout, stderr } = await upsert(file(content), owner, ...options);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(words);
    expect(
      stderr
        .trim()
        .split('\n')
        .filter((line) => !line.includes('is read as')),
    ).toHaveLength(1);
    expect(stderr).not.toContain('Jürgen');
    expect(await stored(id)).toEqual([]);
  });

  test('it is told to leave unknown columns out', async () => {
    const { id, owner } = await newTenant();
    const path = file('externalId;name;email;colour\nA;Ada;a@csv.example;red\n');
    expect(await upsert(path, owner, '--ignore-unknown')).toMatchObject({ code: 0, totals: all(1) });
    expect(await stored(id)).toHaveLength(1);
  });
});

describe('a row', () => {
  test('that is refused goes into a file that is corrected and sent again', async () => {
    const { id, owner } = await newTenant();
    const path = file(
      'externalId,name,E-Mail,street\nA,Ada,ada@csv.example,"1\n2"\nB,Bea,nonsense,x\n\n' +
        'C,Cleo,c@csv.example\n,Dan,d@csv.example,\n',
    );
    expect(await upsert(path, owner)).toMatchObject({
      code: 3,
      totals: { ...all(1), refused: 3 },
      stderr: `3 of 4 rows were refused; correct them in ${refusedOf(path)} and send that file.\n`,
    });
    expect(readFileSync(refusedOf(path), 'utf8')).toMatch(/^\ufeffline,column,reason,externalId,name,E-Mail,street\n/);
    expect(refusedIn(refusedOf(path))).toEqual([
      ['4', 'E-Mail', 'must be an e-mail address', 'B', 'Bea', 'nonsense', 'x'],
      ['6', '', 'has 3 cells, and the header has 4', 'C', 'Cleo', 'c@csv.example'],
      ['7', 'externalId', 'is empty, and customers are known by it', '', 'Dan', 'd@csv.example', ''],
    ]);
    const corrected = readFileSync(refusedOf(path), 'utf8')
      .replace('nonsense', 'bea@csv.example')
      .replace('c@csv.example', 'c@csv.example,');
    writeFileSync(refusedOf(path), corrected);
    expect(await upsert(refusedOf(path), owner)).toMatchObject({ code: 3, totals: { ...all(2), refused: 1 } });
    expect(refusedIn(refusedOf(path, '-2'))).toMatchObject([{ 0: '4', 1: 'externalId', 4: 'Dan' }]);
    expect((await stored(id)).map(({ external_id }) => external_id)).toEqual(['A', 'B', 'C']);
  });

  test.each([
    ['too few cells', 'A,Ada,a@csv.example'],
    ['too many cells', 'A,Ada,a@csv.example,Elm Street,Rome'],
    ['far too few cells', 'A'],
    ['cells of its own called like those of a refusal', 'A,Ada,a@csv.example', 'line,name,email,externalId,reason'],
    ['a cell that may not be empty', ',Ada,a@csv.example,Elm Street'],
    ['a number nobody reads', 'A,Ada,a@csv.example,"4,5"', 'externalId,name,email,rating'],
  ])(
    'that has %s is refused as often as it is sent unchanged',
    async (_, line, header = 'externalId,name,email,street') => {
      const { id, owner } = await newTenant();
      const path = file(`${header}\n${line}\n`);
      const [own] = parse(line);
      for (const sent of [path, refusedOf(path), refusedOf(path, '-2')])
        expect(await upsert(sent, owner)).toMatchObject({ code: 3, totals: { ...all(0), refused: 1 } });
      for (const count of ['', '-2', '-3']) expect(refusedIn(refusedOf(path, count))[0]!.slice(3)).toEqual(own);
      expect(await stored(id)).toEqual([]);
    },
  );

  test('that was refused is not read in the encoding of the file that it came from', async () => {
    const { id, owner } = await newTenant();
    const path = file(Buffer.from('externalId,name,email\nA,J\xfcrgen,nonsense\n', 'latin1'));
    expect((await upsert(path, owner, '--encoding', 'latin1')).code).toBe(3);
    const again = await upsert(refusedOf(path), owner, '--encoding', 'latin1', '--ignore-unknown');
    expect(again).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('byte order mark of UTF-8; leave --encoding'),
    });
    expect(refusedIn(refusedOf(path))).toMatchObject([{ 4: 'Jürgen' }]);
    expect(await stored(id)).toEqual([]);
  });

  test('has its decimal commas told, unless they are meant', async () => {
    const { id, owner } = await newTenant();
    const path = file('externalId;name;email;rating;creditLimit\nA;Ada;a@csv.example;4,5;1.234,50\n');
    const { code } = await upsert(path, owner);
    expect(code).toBe(3);
    expect(refusedIn(refusedOf(path), ';')).toMatchObject([{ 0: '2', 1: 'rating | creditLimit' }]);
    expect(await upsert(path, owner, '--decimal-comma')).toMatchObject({ code: 0, totals: all(1) });
    expect(await stored(id)).toMatchObject([{ rating: '4.50', credit_limit: '1234.50' }]);
    const points = file('externalId;name;email;rating\nA;Ada;a@csv.example;4.5\n');
    expect((await upsert(points, owner, '--decimal-comma')).code).toBe(3);
    expect(await stored(id)).toMatchObject([{ rating: '4.50', credit_limit: '1234.50' }]);
  });

  test('keeps what its empty cells do not say, and has its tags split', async () => {
    const { id, owner } = await newTenant();
    const first = file('externalId,name,email,street,tags\nA,Ada,a@csv.example,Elm Street,vip | gold\n');
    const second = file('externalId,name,email,street,tags\nA,Ada B,,,\n');
    expect(await upsert(first, owner)).toMatchObject({ totals: all(1) });
    expect(await upsert(second, owner)).toMatchObject({ totals: { ...all(0), updated: 1 } });
    expect(await stored(id)).toMatchObject([{ name: 'Ada B', street: 'Elm Street', tags: ['vip', 'gold'] }]);
  });

  test('of a key that occurs twice is written after the one before it, also in another batch', async () => {
    const { id, owner } = await newTenant();
    const path = file('externalId,name,email\nA,One,a@csv.example\nB,Bea,b@csv.example\nA,Two,\nA,One,\n');
    for (const batch of ['1000', '1']) {
      expect(await upsert(path, owner, '--batch', batch)).toMatchObject({ code: 0 });
      expect(await stored(id)).toMatchObject([{ name: 'One' }, { name: 'Bea' }]);
    }
    const other = file('externalId,name,email\nA,One,a@csv.example\nA,Two,\n');
    expect(await upsert(other, owner)).toMatchObject({ code: 0 });
    expect(await stored(id)).toMatchObject([{ name: 'Two' }, { name: 'Bea' }]);
  });

  test('is known by another column, if told so', async () => {
    const { id, owner } = await newTenant();
    await upsert(file('externalId,name,email\nA,Ada,a@csv.example\n'), owner);
    const path = file('Email,Name\na@csv.example,Ada B\nb@csv.example,Bea\n');
    expect(await upsert(path, owner, '--by', 'email')).toMatchObject({ code: 0, totals: { created: 1, updated: 1 } });
    expect((await stored(id)).map(({ name }) => name)).toEqual(['Ada B', 'Bea']);
  });
});

test('a file whose content came back does its work again', async () => {
  const { id, owner } = await newTenant();
  const path = file('');
  for (const name of ['One', 'Two', 'One']) {
    writeFileSync(path, `externalId,name,email\nA,${name},a@csv.example\n`);
    await upsert(path, owner);
    expect(await stored(id)).toMatchObject([{ name }]);
  }
});

test('rows are sent in calls that the server takes, however long they are', async () => {
  const { id, owner } = await newTenant();
  const text = '漢'.repeat(5000);
  const lines = Array.from({ length: 500 }, (_, n) => `L-${n},Long ${n},l${n}@csv.example,${text}\n`);
  const path = file(`externalId,name,email,description\n${lines.join('')}`);
  expect(await upsert(path, owner)).toMatchObject({ code: 0, totals: all(500) });
  expect(await stored(id)).toHaveLength(500);
});

test('a rehearsal tells what would become of the rows, and does nothing', async () => {
  const { id, owner } = await newTenant();
  const path = file(`${csv(3)}B,Bea,nonsense\n`);
  const { code, totals } = await upsert(path, owner, '--dry-run');
  expect({ code, totals }).toEqual({ code: 3, totals: { ...all(3), refused: 1, dryRun: true } });
  expect(await stored(id)).toEqual([]);
  expect(existsSync(`${path}.journal`)).toBe(false);
});

describe('a run that was stopped', () => {
  test('goes on behind what was acknowledged, and tells all of it in the end', async () => {
    const { id, owner } = await newTenant();
    const path = file(`${csv(250)}B,Bea,nonsense\n`.replace('x7@csv.example', 'nonsense'));
    const { url, seen } = await network(({ operation }, count) =>
      operation === 'UpsertCustomers' && count === 3 ? { status: 403, body: '<html>' } : 'pass',
    );
    const first = await script('upsert-customers', [path, '--batch', '100'], owner, { CRM_URL: url });
    expect(first.code).toBe(1);
    expect(first.stderr).toContain('; 200 of 251 rows are done, and the same command goes on behind them');
    expect(await stored(id)).toHaveLength(199);
    const second = await script('upsert-customers', [path, '--batch', '100'], owner, { CRM_URL: url });
    expect({ ...second, totals: JSON.parse(second.stdout) }).toMatchObject({
      code: 3,
      totals: { ...all(249), refused: 2 },
    });
    expect(second.stderr).toContain('Goes on behind row 200 of 251.');
    expect(refusedIn(refusedOf(path)).map((cells) => cells[3])).toEqual(['X-7', 'B']);
    expect(seen.filter(({ operation }) => operation === 'UpsertCustomers')).toHaveLength(4);
    expect(existsSync(`${path}.journal`)).toBe(false);
  });

  test('starts over when its refused rows were taken away', async () => {
    const { owner } = await newTenant();
    const path = file(csv(250).replace('x7@csv.example', 'nonsense'));
    const { url } = await network(({ operation }, count) =>
      operation === 'UpsertCustomers' && count === 2 ? { status: 403, body: '<html>' } : 'pass',
    );
    const run = () => script('upsert-customers', [path, '--batch', '100'], owner, { CRM_URL: url });
    expect((await run()).code).toBe(1);
    rmSync(refusedOf(path));
    const { stderr, stdout } = await run();
    expect(stderr).toContain('is gone or was changed; begins with the first row');
    expect(JSON.parse(stdout)).toEqual({ created: 150, updated: 0, unchanged: 99, refused: 1 });
    expect(refusedIn(refusedOf(path)).map((cells) => cells[3])).toEqual(['X-7']);
  });

  test('is not forgotten for another content of the file, or other options', async () => {
    const { id, owner } = await newTenant();
    const path = file(csv(250));
    const { url } = await network(({ operation }, count) =>
      operation === 'UpsertCustomers' && count === 3 ? { status: 403, body: '<html>' } : 'pass',
    );
    const stop = () => script('upsert-customers', [path, '--batch', '100'], owner, { CRM_URL: url });
    expect((await stop()).code).toBe(1);
    const journal = readFileSync(`${path}.journal`, 'utf8');
    const expectKept = ({ code, stderr }: Ended) => {
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringMatching(/^.+ another run.+ --journal, or .+\n$/),
      });
      expect(readFileSync(`${path}.journal`, 'utf8')).toBe(journal);
    };
    expectKept(await upsert(path, owner, '--by', 'email'));
    writeFileSync(path, csv(251));
    expectKept(await upsert(path, owner));
    expect(await stored(id)).toHaveLength(200);
    const own = await upsert(path, owner, '--journal', `${path}.other`);
    expect(own).toMatchObject({ code: 0, totals: { ...all(51), unchanged: 200 } });
    expect(readFileSync(`${path}.journal`, 'utf8')).toBe(journal);
    rmSync(`${path}.journal`);
    expect(await upsert(path, owner)).toMatchObject({ code: 0, totals: { ...all(0), unchanged: 251 } });
  });

  test('never takes the place of a file that is none of its own', async () => {
    const { owner } = await newTenant();
    const [path, other] = [file(csv(1)), file('precious\n', 'other.csv')];
    const journal = await upsert(path, owner, '--journal', other);
    expect(journal).toMatchObject({ code: 2, stderr: expect.stringContaining('was not written by this script') });
    const refused = await upsert(path, owner, '--refused', other);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('exists already') });
    expect(readFileSync(other, 'utf8')).toBe('precious\n');
  });

  test('never takes the place of a file that has come meanwhile', async () => {
    const { id, owner } = await newTenant();
    const path = file(csv(3).replace('x2@csv.example', 'nonsense'));
    const { url } = await network(({ operation }, count) => {
      if (operation === 'UpsertCustomers' && count === 1) writeFileSync(refusedOf(path), 'precious\n');
      return 'pass';
    });
    const run = () => script('upsert-customers', [path], owner, { CRM_URL: url });
    const first = await run();
    expect(first.code).toBe(1);
    expect(first.stderr).toMatch(/^.+ exists already and is left as it is; move it away, and send the same .+\n$/);
    expect(readFileSync(refusedOf(path), 'utf8')).toBe('precious\n');
    rmSync(refusedOf(path));
    expect(JSON.parse((await run()).stdout)).toEqual({ ...all(2), refused: 1 });
    expect(refusedIn(refusedOf(path))).toMatchObject([{ 3: 'X-2' }]);
    expect(await stored(id)).toMatchObject([{ version: 1 }, { version: 1 }]);
  });
});
